package dev.espalier.core;

import dev.espalier.core.spi.ErrorReport;
import dev.espalier.core.spi.TaskSnapshot;
import java.util.List;

/**
 * What Ctrl-C does while a run lasts: as the options say, by default the first press cancels the main task, the second ends the
 * JVM with status 130, its shutdown hooks given two seconds, and the third ends it on the spot. Where there is no such signal, or
 * the JVM was started with {@code -Xrs}, Ctrl-C does what it did before.
 */
final class CtrlC {
    static final CancelReason REASON = new CancelReason(CancelReason.Kind.SIGNAL, "Ctrl-C was pressed", null);

    private static final int STATUS = 130;
    private static final long HOOK_MILLIS = 2_000;

    private final EventLoop loop;
    private final Runnable cancel;
    private int presses; // by the JDK's signal threads, guarded by this

    private CtrlC(EventLoop loop, Runnable cancel) {
        this.loop = loop;
        this.cancel = cancel;
    }

    /** Installs the handler if the options ask for it; closing puts the one from before back. */
    static CancelScope.Registration during(EventLoop loop, Runnable cancel) {
        if (!loop.options().interrupts()) {
            return () -> {};
        }
        var handler = new CtrlC(loop, cancel);
        try {
            return SignalHook.install("INT", handler::pressed)::close;
        } catch (IllegalArgumentException e) {
            return () -> {}; // no such signal here, or the JVM does not hand it out
        }
    }

    private void pressed() {
        int press;
        synchronized (this) {
            press = ++presses;
        }
        switch (loop.options().ctrlC().apply(press)) {
            case CANCEL -> cancel.run();
            case EXIT -> {
                tellWhatIsAlive(loop, "Ctrl-C was pressed " + press + " times, the JVM ends");
                exitSoon();
            }
            case HALT -> Runtime.getRuntime().halt(STATUS);
            case IGNORE -> {}
        }
    }

    /** Any thread: the loop may be held by the very task that will not end. */
    static void tellWhatIsAlive(EventLoop loop, String why) {
        List<TaskSnapshot> alive = loop.tasks();
        var text = new StringBuilder(why).append(" with ").append(alive.size()).append(" task(s) alive in ").append(loop);
        var failure = new IllegalStateException(alive.size() + " task(s) have not ended");
        for (TaskSnapshot task : alive) {
            text.append("\n\t'").append(task.name()).append("' waits for ").append(task.waitingFor());
            var stack = new Throwable("task '" + task.name() + "'");
            stack.setStackTrace(task.stack().toArray(StackTraceElement[]::new));
            failure.addSuppressed(stack);
        }
        loop.warn(new ErrorReport(ErrorReport.Kind.SHUTDOWN, text.toString(), failure, null));
    }

    private static void exitSoon() {
        Thread.ofPlatform().daemon().name("espalier-exit").start(() -> System.exit(STATUS));
        Thread.ofPlatform().daemon().name("espalier-halt").start(() -> {
            try {
                Thread.sleep(HOOK_MILLIS); // the bound of the hooks, not a wait for something to happen
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Runtime.getRuntime().halt(STATUS);
        });
    }

    /** Lets the error end the JVM with status 130 and without a stack trace, if nobody on this thread catches it. */
    static CancelledError exitingQuietly(CancelledError error) {
        if (error.reason().kind() == CancelReason.Kind.SIGNAL) {
            Thread me = Thread.currentThread();
            Thread.UncaughtExceptionHandler usual = me.getUncaughtExceptionHandler();
            me.setUncaughtExceptionHandler((thread, e) -> {
                if (e == error) {
                    System.exit(STATUS);
                }
                usual.uncaughtException(thread, e);
            });
        }
        return error;
    }
}
