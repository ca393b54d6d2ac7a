package dev.espalier.examples;

import static dev.espalier.core.Async.moveOnAfter;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.timeout;

import dev.espalier.core.Async;
import dev.espalier.core.CancelledError;
import dev.espalier.core.DeadlineExceededException;
import dev.espalier.core.GroupException;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;

/** What happens when something takes too long, and when something fails. */
public final class TimeoutsAndErrors {

    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofMinutes(1);

    private TimeoutsAndErrors() {
    }

    /**
     * Runs the example.
     *
     * @param args not used
     */
    public static void main(String... args) {
        Async.run(TimeoutsAndErrors::showAll);
    }

    static void showAll() {
        tooLate();
        goOnWithout();
        oneFails();
        askTheOneThatFailed();
    }

    /** A timeout is an exception. */
    private static void tooLate() {
        try {
            timeout(SHORT, () -> sleep(LONG));
        } catch (DeadlineExceededException e) {
            System.out.println("It took too long.");
        }
    }

    /** Or a plain answer, where going on without a result is normal. */
    private static void goOnWithout() {
        String page = moveOnAfter(SHORT, () -> {
            sleep(LONG);
            return "the page";
        }).orElse("nothing");
        System.out.println("Loaded " + page + ".");
    }

    /** The first failure in a group cancels the others and comes out of the group. */
    private static void oneFails() {
        try {
            TaskGroup.run(group -> {
                group.start("patient", TimeoutsAndErrors::waitLong);
                group.start("hasty", TimeoutsAndErrors::findNothing);
            });
        } catch (GroupException e) {
            e.handle(IOException.class, failure -> System.out.println("The group failed: " + failure.getMessage() + "."));
            e.rethrowUnhandled();
        }
    }

    /** Whoever awaits a task that failed gets the failure, with its type if it asks for it. */
    private static void askTheOneThatFailed() {
        try {
            TaskGroup.run(group -> {
                Task<Void> task = group.start("hasty", TimeoutsAndErrors::findNothing);
                try {
                    task.await(IOException.class);
                } catch (IOException e) {
                    System.out.println("The task failed: " + e.getMessage() + ".");
                }
            });
        } catch (GroupException e) {
            System.out.println("Nobody can overlook it: " + e.failures().size() + " failure.");
        }
    }

    private static void waitLong() {
        try {
            sleep(LONG);
        } catch (CancelledError e) {
            System.out.println("Told to stop.");
            // Clean up, then let it go on: it is how a task ends when it is cancelled.
            throw e;
        }
    }

    private static void findNothing() throws IOException {
        sleep(SHORT);
        throw new FileNotFoundException("no such file");
    }
}
