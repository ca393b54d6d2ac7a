package dev.espalier.core;

import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What the end of the JVM does to a run that lasts: the main task is cancelled, and a shutdown hook waits for the run to end, at
 * most for the shutdown timeout. So a program in a container cleans up when it gets SIGTERM, as it does on Ctrl-C.
 *
 * <p>It does not wait for a loop that has asked for the end itself by {@code System.exit}, from a task or an offloaded body: that
 * thread does not come back, and the two would wait for each other.
 */
final class JvmEnd implements Runnable, CancelScope.Registration {
    private static final CancelReason REASON = new CancelReason(CancelReason.Kind.SIGNAL, "the JVM was told to end", null);

    private final EventLoop loop;
    private final Consumer<CancelReason> cancel;
    private final Thread hook;
    private final CountDownLatch over = new CountDownLatch(1);

    private JvmEnd(EventLoop loop, Consumer<CancelReason> cancel) {
        this.loop = loop;
        this.cancel = cancel;
        this.hook = Thread.ofPlatform().name("espalier-hook-of-" + loop.name()).unstarted(this);
    }

    /** Installs the hook if the options ask for it; closing says that the run is over. */
    static CancelScope.Registration during(EventLoop loop, Consumer<CancelReason> cancel) {
        if (!loop.options().shutdownHook()) {
            return () -> {};
        }
        var end = new JvmEnd(loop, cancel);
        try {
            Runtime.getRuntime().addShutdownHook(end.hook);
        } catch (IllegalStateException e) {
            return () -> {}; // the JVM ends already: the run has the time that the hooks of others take
        }
        return end;
    }

    @Override
    public void run() {
        if (loopWaitsForExit()) {
            return;
        }
        cancel.accept(REASON);
        try {
            if (!over.await(Nanos.of(loop.options().shutdownTimeout()), TimeUnit.NANOSECONDS)) {
                CtrlC.tellWhatIsAlive(loop, "the JVM was told to end, and does after " + loop.options().shutdownTimeout());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // by another hook: it wants no waiting
        }
    }

    private boolean loopWaitsForExit() {
        Thread holder = loop.turnHolder();
        return (holder != null && isInExit(holder.getStackTrace()))
                || Thread.getAllStackTraces().entrySet().stream().anyMatch(
                        thread -> thread.getKey().getName().startsWith("espalier-") && isInExit(thread.getValue()));
    }

    private static boolean isInExit(StackTraceElement[] stack) {
        return Arrays.stream(stack).anyMatch(
                frame -> frame.getClassName().equals("java.lang.Runtime") && frame.getMethodName().equals("exit"));
    }

    @Override
    public void close() {
        over.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            assert over.getCount() == 0 : e; // the JVM ends, and the hook has what it waits for
        }
    }
}
