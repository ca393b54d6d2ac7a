package dev.espalier.examples;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;

import dev.espalier.core.EventLoop;
import dev.espalier.core.GroupException;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.spi.ErrorReport;
import java.io.FileNotFoundException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Three faults that are hard to see, and what debug mode says about them. */
public final class DebugMode {

    /** The first finding of each kind. The watchdog tells some of them, on its own thread. */
    private final Map<ErrorReport.Kind, ErrorReport> findings = new ConcurrentHashMap<>();

    private DebugMode() {
    }

    /**
     * Runs the example.
     *
     * @param args not used
     */
    public static void main(String... args) {
        DebugMode example = new DebugMode();
        LoopOptions options = LoopOptions.defaults()
                .withDebug(true)
                .withBlockedAfter(Duration.ofMillis(400))
                .withWarningSink(finding -> example.findings.putIfAbsent(finding.kind(), finding));
        try (EventLoop loop = EventLoop.create(options)) {
            loop.run(() -> {
                block();
                swallow();
                fail();
            });
        }
        example.print();
    }

    private static void block() {
        TaskGroup.run(group -> group.start("hasty", DebugMode::sleepOnTheLoop));
    }

    /** Thread.sleep holds the loop, and with it every other task. Async.sleep would give way. */
    private static void sleepOnTheLoop() throws InterruptedException {
        Thread.sleep(1000);
    }

    private static void swallow() {
        TaskGroup.run(group -> {
            Task<Void> stubborn = group.start("stubborn", DebugMode::poll);
            checkpoint();
            stubborn.cancel("nobody needs it any more");
        });
    }

    /** It catches everything, so it catches its cancellation too, and does not stop. */
    private static void poll() {
        for (int attempt = 0; attempt < 10; attempt++) {
            try {
                sleep(Duration.ofSeconds(1));
            } catch (Throwable e) {
                // "Whatever happened, try again."
            }
        }
    }

    private static void fail() {
        try {
            TaskGroup.run(group -> group.start("report", DebugMode::writeReport));
        } catch (GroupException e) {
            printFailure(e.leaves().getFirst());
        }
    }

    private static void writeReport() {
        TaskGroup.run(group -> group.start("chapter", DebugMode::readChapter));
    }

    private static void readChapter() throws FileNotFoundException {
        throw new FileNotFoundException("chapter.txt");
    }

    /** The stack of the failure goes on with where its task was started, and the task above it. */
    private static void printFailure(Throwable failure) {
        System.out.println("Not found: " + failure.getMessage());
        for (StackTraceElement frame : failure.getStackTrace()) {
            if (frame.getMethodName().equals("startedAt")) {
                System.out.println("  " + frame.getFileName());
            } else if (frame.getClassName().equals(DebugMode.class.getName()) && !frame.getMethodName().contains("$")) {
                System.out.println("    " + frame.getMethodName());
            }
        }
    }

    private void print() {
        System.out.println("Blocked: " + found(ErrorReport.Kind.BLOCKED));
        System.out.println("Swallowed its cancellation: " + found(ErrorReport.Kind.SWALLOWED_CANCEL));
    }

    private String found(ErrorReport.Kind kind) {
        ErrorReport finding = findings.get(kind);
        if (finding == null) {
            return "nothing";
        }
        for (StackTraceElement frame : finding.exception().getStackTrace()) {
            if (frame.getClassName().equals(DebugMode.class.getName())) {
                return "task '" + finding.task() + "' in " + frame.getMethodName();
            }
        }
        return "task '" + finding.task() + "'";
    }
}
