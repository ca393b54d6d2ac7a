package dev.espalier.testing;

import dev.espalier.testing.Cutter.Found;
import dev.espalier.testing.Cutter.Moment;
import dev.espalier.testing.Sweep.Await;
import dev.espalier.testing.Sweep.Cut;
import dev.espalier.testing.Sweep.Kind;
import dev.espalier.testing.Sweep.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs a body without a cut, and then once for each cut, in two passes: as it is, and with each await giving way. If
 * that adds no await, the second pass ends after its first run.
 *
 * <p>All runs are made by one worker; its fields are the worker's.
 */
final class Sweeper {
    private final Sweep.Options options;
    private final Explorer.Runs bodies;
    private final Watchdog watchdog;
    private final RunOutput output;

    private int runs;
    private int missed;
    private Duration covered = Duration.ZERO; // virtual time
    private List<Await> plain = List.of();
    private List<Await> yielding = List.of();
    private volatile @Nullable Cut underWay; // also read by the waiting thread, when a step does not end

    /** A run, ended. */
    private record Trial(SweptTarget target, @Nullable Throwable failure) {
        List<Await> awaits() {
            return target.begun().found().stream().map(found -> found.await).toList();
        }
    }

    Sweeper(Sweep.Options options, Explorer.Runs bodies) {
        this.options = options;
        this.bodies = bodies;
        this.watchdog = new Watchdog(options.run());
        this.output = new RunOutput(!options.allOutput());
    }

    /** Sweeps on a worker, and waits. */
    Sweep sweep() throws Throwable {
        Watchdog.checkOutsideLoops();
        return output.during(() ->
                        watchdog.supervise(Watchdog.engineOf(options.run()), this::work, this::held))
                .get();
    }

    private Verdict<Sweep> work() {
        long began = System.nanoTime();
        Throwable failure = pass(false);
        if (failure == null) {
            failure = pass(true);
        }
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        if (failure != null) {
            output.showCurrent(); // a failure ends the sweep, so it is that of the last run
        }
        return failure == null ? Verdict.passed(new Sweep(runs, plain, yielding, missed, took, covered)) : Verdict.failed(failure);
    }

    private @Nullable Throwable pass(boolean giveWay) {
        Trial clean = run(null, Map.of(), giveWay);
        Throwable failure = undisturbed(clean);
        if (failure != null) {
            return failure;
        }
        List<Await> awaits = clean.awaits();
        if (!giveWay) {
            plain = awaits;
            return cut(clean, false);
        }
        yielding = awaits;
        if (awaits.isEmpty()) {
            return new IllegalStateException("the target awaits nothing, so there is nothing to cut");
        }
        return awaits.size() > plain.size() || isOnlyIn(true) ? cut(clean, true) : null;
    }

    private Verdict<Sweep> held(BlockedLoopError failure) {
        output.showCurrent();
        Cut cut = underWay;
        failure.addSuppressed(new SweepInfo("in the run of the sweep " + (cut == null ? "that cancels nothing"
                : "with the cut " + cut + ": " + words(cut)), cut));
        return Verdict.failed(failure);
    }

    private boolean isOnlyIn(boolean yielding) {
        return options.only().map(cut -> cut.yielding() == yielding).orElse(false);
    }

    /** What is wrong without any cut. */
    private @Nullable Throwable undisturbed(Trial trial) {
        Throwable failure = trial.failure;
        if (failure != null) {
            failure.addSuppressed(new SweepInfo("in the run of the sweep that cancels nothing", null));
            return failure;
        }
        return trial.target.hasBegun()
                ? null
                : new IllegalStateException("the body has no target: LoopTester.swept runs the code to be cancelled");
    }

    // ---- the cuts

    private @Nullable Throwable cut(Trial clean, boolean yielding) {
        List<Moment> moments = moments(clean, yielding);
        if (moments.isEmpty() && isOnlyIn(yielding)) {
            return new IllegalArgumentException("the cut " + options.only().orElseThrow()
                    + " does not exist; the undisturbed run has these awaits: " + clean.awaits());
        }
        for (Moment moment : moments) {
            Trial trial = run(moment, clean.target.effects(), yielding);
            if (watchdog.isOver()) {
                return trial.failure != null
                        ? trial.failure
                        : new BlockedLoopError(
                                "the thread that waits for the sweep was interrupted, after " + runs + " runs",
                                new StackTraceElement[0]);
            }
            if (trial.failure != null) {
                trial.failure.addSuppressed(new SweepInfo(tell(moment.cut(), clean, trial), moment.cut()));
                return trial.failure;
            }
            missed += trial.target.begun().wasMissed() ? 1 : 0;
        }
        return null;
    }

    private List<Moment> moments(Trial clean, boolean yielding) {
        var moments = new ArrayList<Moment>();
        for (Kind kind : Kind.values()) { // the plainest first, so that it is the one that is told
            for (Found found : clean.target.begun().found()) {
                for (Position position : Position.values()) {
                    var cut = new Cut(kind, found.number, position, yielding);
                    if (isWanted(cut) && exists(cut, found)) {
                        moments.add(new Moment(cut, found.step));
                    }
                }
            }
        }
        return moments;
    }

    private boolean isWanted(Cut cut) {
        return options.only().map(cut::equals).orElseGet(() -> options.kinds().contains(cut.kind()));
    }

    private static boolean exists(Cut cut, Found found) {
        return switch (cut.position()) {
            case BEFORE -> true;
            case PARKED -> !found.gaveWay;
            case QUIET -> !found.gaveWay && found.othersRan;
            case WOKEN -> cut.kind() != Kind.INTERRUPT;
        };
    }

    /** One run, on a loop of its own. */
    private Trial run(@Nullable Moment moment, Map<String, Long> usual, boolean yielding) {
        runs++;
        underWay = moment == null ? null : moment.cut();
        LoopTester.Options how = options.run();
        if (yielding) {
            how = how.withLoop(how.loop().withOperationBudget(0));
        }
        var target = new SweptTarget(options, moment, usual);
        LoopTester tester = new LoopTester(how, target).printingTo(output.begin());
        Throwable failure = bodies.run(tester, watchdog);
        covered = covered.plus(tester.covered());
        if (failure == null && moment != null && !target.hasBegun()) {
            failure = undisturbed(new Trial(target, null));
        }
        return new Trial(target, failure);
    }

    // ---- a failure

    private String tell(Cut cut, Trial clean, Trial trial) {
        Await at = clean.awaits().get(cut.await() - 1);
        var text = new StringBuilder("found in run ").append(runs).append(" of the sweep, by the cut ").append(cut);
        text.append(": ").append(words(cut)).append("\n  await ").append(at.number()).append(" of ");
        text.append(clean.awaits().size()).append(": task '").append(at.task()).append("' waited for ");
        text.append(at.waitingFor());
        Report.frames(text, "was", at.stack());
        text.append("\n").append(trial.target.hasBegun() ? trial.target.describe() : "the target has not begun");
        text.append("\nonly this run: LoopTester.sweep(options.withOnly(Sweep.Cut.parse(\"").append(cut);
        return text.append("\")), body), or -Despalier.cut=").append(cut).append(" with @CancelSweep").toString();
    }

    private static String words(Cut cut) {
        String how = switch (cut.kind()) {
            case CANCEL -> "the task of the target is cancelled";
            case SCOPE -> "a scope around the target is cancelled";
            case TIMEOUT -> "the deadline of a scope around the target passes";
            case INTERRUPT -> "the thread of the target is interrupted";
            case FAIL -> "a sibling of the target fails";
        };
        String when = switch (cut.position()) {
            case BEFORE -> " in the step before the await";
            case PARKED -> " when the task has just begun to wait";
            case QUIET -> " while the task waits and nothing else can go on";
            case WOKEN -> " after the wake-up, before the task runs";
        };
        return how + when + (cut.yielding() ? ", in a run in which each await gives way" : "");
    }
}
