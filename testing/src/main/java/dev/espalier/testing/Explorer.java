package dev.espalier.testing;

import dev.espalier.core.VoidBodyWith;
import dev.espalier.testing.Draws.Draw;
import dev.espalier.testing.Strategy.Deviation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Runs a body again and again, each time in another order of its steps, until a run fails, the strategy has no further
 * schedule, or runs or time are used up. A failure is run again to see whether it repeats, made small, and told.
 *
 * <p>All runs are made by one worker; its fields are the worker's.
 */
final class Explorer {
    private final Exploration.Options options;
    private final Runs bodies;
    private final Watchdog watchdog;
    private final long root;

    private final LongMap seen = new LongMap(); // fingerprints
    private int schedules; // of those
    private int runs;
    private long steps;
    private String guarantee = "";

    /** What each run runs. */
    @FunctionalInterface
    interface Runs {
        /** The body of the next run; called outside any loop. What it throws is the failure of the run. */
        VoidBodyWith<? super LoopTester, ?> begin();

        /** The run is over. What it throws is a failure of the run. */
        default void end() {}

        /** Makes one run, from begin to end; what it failed with. */
        default @Nullable Throwable run(LoopTester tester, Watchdog watchdog) {
            var failures = new ArrayList<@Nullable Throwable>(2);
            try {
                failures.add(tester.watch(watchdog, begin()));
            } catch (Throwable e) {
                failures.add(e);
            }
            try {
                end();
            } catch (Throwable e) {
                failures.add(e);
            }
            return Failures.first(failures);
        }

        /** Replays a tape in a fresh JVM; what came of it, in words; empty if that was not asked for. */
        default String inFreshJvm(Path tape, String key) {
            return "";
        }
    }

    Runs bodies() {
        return bodies;
    }

    Explorer(Exploration.Options options, Runs bodies) {
        this.options = options;
        this.bodies = bodies;
        this.watchdog = new Watchdog(options.run());
        this.root = Lane.mix(options.seed() ^ options.name().hashCode());
    }

    /** Explores on a worker, and waits. */
    Exploration explore() throws Throwable {
        Watchdog.checkOutsideLoops();
        return watchdog.supervise(Watchdog.engineOf(options.run()), this::work, Verdict::<Exploration>failed).get();
    }

    private Verdict<Exploration> work() {
        long began = System.nanoTime();
        Throwable failure =
                options.replay().isPresent() ? replay(options.replay().get()) : search(began + options.budget().toNanos());
        if (failure != null) {
            return Verdict.failed(failure);
        }
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        return Verdict.passed(new Exploration(runs, schedules, steps, took, guarantee));
    }

    // ---- the search

    private @Nullable Throwable search(long end) {
        Trial usual = run(Strategy.Choice::usual, root, Map.of(), null);
        note(usual);
        if (usual.failure() != null) {
            return told(usual, "in the usual order, the first run");
        }
        if (usual.schedule().profile().choices() == 0 && usual.draws().taken().isEmpty()) {
            guarantee = "it is the only schedule";
            return null;
        }
        Strategy.Session session = options.strategy().open(usual.schedule().profile());
        while (runs < options.runs() && System.nanoTime() < end && !watchdog.isOver()) {
            long seed = Lane.mix(root + runs);
            Strategy.Decider decider = session.next(new SplittableRandom(seed));
            if (decider == null) {
                break;
            }
            Trial trial = run(fair(decider, usual), session.keepsDraws() ? root : seed, Map.of(), null);
            boolean isNew = note(trial);
            if (trial.failure() != null) {
                return told(trial, "in run " + runs + " by " + session);
            }
            session.ended(new Strategy.Course(trial.schedule().fingerprint(), isNew, trial.schedule().deviations()));
        }
        if (watchdog.isOver()) {
            return new BlockedLoopError(
                    "the thread that waits for the exploration was interrupted, after " + runs + " runs", new StackTraceElement[0]);
        }
        guarantee = session.guarantee().isEmpty() ? "no guarantee beyond these runs" : session.guarantee();
        return null;
    }

    /** In a long run the order becomes the usual one at last, so that what spins while it waits is not starved for ever. */
    private static Strategy.Decider fair(Strategy.Decider decider, Trial usual) {
        int unfair = 10 * usual.schedule().steps() + 1000;
        return choice -> choice.position() < unfair ? decider.choose(choice) : choice.usual();
    }

    private boolean note(Trial trial) {
        runs++;
        steps += trial.schedule().steps();
        long fingerprint = trial.schedule().fingerprint();
        boolean isNew = seen.get(fingerprint) == LongMap.NONE;
        if (isNew) {
            seen.put(fingerprint, 1);
            schedules++;
        }
        return isNew;
    }

    /** One run, on a loop of its own. */
    Trial run(Strategy.Decider decider, long seed, Map<Draw, Long> fixed, @Nullable Trace trace) {
        var schedule = new Schedule(decider, trace);
        var draws = new Draws(seed, schedule, fixed);
        var tester = new LoopTester(options.run(), schedule, draws);
        if (trace != null) {
            trace.begins(tester.clock());
        }
        return new Trial(schedule, draws, bodies.run(tester, watchdog));
    }

    // ---- a failure

    private Throwable told(Trial found, String how) {
        Throwable failure = found.failure();
        if (failure == null) {
            throw new AssertionError("no failure to tell");
        }
        if (failure instanceof BlockedLoopError || watchdog.isOver()) {
            return failure; // real time decided, not the order of steps
        }
        return new Telling(this, options, how).of(found, failure);
    }

    private @Nullable Throwable replay(Tape tape) {
        Replay strict = Replay.strict(tape.deviations(), tape.names());
        Trial trial = run(strict, tape.seed(), tape.fixed(), null);
        note(trial);
        guarantee = "the tape was replayed: " + tape.sentence();
        String divergence = strict.divergence();
        Throwable failure = trial.failure();
        if (divergence != null) {
            var gone = new TapeMismatch("the tape does not fit the program any more: " + divergence
                    + "; delete it, or search again");
            if (failure == null) {
                return gone;
            }
            failure.addSuppressed(gone);
        } else if (failure != null) {
            return new Telling(this, options, "by replay of a tape (" + tape.found() + ")").of(trial, failure);
        }
        return failure;
    }

    /** A run with given deviations; those that do not fit are left out. */
    Trial again(long seed, List<Deviation> deviations, Map<Draw, Long> fixed, @Nullable Trace trace) {
        return run(Replay.lenient(deviations), seed, fixed, trace);
    }
}
