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
    private final RunOutput output;
    private final long root;

    private final LongMap seen = new LongMap(); // fingerprints
    private int schedules; // of those
    private int runs;
    private long steps;
    private Duration covered = Duration.ZERO; // virtual time
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

        /** The class that the body is written in. */
        default Class<?> code() {
            return begin().getClass().getNestHost();
        }

        /** Replays a tape in a fresh JVM; what came of it, in words; empty if that was not asked for. */
        default String inFreshJvm(Path tape, String key) {
            return "";
        }
    }

    /** The class that the body is written in. */
    Class<?> code() {
        return bodies.code();
    }

    RunOutput output() {
        return output;
    }

    /** Replays a tape in a fresh JVM, if that is asked for; what came of it, in words. */
    String inFreshJvm(Path tape, String key) {
        watchdog.betweenRuns(); // a JVM may take longer to start than a run may last
        return bodies.inFreshJvm(tape, key);
    }

    /** Whether the caller wants no further runs. */
    boolean isOver() {
        return watchdog.isOver();
    }

    Explorer(Exploration.Options options, Runs bodies) {
        this.options = options;
        this.bodies = bodies;
        this.watchdog = new Watchdog(options.run());
        this.output = new RunOutput(!options.allOutput());
        this.root = Lane.mix(options.seed() ^ options.name().hashCode());
    }

    /** Explores on a worker, and waits. */
    Exploration explore() throws Throwable {
        Watchdog.checkOutsideLoops();
        return output.during(() ->
                        watchdog.supervise(Watchdog.engineOf(options.run()), this::work, this::held))
                .get();
    }

    private Verdict<Exploration> held(BlockedLoopError failure) {
        output.showCurrent();
        return Verdict.failed(failure);
    }

    private Verdict<Exploration> work() {
        long began = System.nanoTime();
        Throwable failure =
                options.replay().isPresent() ? replay(options.replay().get()) : search(began + options.budget().toNanos());
        if (failure != null) {
            return Verdict.failed(failure);
        }
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        return Verdict.passed(new Exploration(runs, schedules, steps, took, covered, guarantee));
    }

    // ---- the search

    private @Nullable Throwable search(long end) {
        var found = new Findings(this, options);
        Trial usual = run(Strategy.Choice::usual, root, Map.of(), null);
        note(usual);
        if (found.add(usual, "in the usual order, the first run")) {
            return found.told();
        }
        if (usual.schedule().profile().choices() == 0 && usual.draws().taken().isEmpty()) {
            guarantee = "it is the only schedule";
            return found.told();
        }
        Strategy.Session session = options.strategy().open(usual.schedule().profile());
        boolean over = search(session, usual, found, end);
        if (watchdog.isOver() && !over) {
            return new BlockedLoopError(
                    "the thread that waits for the exploration was interrupted, after " + runs + " runs", new StackTraceElement[0]);
        }
        guarantee = session.guarantee().isEmpty() ? "no guarantee beyond these runs" : session.guarantee();
        if (!over) {
            usualOnceMore(usual, found);
        }
        return found.told();
    }

    /** Whether a failure has ended it. */
    private boolean search(Strategy.Session session, Trial usual, Findings found, long end) {
        int most = options.runs() > 2 ? options.runs() - 1 : options.runs(); // the last one is the usual one again
        while (runs < most && System.nanoTime() < end && !watchdog.isOver()) {
            long seed = Lane.mix(root + runs);
            Strategy.Decider decider = session.next(new SplittableRandom(seed));
            if (decider == null) {
                break;
            }
            Trial trial = run(fair(decider, usual), session.keepsDraws() ? root : seed, Map.of(), null);
            boolean isNew = note(trial);
            if (found.add(trial, "in run " + runs + " by " + session)) {
                return true;
            }
            session.ended(new Strategy.Course(trial.schedule().fingerprint(), isNew, trial.schedule().deviations()));
        }
        return false;
    }

    /** The first run again: if it takes another course now, the runs before it have left something behind. */
    private void usualOnceMore(Trial usual, Findings found) {
        if (runs >= options.runs()) {
            return;
        }
        Trial again = run(Strategy.Choice::usual, root, Map.of(), null);
        note(again);
        found.add(again, "in the usual order, run once more as run " + runs + "; the first time it passed");
        if (again.schedule().fingerprint() != usual.schedule().fingerprint()) {
            guarantee += "; but the runs are NOT independent: the usual order, run once more, took another course, so the test "
                    + "depends on something that outlives a run, such as a mutable static";
        }
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
        RunOutput.Page page = output.begin();
        Throwable failure = bodies.run(tester.printingTo(page), watchdog);
        covered = covered.plus(tester.covered());
        return new Trial(schedule, draws, failure, page);
    }

    // ---- a failure

    private @Nullable Throwable replay(Tape tape) {
        Replay strict = Replay.strict(tape.deviations(), tape.names());
        Trial trial = run(strict, tape.seed(), tape.fixed(), null);
        note(trial);
        guarantee = "the tape was replayed: " + tape.sentence();
        String divergence = strict.divergence();
        var found = new Findings(this, options);
        if (divergence == null) {
            found.add(trial, "by replay of a tape (" + tape.found() + ")");
            return found.told();
        }
        var gone = new TapeMismatch("the tape does not fit the program any more: " + divergence + "; delete it, or search again");
        Throwable failure = trial.failure();
        if (failure != null) {
            failure.addSuppressed(gone);
            output.show(trial.printed());
            return failure;
        }
        // The program has changed, and the steps that the tape names may still be there, at other places.
        Trial byName = again(tape.seed(), tape.deviations(), tape.fixed(), null);
        note(byName);
        found.add(byName, "by replay of a tape (" + tape.found() + ") by the names of its steps, for " + divergence);
        Throwable told = found.told();
        return told == null ? gone : told;
    }

    /** A run with given deviations; those that do not fit are left out. */
    Trial again(long seed, List<Deviation> deviations, Map<Draw, Long> fixed, @Nullable Trace trace) {
        return run(Replay.lenient(deviations), seed, fixed, trace);
    }
}
