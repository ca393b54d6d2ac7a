package dev.espalier.testing;

import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The caller of one run or of many, one after the other: it waits while a worker drives them on a thread of its own, so that a
 * step that never gives up its turn is noticed too. It gives a run up when its real time is over, and all of them when it is
 * interrupted.
 *
 * <p>Every wait after that is bounded. A step that then still holds the loop cannot be ended by anyone; its thread is a
 * daemon and is left behind.
 */
final class Watchdog {
    /** How long a step may go on until it counts as holding the loop. */
    private static final Duration GRACE = Duration.ofMillis(500);

    private final LoopTester.Options options;
    private boolean interrupted; // by the waiting thread

    /** The run that is under way; null before the first and between two. By the worker, read by the waiting thread. */
    private volatile @Nullable Watched watched;

    private volatile boolean over; // no further run may begin; by the waiting thread

    /** The worker has ended, or a step is blocked. Released by the worker and by the watchdog of the loops. */
    private final Semaphore news = new Semaphore(0);

    private record Watched(LoopRun run, Driver driver, long since) {}

    /** What the worker came to: one of the two is null. */
    private record End<T extends @Nullable Object>(@Nullable T value, @Nullable Throwable thrown) {}

    Watchdog(LoopTester.Options options) {
        this.options = options;
    }

    static void checkOutsideLoops() {
        EventLoop around = EventLoop.currentIfAny();
        if (around != null) {
            throw new IllegalStateException("LoopTester.run was called in a task of " + around.name()
                    + ", which it would hold; call the code under test directly, or run it on another thread");
        }
    }

    /** The engine that loops of such options get. */
    static LoopOptions.Engine engineOf(LoopTester.Options options) {
        try (EventLoop probe = EventLoop.create(options.loop())) {
            return probe.engine();
        }
    }

    // ---- the worker

    /** Drives a run to its end; what it failed with. */
    @Nullable Throwable watch(LoopRun run, EventLoop loop) {
        var driver = new Driver(run, loop);
        watched = new Watched(run, driver, System.nanoTime());
        run.heldSteps().whenBlocked(news::release);
        driver.run();
        return driver.failure();
    }

    /** No run is under way; what the worker does until the next one has its own limit. */
    void betweenRuns() {
        watched = null;
    }

    /** Whether the caller wants no further runs. */
    boolean isOver() {
        return over;
    }

    // ---- the waiting thread

    /**
     * Lets a worker drive runs, and waits.
     *
     * @param engine of the loops it drives
     * @param work calls {@link #watch} for each run
     * @param held makes the end of the work of the failure of a step that does not give up its turn
     */
    <T extends @Nullable Object> T supervise(LoopOptions.Engine engine, Supplier<T> work, Function<? super BlockedLoopError, T> held) {
        var end = new AtomicReference<@Nullable End<T>>();
        Thread worker = threadOf(engine, () -> {
            end.set(endOf(work));
            news.release();
        });
        worker.start();
        try {
            while (true) {
                Watched late = awaitNews(() -> end.get() != null);
                if (late == null) {
                    return valueOf(Objects.requireNonNull(end.get()));
                }
                Thread blocked = interrupted ? null : late.run.heldSteps().blocked();
                BlockedLoopError stuck =
                        blocked == null ? giveUp(late, worker) : holdsTheLoop(late, worker, blocked, why(blocked));
                if (stuck != null) {
                    return held.apply(stuck);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static <T extends @Nullable Object> End<T> endOf(Supplier<T> work) {
        try {
            return new End<>(work.get(), null);
        } catch (Throwable e) {
            return new End<>(null, e);
        }
    }

    @SuppressWarnings("NullAway") // no throwable: then the value is what the work returned, null or not
    private static <T extends @Nullable Object> T valueOf(End<T> end) {
        if (end.thrown != null) {
            throw new IllegalStateException("the test kit itself failed", end.thrown);
        }
        return end.value;
    }

    /** On the hand-off engine a virtual thread: turns pass faster between such. */
    private Thread threadOf(LoopOptions.Engine engine, Runnable work) {
        return engine == LoopOptions.Engine.HANDOFF
                ? Thread.ofVirtual().name("espalier-test").unstarted(work)
                : Thread.ofPlatform()
                        .daemon()
                        .name("espalier-test")
                        .stackSize(options.loop().stackSize())
                        .unstarted(work);
    }

    /** Waits for the end of the worker; a run that has to be given up before that. */
    private @Nullable Watched awaitNews(BooleanSupplier ended) {
        Duration limit = options.realTimeout();
        while (!ended.getAsBoolean()) {
            Watched run = watched;
            long passed = run == null ? 0 : System.nanoTime() - run.since;
            boolean told = false;
            try {
                told = news.tryAcquire(VirtualClock.nanosOf(limit) - passed, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
                over = true;
            }
            Watched now = watched;
            boolean late = now == run && !told;
            if (now != null && (interrupted || late || (!ended.getAsBoolean() && now.run.heldSteps().blocked() != null))) {
                return now;
            }
        }
        return null;
    }

    /** Null if the run, or all of them, came to an end after all. */
    private @Nullable BlockedLoopError giveUp(Watched late, Thread worker) {
        String why = interrupted
                ? "the thread that waits for the test was interrupted"
                : "the test did not end within its limit of " + options.realTimeout() + " of real time";
        late.driver.stop(why);
        boolean judged = within(GRACE, left -> late.driver.judged().await(left, TimeUnit.NANOSECONDS));
        if (judged && (late != watched || ends(worker))) {
            return null;
        }
        return holdsTheLoop(late, worker, late.run.loop().turnHolder(), why);
    }

    private String why(Thread blocked) {
        List<StackTraceElement> known = Report.known(List.of(blocked.getStackTrace()));
        return "a step has held its loop for more than " + options.loop().blockedAfter()
                + " of real time, and waits outside the library"
                + (known.isEmpty() ? "" : ", in " + known.get(0).getClassName() + "." + known.get(0).getMethodName())
                + "; await instead, or let offload do what blocks";
    }

    /** Interrupts the step that holds the loop of a run, and ends the run. */
    private BlockedLoopError holdsTheLoop(Watched late, Thread worker, @Nullable Thread holder, String why) {
        EventLoop loop = late.run.loop();
        BlockedLoopError held = held(loop, holder, why);
        over = true; // the interrupted step ends its run somehow, and that is no reason for another one
        late.driver.stop(why);
        if (holder != null) {
            holder.interrupt();
        }
        if (!ends(worker)) {
            held.addSuppressed(new IllegalStateException("the step could not be ended by an interrupt; " + loop.name()
                    + " and its daemon threads are left behind"));
        }
        return held;
    }

    private boolean ends(Thread thread) {
        Duration bound = options.loop().shutdownTimeout().plus(GRACE);
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
