package dev.espalier.testing;

import dev.espalier.core.Awaits;
import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import dev.espalier.core.spi.LoopRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs a test body on a loop of its own, under virtual time, and says what is wrong when it hangs or leaks.
 *
 * {@snippet class="dev.espalier.testing.SnippetsTest" region="run"}
 *
 * <p>Time jumps to the next timer when nothing can run and nothing outside the loop is awaited: no offloaded body, no
 * channel, no future of the JDK, no {@linkplain #holdTime() hold}. While something outside is awaited, time stands
 * still and the run waits for real.
 *
 * <p>A run fails with what its body threw; with the failure of a {@linkplain #background() background} task, a callback
 * or a hook, at once; with {@link DeadlockError} at once; with {@link LivelockError}, {@link LeakedTaskError} and
 * {@link BlockedLoopError}. The first of them comes out and the others are suppressed in it.
 *
 * <p><b>Threads.</b> The tester belongs to the tasks of its run. The body runs in the first of them, not on the
 * caller's thread.
 */
public final class LoopTester {
    private final LoopRun run;

    LoopTester(Options options) {
        this(options, null, Draws.of(options.seed()));
    }

    LoopTester(Options options, @Nullable Schedule schedule, Draws draws) {
        this.run = new LoopRun(this, options, schedule, draws);
    }

    /**
     * Runs a body with the {@linkplain Options#defaults() default options}.
     *
     * <p><b>Cancellation.</b> Interrupting the caller cancels the body and ends in a {@link BlockedLoopError}; its dump
     * shows the moment before the cancellation. <b>Threads.</b> The caller waits; any number of runs may go on at once.
     *
     * @param <X> what the body throws
     * @param body the body
     * @throws X as the body does
     * @throws IllegalStateException if called inside a loop
     */
    public static <X extends Throwable> void run(VoidBodyWith<? super LoopTester, ? extends X> body) throws X {
        run(Options.defaults(), body);
    }

    /**
     * Runs a body; as {@link #run(VoidBodyWith)}.
     *
     * @param <X> what the body throws
     * @param options how
     * @param body the body
     * @throws X as the body does
     * @throws IllegalStateException if called inside a loop, or if the options ask for an engine that cannot run here
     */
    public static <X extends Throwable> void run(Options options, VoidBodyWith<? super LoopTester, ? extends X> body)
            throws X {
        new LoopTester(options).execute(body);
    }

    <X extends Throwable> void execute(VoidBodyWith<? super LoopTester, ? extends X> body) throws X {
        Watchdog.checkOutsideLoops();
        var watchdog = new Watchdog(run.options());
        EventLoop loop = run.begin(body);
        @Nullable Throwable failure = watchdog.<@Nullable Throwable>supervise(
                loop.engine(), () -> watchdog.watch(run, loop), held -> held);
        if (failure != null) {
            throw LoopTester.<X>sneaky(failure);
        }
    }

    /** Runs a body on this thread, which a watchdog watches; what it failed with. */
    @Nullable Throwable watch(Watchdog watchdog, VoidBodyWith<? super LoopTester, ?> body) {
        return watchdog.watch(run, run.begin(body));
    }

    /**
     * Runs a body many times with the {@linkplain Exploration.Options#defaults() default options}, each time in another order of
     * its steps; as {@link #explore(Exploration.Options, VoidBodyWith)}.
     *
     * {@snippet class="dev.espalier.testing.ExploreTest" region="explore"}
     *
     * @param <X> what the body throws
     * @param runs how many runs at most, from 1
     * @param body the body; it must make everything it uses anew each time
     * @return what was covered
     * @throws X as the body does, in the first run that fails
     * @throws IllegalStateException if called inside a loop
     */
    public static <X extends Throwable> Exploration explore(
            int runs, VoidBodyWith<? super LoopTester, ? extends X> body) throws X {
        return explore(Exploration.Options.defaults().withRuns(runs), body);
    }

    /**
     * Runs a body many times, each time in another order of its steps, until a run fails, the strategy knows no further
     * schedule, or runs or time are used up. At every await another task that is ready may come first, also where production
     * would only do so under load; what happens between two awaits is never torn apart.
     *
     * <p>The failure comes out as it was thrown, of a run with as few deviations from the usual order as could be found. A
     * {@link ReplayInfo} is suppressed in it.
     *
     * <p><b>Cancellation.</b> Interrupting the caller ends the exploration. <b>Threads.</b> The caller waits; runs are made one
     * after the other, each on a loop of its own.
     *
     * @param <X> what the body throws
     * @param options how
     * @param body the body; it must make everything it uses anew each time
     * @return what was covered
     * @throws X as the body does, in the first run that fails
     * @throws IllegalStateException if called inside a loop, or if a tape does not fit the program any more
     */
    public static <X extends Throwable> Exploration explore(
            Exploration.Options options, VoidBodyWith<? super LoopTester, ? extends X> body) throws X {
        try {
            return new Explorer(options, body).explore();
        } catch (Throwable e) {
            throw LoopTester.<X>sneaky(e);
        }
    }

    @SuppressWarnings("unchecked") // the body threw it, so it is an X or unchecked
    private static <X extends Throwable> X sneaky(Throwable failure) {
        return (X) failure;
    }

    /**
     * {@return the clock of the run}
     */
    public VirtualClock clock() {
        return run.clock();
    }

    /**
     * Lets everything run that can run at this moment of virtual time, until all other tasks wait for time to pass or
     * for each other. If something outside the loop is awaited, waits for that too.
     *
     * <p><b>Ordering.</b> Comes before a jump of the clock.
     */
    @Awaits
    public void settle() {
        run.settle();
    }

    /**
     * {@return a group around the body for tasks that serve until the body ends: it is cancelled and waited for then,
     * and a failure in it cancels the body and fails the test}
     */
    public TaskGroup background() {
        return run.background();
    }

    /**
     * {@return the random numbers of the run, the same in each run with the same {@linkplain Options#seed() seed}}
     */
    public LoopRandom random() {
        return run.loop().random();
    }

    /**
     * Chooses one of several things by the random numbers of the run. An exploration that finds a failure tries whether it
     * shows with the first one too.
     *
     * @param <T> the things
     * @param things at least one
     * @return one of them
     * @throws IllegalArgumentException if there is none
     */
    public <T> T choose(List<? extends T> things) {
        if (things.isEmpty()) {
            throw new IllegalArgumentException("one of none was to be chosen; give at least one");
        }
        return things.get(run.draws().below(things.size()));
    }

    /**
     * Decides whether something happens, such as a fault, by the random numbers of the run.
     *
     * @param probability from 0, never, to 1, always
     * @return whether it happens
     * @throws IllegalArgumentException if the probability lies outside
     */
    public boolean flip(double probability) {
        if (!(probability >= 0 && probability <= 1)) {
            throw new IllegalArgumentException("a probability lies between 0 and 1, and is not " + probability);
        }
        return run.draws().flip(probability);
    }

    /**
     * Keeps time from jumping, and a deadlock from being declared, while something happens outside that the loop cannot
     * know of: a thread of the test's own that will call back.
     *
     * @return ends the hold when closed
     */
    public Hold holdTime() {
        return run.holdTime();
    }

    /** Time is held until this is closed. */
    @FunctionalInterface
    public interface Hold extends AutoCloseable {
        /** Ends the hold; does nothing the second time. Any thread may call it. */
        @Override
        void close();
    }

    /**
     * {@return what decided this run so far; with {@link Exploration.Options#withReplay} it is made again}
     */
    public Tape tape() {
        return run.tape();
    }

    /**
     * {@return a text for people: virtual time, counts, and each task with what it waits for, where it was started, and
     * its stack}
     */
    public String dump() {
        return run.dump();
    }

    @Override
    public String toString() {
        return "LoopTester[" + run + "]";
    }

    /**
     * How a run is made.
     *
     * @param loop how its loop is made; the tester puts in its own clock, random numbers and error sink, switches spawn
     *     traces on and Ctrl-C handling off
     * @param start virtual time at the start
     * @param realTimeout how long the run may take in real time, positive
     * @param maxStepsPerInstant how many ticks of the loop may pass without virtual time moving, at least 1
     * @param seed decides the random numbers
     */
    public record Options(
            LoopOptions loop, Instant start, Duration realTimeout, int maxStepsPerInstant, long seed) {

        /** Checks the numbers. */
        public Options {
            if (!realTimeout.isPositive()) {
                throw new IllegalArgumentException("realTimeout must be positive, not " + realTimeout);
            }
            if (maxStepsPerInstant < 1) {
                throw new IllegalArgumentException("maxStepsPerInstant must be at least 1, not " + maxStepsPerInstant);
            }
        }

        /**
         * {@return the default options: the default loop with one second to shut down, 2000-01-01T00:00:00Z, ten
         * seconds of real time, 100 000 ticks, seed 0}
         */
        public static Options defaults() {
            return new Options(
                    LoopOptions.defaults().withShutdownTimeout(Duration.ofSeconds(1)),
                    Instant.parse("2000-01-01T00:00:00Z"),
                    Duration.ofSeconds(10),
                    100_000,
                    0);
        }

        /**
         * {@return these options with another way to make the loop}
         *
         * @param value how its loop is made
         */
        public Options withLoop(LoopOptions value) {
            return new Options(value, start, realTimeout, maxStepsPerInstant, seed);
        }

        /**
         * {@return these options with another start of virtual time}
         *
         * @param value the moment
         */
        public Options withStart(Instant value) {
            return new Options(loop, value, realTimeout, maxStepsPerInstant, seed);
        }

        /**
         * {@return these options with another limit in real time}
         *
         * @param value how long the run may take, positive
         */
        public Options withRealTimeout(Duration value) {
            return new Options(loop, start, value, maxStepsPerInstant, seed);
        }

        /**
         * {@return these options with another limit of ticks}
         *
         * @param value how many ticks may pass without virtual time moving, at least 1
         */
        public Options withMaxStepsPerInstant(int value) {
            return new Options(loop, start, realTimeout, value, seed);
        }

        /**
         * {@return these options with another seed}
         *
         * @param value decides the random numbers
         */
        public Options withSeed(long value) {
            return new Options(loop, start, realTimeout, maxStepsPerInstant, value);
        }
    }
}
