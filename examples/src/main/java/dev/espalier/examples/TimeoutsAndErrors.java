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
        bodyFails();
        caughtInside();
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
            e.handle(IOException.class,
                    failure -> System.out.println("The group failed: " + failure.getMessage() + "."));
            e.rethrowUnhandled();
        }
    }

    /** When the body fails first, its own exception comes out, with its type; the children are told to stop. */
    private static void bodyFails() {
        try {
            TaskGroup.run(group -> {
                group.start("patient", TimeoutsAndErrors::waitLong);
                findNothing();
            });
        } catch (IOException e) {
            System.out.println("The body failed: " + e.getMessage() + ".");
        }
    }

    /** A failure that a task catches itself disturbs nobody. */
    private static void caughtInside() {
        String found = TaskGroup.call(group -> {
            Task<String> task = group.start("careful", TimeoutsAndErrors::findOrMakeDo);
            return task.await();
        });
        System.out.println("Found " + found + ".");
    }

    private static String findOrMakeDo() {
        try {
            findNothing();
            return "it";
        } catch (IOException e) {
            return "something else";
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
