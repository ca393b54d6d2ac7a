package dev.espalier.testing;

import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaits;
import dev.espalier.core.Body;
import dev.espalier.core.Channel;
import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBody;
import dev.espalier.core.VoidBodyWith;
import dev.espalier.core.spi.ChannelStatistics;
import dev.espalier.core.spi.LoopRandom;
import dev.espalier.core.spi.TaskSnapshot;
import dev.espalier.core.spi.TimerSnapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
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
 * {@link BlockedLoopError}. The first of them comes out and the others are suppressed in it. A run without
 * any of these fails if a {@linkplain #flag(String) flag} was not reached.
 *
 * <p><b>Threads.</b> The tester belongs to the tasks of its run. The body runs in the first of them, not on the
 * caller's thread.
 */
public final class LoopTester {
    private final LoopRun run;
    private final SweptTarget target;

    LoopTester(Options options) {
        this(options, SweptTarget.undisturbed());
    }

    LoopTester(Options options, SweptTarget target) {
        this.run = new LoopRun(this, options, null, Draws.of(options.seed()));
        this.target = target;
    }

    LoopTester(Options options, @Nullable Schedule schedule, Draws draws) {
        this.run = new LoopRun(this, options, schedule, draws);
        this.target = SweptTarget.undisturbed();
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

    /** Begins a run whose body is handed in piece by piece. */
    Pieces inPieces() {
        var pieces = new Pieces(this, run.options().loop().shutdownTimeout());
        run.body().comesIn(pieces);
        pieces.start();
        return pieces;
    }

    /** What the run prints goes to a page; to where it usually goes if there is none. Before the run. */
    LoopTester printingTo(RunOutput.@Nullable Page page) {
        run.printsTo(page);
        return this;
    }

    /** The clock goes by real time from the start on. Before the run. */
    void goByRealTime() {
        run.goesByRealTime();
    }

    /** Runs a body on this thread, which a watchdog watches; what it failed with. */
    @Nullable Throwable watch(Watchdog watchdog, VoidBodyWith<? super LoopTester, ?> body) {
        return watchdog.watch(run, run.begin(body));
    }

    /**
     * Runs a body many times with the {@linkplain Exploration.Options#defaults() default options}, each time in
     * another order of its steps; as {@link #explore(Exploration.Options, VoidBodyWith)}.
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
     * schedule, or runs or time are used up. At every await another task that is ready may come first, also where
     * production would only do so under load; what happens between two awaits is never torn apart.
     *
     * <p>The failure comes out as it was thrown, of a run with as few deviations from the usual order as could be
     * found. A {@link ReplayInfo} is suppressed in it.
     *
     * <p><b>Cancellation.</b> Interrupting the caller ends the exploration. <b>Threads.</b> The caller waits; runs are
     * made one after the other, each on a loop of its own.
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
            return new Explorer(options, () -> body).explore();
        } catch (Throwable e) {
            throw LoopTester.<X>sneaky(e);
        }
    }

    /**
     * Runs a body again and again, and each time cancels its target at another place, with the {@linkplain
     * Sweep.Options#defaults() default options}; as {@link #sweep(Sweep.Options, VoidBodyWith)}.
     *
     * {@snippet class="dev.espalier.testing.SweepSnippetsTest" region="sweep"}
     *
     * @param <X> what the body throws
     * @param body the body; it calls {@link #swept(Body) swept} once, and must make everything it uses anew each time
     * @return what was covered
     * @throws X as the body does
     * @throws IllegalStateException if called inside a loop, if the body has no target, or if that awaits nothing
     */
    public static <X extends Throwable> Sweep sweep(VoidBodyWith<? super LoopTester, ? extends X> body) throws X {
        return sweep(Sweep.Options.defaults(), body);
    }

    /**
     * Runs a body again and again, and each time cancels its target at another place. The body builds a situation,
     * runs the code under test by {@link #swept(Body) swept}, and asserts afterwards what must hold however that ended.
     *
     * <p>First nothing is cancelled, and the awaits of the target are counted, with those of the tasks that it starts.
     * Then, for each of them, each {@linkplain Sweep.Position position} in it and each {@linkplain Sweep.Kind kind} of
     * cancellation, the body is run once. All that is done a second time with each await giving way, so that those
     * that need not wait are reached too.
     *
     * <p>What is asked of each run, beside the assertions of the body: nothing leaks or hangs; a target that has met
     * its cancellation ends with it, and without time passing; numbers that are {@linkplain #conserve(String,
     * LongSupplier) conserved} are. A failure comes out as it was thrown. A {@link SweepInfo} is suppressed in it.
     *
     * <p><b>Cancellation.</b> Interrupting the caller ends the sweep. <b>Threads.</b> The caller waits; runs are made
     * one after the other, each on a loop of its own.
     *
     * @param <X> what the body throws
     * @param options how, and what the target may do
     * @param body the body; it calls {@link #swept(Body) swept} once, and must make everything it uses anew each time
     * @return what was covered
     * @throws X as the body does
     * @throws IllegalStateException if called inside a loop, if the body has no target, or if that awaits nothing
     * @throws IllegalArgumentException if the options ask for a cut that does not exist
     */
    public static <X extends Throwable> Sweep sweep(
            Sweep.Options options, VoidBodyWith<? super LoopTester, ? extends X> body) throws X {
        try {
            return new Sweeper(options, () -> body).sweep();
        } catch (Throwable e) {
            throw LoopTester.<X>sneaky(e);
        }
    }

    /**
     * Runs the target of a {@linkplain #sweep(VoidBodyWith) sweep}, the code that is cancelled, in a task of its own
     * inside a scope, and tells how it ended. In any other run it is run all the same, and nothing cancels it.
     *
     * <p><b>Cancellation.</b> Reaches the target; the caller waits for its end, and throws.
     *
     * @param <T> the value
     * @param <X> what the target throws
     * @param body the target
     * @return its end; a {@linkplain dev.espalier.core.Awaitable.Failed failure} only of a class that the {@linkplain
     *     Sweep.Options#withFailure options} allow
     * @throws X as the target does, if that is not allowed
     * @throws AssertionError if it did not end as a cancelled target must
     * @throws IllegalStateException if called twice in a run
     */
    @Awaits
    public <T extends @Nullable Object, X extends Throwable> Awaitable.State<T> swept(
            Body<? extends T, ? extends X> body) throws X {
        run.checkTurn("swept");
        return target.run(run, body);
    }

    /**
     * Runs the target of a sweep; as {@link #swept(Body)}.
     *
     * @param <X> what the target throws
     * @param body the target
     * @return its end; the value is null
     * @throws X as the target does, if that is not allowed
     * @throws AssertionError if it did not end as a cancelled target must
     * @throws IllegalStateException if called twice in a run
     */
    @Awaits
    @SuppressWarnings("NullAway") // Void has no other value
    public <X extends Throwable> Awaitable.State<Void> swept(VoidBody<? extends X> body) throws X {
        return this.<Void, X>swept(() -> {
            body.run();
            return null;
        });
    }

    /**
     * Asks that the target of a sweep changes a number as a whole or not at all. One that returns must change it as in
     * the undisturbed run; one that is cancelled or fails must leave it as it was. If all that it does is undone at its
     * end, as with permits that are given back, that means: it is always the same afterwards.
     *
     * <p>The number is read now, and when the target has ended and nothing else can run; if something outside the loop is
     * awaited then, at once.
     *
     * @param name what it counts, for the message
     * @param number tells it; it must not await
     * @throws IllegalStateException after the target
     * @throws IllegalArgumentException if the name is taken
     */
    public void conserve(String name, LongSupplier number) {
        run.checkTurn("conserve");
        target.conserve(name, number);
    }

    /**
     * Asks that no value of a channel is lost by the target of a sweep: what went in is still in it, or among those
     * that were taken.
     *
     * @param name what goes through the channel, for the message
     * @param channel opened by {@link Channel#open}
     * @param taken what the tested code has made of the values: one for each
     * @throws IllegalStateException after the target, or if the channel has no statistics
     * @throws IllegalArgumentException if the name is taken
     */
    public void conserve(String name, Channel<?> channel, Collection<?> taken) {
        conserve(name, () -> {
            ChannelStatistics counts = channel.statistics();
            return counts.sent() - counts.size() - taken.size();
        });
    }

    @SuppressWarnings("unchecked") // the body threw it, so it is an X or unchecked
    static <X extends Throwable> X sneaky(Throwable failure) {
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
     * Lets one step of another task run, or one callback: the oldest that is ready. For a test that goes through an
     * interleaving by hand; {@link Sequencer} and {@link #explore} say more with less.
     *
     * <p><b>Cancellation.</b> Cancelled, the step may have been made.
     *
     * @return what ran, and what it waits for now, in words; empty if nothing was ready
     * @throws IllegalStateException in an exploration, where the order is not the body's
     */
    @Awaits
    public Optional<String> step() {
        return run.step();
    }

    /**
     * Lets everything run until no timer is set any more, with as much virtual time as that takes, and
     * {@linkplain #settle() settles}: what is alive then waits for other tasks. Timers count whoever has set them, so
     * a task that ticks for ever, in the background too, keeps the run from resting.
     *
     * <p><b>Cancellation.</b> Cancelled on the way, time stays where it is.
     *
     * @param virtualLimit how long that may take, not negative
     * @throws LivelockError if timers are still set when the limit is over; it lists them
     * @throws IllegalArgumentException if the limit is negative
     */
    @Awaits
    public void settleAll(Duration virtualLimit) {
        run.settleAll(virtualLimit);
    }

    /**
     * Waits until an assertion holds. Looks at once, after each tick in which another task or a callback has made a
     * step, and at the limit, when all that is due there has run. It runs in the calling task; no thread polls.
     *
     * {@snippet class="dev.espalier.testing.SnippetsTest" region="eventually"}
     *
     * <p>If nothing can change any more, time jumps to the limit: a failing assertion takes no real time.
     *
     * @param virtualLimit how long to wait, not negative
     * @param assertion throws an {@link AssertionError} as long as it does not hold; anything else that it throws
     *     comes out at once. It must not await
     * @throws AssertionError if the assertion still fails at the limit; its last failure is the cause
     * @throws IllegalArgumentException if the limit is negative
     */
    @Awaits
    public void eventually(Duration virtualLimit, Runnable assertion) {
        run.eventually(virtualLimit, assertion);
    }

    /**
     * Asks for something that must happen before the body ends, once.
     *
     * @param name what, for the message
     * @return says that it has happened
     */
    public Flag flag(String name) {
        return run.flag(name, 1);
    }

    /**
     * Asks for something that must happen before the body ends, so many times and no more. The body is not waited for
     * longer than it takes; {@link Flag#await} waits.
     *
     * @param name what, for the message
     * @param times how often, at least once
     * @return says that it has happened
     * @throws IllegalArgumentException if it is less than once
     */
    public Flag flag(String name, int times) {
        return run.flag(name, times);
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
     * Chooses one of several things by the random numbers of the run. An exploration that finds a failure tries
     * whether it shows with the first one too.
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
     * {@return what the living tasks do now, parents before their children; the first is the test body}
     */
    public List<TaskSnapshot> tasks() {
        return run.tasks();
    }

    /**
     * {@return the timers that are set, in the order in which they will fire: who set them, and for when}
     */
    public List<TimerSnapshot> timers() {
        return run.timers();
    }

    /**
     * {@return how far away in virtual time the next timer is, zero or negative if it is due; empty without timers}
     */
    public Optional<Duration> nextDeadline() {
        return run.nextDeadline();
    }

    /**
     * {@return the real time since the start of the run}
     *
     * <p><b>Threads.</b> Any.
     *
     * @throws IllegalStateException before the run
     */
    public Duration realElapsed() {
        return run.realElapsed();
    }

    /** How much virtual time the run has covered, up to its verdict; so far, while it is under way. For any thread. */
    Duration covered() {
        return run.clock().covered();
    }

    /**
     * {@return a text for people: virtual time, counts, and each task with what it waits for, where it was started, and
     * its stack}
     */
    public String dump() {
        return run.dump();
    }

    /**
     * {@return the same as {@link #dump()} for machines, as one JSON object: {@code now}, {@code elapsedNanos}, {@code outside}
     * (how many things outside the loop are awaited), and {@code tasks}, each with {@code id}, {@code name}, {@code parent},
     * {@code waitsFor}, {@code blockers} (numbers of tasks), {@code startedAt} and {@code stack}}
     */
    public String dumpJson() {
        return run.dumpJson();
    }

    /** As {@link #dump()}, while the run goes on, or does not. For any thread. */
    String dumpFromOutside() {
        return run.clock() + "\n" + run.loop().dump();
    }

    @Override
    public String toString() {
        return "LoopTester[" + run + "]";
    }

    // ---- how a run is made

    /** What becomes of tasks that are still alive after the test body has ended. */
    public enum Leaks {
        /** They are cancelled, and the run fails with {@link LeakedTaskError}. */
        FAIL,
        /** They are cancelled and waited for; the run fails if they refuse to end or leave a failure uncaught. */
        CANCEL,
        /** They are cancelled, and what becomes of them is of no interest. */
        IGNORE
    }

    /**
     * How a run is made.
     *
     * @param loop how its loop is made; the tester puts in its own clock, random numbers and error sink, switches spawn
     *     traces on and Ctrl-C handling off. A step that is blocked outside the library for its {@code blockedAfter}
     *     of real time fails the run at once, with a {@link BlockedLoopError}
     * @param start virtual time at the start
     * @param realTimeout how long the run may take in real time, positive
     * @param virtualTimeout how far virtual time may go, positive; cut to 292 years
     * @param maxStepsPerInstant how many ticks of the loop may pass without virtual time moving, at least 1
     * @param stepCost how much virtual time each step takes, not negative. With zero a task that spins under a timeout
     *     is a {@link LivelockError}; with more the timeout ends it
     * @param seed decides the random numbers, and the order if that is shuffled
     * @param shuffle whether steps come in a random order instead of the usual one, in which the oldest is first; an
     *     exploration has orders of its own
     * @param leaks what becomes of tasks that are alive after the body
     */
    public record Options(
            LoopOptions loop,
            Instant start,
            Duration realTimeout,
            Duration virtualTimeout,
            int maxStepsPerInstant,
            Duration stepCost,
            long seed,
            boolean shuffle,
            Leaks leaks) {

        // 2000-01-01T00:00:00Z, by number: to parse it loads fifty classes, and the first test of a JVM waits for them.
        private static final Instant START = Instant.ofEpochSecond(946_684_800);

        /** Checks the numbers. */
        public Options {
            checkPositive("realTimeout", realTimeout);
            checkPositive("virtualTimeout", virtualTimeout);
            if (maxStepsPerInstant < 1) {
                throw new IllegalArgumentException("maxStepsPerInstant must be at least 1, not " + maxStepsPerInstant);
            }
            if (stepCost.isNegative()) {
                throw new IllegalArgumentException("stepCost must not be negative: " + stepCost);
            }
        }

        private static void checkPositive(String what, Duration value) {
            if (!value.isPositive()) {
                throw new IllegalArgumentException(what + " must be positive, not " + value);
            }
        }

        /**
         * {@return the default options: the default loop with one second to shut down, blocked after one,
         * 2000-01-01T00:00:00Z, ten seconds of real time, 365 days of virtual time, 100 000 ticks, steps that cost
         * nothing, seed 0, the usual order, and leaks that fail}
         */
        public static Options defaults() {
            return new Options(
                    LoopOptions.defaults()
                            .withShutdownTimeout(Duration.ofSeconds(1))
                            .withBlockedAfter(Duration.ofSeconds(1)),
                    START,
                    Duration.ofSeconds(10),
                    Duration.ofDays(365),
                    100_000,
                    Duration.ZERO,
                    0,
                    false,
                    Leaks.FAIL);
        }

        /**
         * {@return these options with another way to make the loop}
         *
         * @param value how its loop is made
         */
        public Options withLoop(LoopOptions value) {
            return with(draft -> draft.loop = value);
        }

        /**
         * {@return these options with another start of virtual time}
         *
         * @param value the moment
         */
        public Options withStart(Instant value) {
            return with(draft -> draft.start = value);
        }

        /**
         * {@return these options with another limit in real time}
         *
         * @param value how long the run may take, positive
         */
        public Options withRealTimeout(Duration value) {
            return with(draft -> draft.realTimeout = value);
        }

        /**
         * {@return these options with another limit in virtual time}
         *
         * @param value how far virtual time may go, positive
         */
        public Options withVirtualTimeout(Duration value) {
            return with(draft -> draft.virtualTimeout = value);
        }

        /**
         * {@return these options with another limit of ticks}
         *
         * @param value how many ticks may pass without virtual time moving, at least 1
         */
        public Options withMaxStepsPerInstant(int value) {
            return with(draft -> draft.maxStepsPerInstant = value);
        }

        /**
         * {@return these options with another cost of a step}
         *
         * @param value how much virtual time each step takes, not negative
         */
        public Options withStepCost(Duration value) {
            return with(draft -> draft.stepCost = value);
        }

        /**
         * {@return these options with another seed}
         *
         * @param value decides the random numbers, and the order if that is shuffled
         */
        public Options withSeed(long value) {
            return with(draft -> draft.seed = value);
        }

        /**
         * {@return these options with the order of steps shuffled or not}
         *
         * @param value whether steps come in a random order; the same seed gives the same one
         */
        public Options withShuffle(boolean value) {
            return with(draft -> draft.shuffle = value);
        }

        /**
         * {@return these options with another treatment of leaks}
         *
         * @param value what becomes of tasks that are alive after the body
         */
        public Options withLeaks(Leaks value) {
            return with(draft -> draft.leaks = value);
        }

        private Options with(Consumer<Draft> change) {
            var draft = new Draft(this);
            change.accept(draft);
            return draft.finish();
        }

        /** The options with a place to write each into: a record has no other way to replace one component of many. */
        private static final class Draft {
            private LoopOptions loop;
            private Instant start;
            private Duration realTimeout;
            private Duration virtualTimeout;
            private int maxStepsPerInstant;
            private Duration stepCost;
            private long seed;
            private boolean shuffle;
            private Leaks leaks;

            private Draft(Options from) {
                loop = from.loop;
                start = from.start;
                realTimeout = from.realTimeout;
                virtualTimeout = from.virtualTimeout;
                maxStepsPerInstant = from.maxStepsPerInstant;
                stepCost = from.stepCost;
                seed = from.seed;
                shuffle = from.shuffle;
                leaks = from.leaks;
            }

            private Options finish() {
                return new Options(loop, start, realTimeout, virtualTimeout, maxStepsPerInstant, stepCost, seed,
                        shuffle, leaks);
            }
        }
    }
}
