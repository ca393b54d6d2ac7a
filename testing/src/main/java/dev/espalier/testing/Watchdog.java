package dev.espalier.testing;

import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.VoidBodyWith;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The caller of a run: it waits while the driver works on a thread of its own, so that a step that never gives up its
 * turn is noticed too, and gives the run up when its real time is over or when it is interrupted.
 *
 * <p>Every wait after that is bounded. A step that then still holds the loop cannot be ended by anyone; its thread is a
 * daemon and is left behind.
 */
final class Watchdog {
    /** How long a step may go on until it counts as holding the loop. */
    private static final Duration GRACE = Duration.ofMillis(500);

    private final LoopRun run;
    private boolean interrupted;

    Watchdog(LoopRun run) {
        this.run = run;
    }

    /** Runs a body to its end, or gives up; what it failed with. */
    @Nullable Throwable execute(VoidBodyWith<? super LoopTester, ?> body) {
        EventLoop around = EventLoop.currentIfAny();
        if (around != null) {
            throw new IllegalStateException("LoopTester.run was called in a task of " + around.name()
                    + ", which it would hold; call the code under test directly, or run it on another thread");
        }
        EventLoop loop = run.begin(body);
        var driver = new Driver(run, loop);
        Thread thread = threadOf(driver);
        thread.start();
        try {
            String why = awaitEnd(thread);
            return why == null ? driver.failure() : giveUp(driver, thread, why);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** On the hand-off engine a virtual thread: turns pass faster between such. */
    private Thread threadOf(Driver driver) {
        return run.loop().engine() == LoopOptions.Engine.HANDOFF
                ? Thread.ofVirtual().name("espalier-test").unstarted(driver)
                : Thread.ofPlatform()
                        .daemon()
                        .name("espalier-test")
                        .stackSize(run.options().loop().stackSize())
                        .unstarted(driver);
    }

    private @Nullable String awaitEnd(Thread thread) {
        Duration limit = run.options().realTimeout();
        try {
            return thread.join(limit) ? null : "the test did not end within its limit of " + limit + " of real time";
        } catch (InterruptedException e) {
            interrupted = true;
            return "the thread that waits for the test was interrupted";
        }
    }

    private @Nullable Throwable giveUp(Driver driver, Thread thread, String why) {
        driver.stop(why);
        if (within(GRACE, left -> driver.judged().await(left, TimeUnit.NANOSECONDS)) && ends(thread)) {
            return driver.failure();
        }
        EventLoop loop = run.loop();
        Thread holder = loop.turnHolder();
        BlockedLoopError held = held(loop, holder, why);
        if (holder != null) {
            holder.interrupt();
        }
        if (!ends(thread)) {
            held.addSuppressed(new IllegalStateException("the step could not be ended by an interrupt; " + loop.name()
                    + " and its daemon threads are left behind"));
        }
        return held;
    }

    private boolean ends(Thread thread) {
        Duration bound = run.options().loop().shutdownTimeout().plus(GRACE);
        return within(bound, left -> thread.join(Duration.ofNanos(left)));
    }

    private static BlockedLoopError held(EventLoop loop, @Nullable Thread holder, String why) {
        var text = new StringBuilder(why).append("\na step does not give up its turn: ").append(loop);
        StackTraceElement[] stack = holder == null ? new StackTraceElement[0] : holder.getStackTrace();
        Report.frames(text, "it is", Report.known(List.of(stack)));
        return new BlockedLoopError(text.toString(), stack);
    }

    /** Waits within a bound whatever interrupts it. */
    private boolean within(Duration bound, Wait wait) {
        long end = System.nanoTime() + bound.toNanos();
        while (true) {
            try {
                return wait.await(Math.max(0, end - System.nanoTime()));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }

    /** Waits for something, for some nanoseconds. */
    @FunctionalInterface
    private interface Wait {
        boolean await(long nanos) throws InterruptedException;
    }
}
