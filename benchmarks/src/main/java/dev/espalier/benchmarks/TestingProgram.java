package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.core.Mutex;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.DeadlockError;
import dev.espalier.testing.Exploration;
import dev.espalier.testing.LoopTester;
import dev.espalier.testing.Strategy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Prints one figure of the test kit. Arguments: {@code runs} and seconds: the runs a second of an exploration;
 * {@code hour} and a number of milliseconds: the seconds that so many timers take, one each virtual millisecond;
 * {@code deadlock} and how many before it are not measured: the milliseconds from the start of a run to the report of its
 * deadlock; {@code tape} and {@code recorded} or {@code unrecorded}: the nanoseconds of a step in a random order.
 */
final class TestingProgram {
    private static final int TASKS = 5;
    private static final int STEPS = 10;
    private static final int LONG = 40_000;
    private static final LoopTester.Options PATIENT = LoopTester.Options.defaults()
        .withRealTimeout(Duration.ofMinutes(1)).withMaxStepsPerInstant(Integer.MAX_VALUE);

    private TestingProgram() {
    }

    public static void main(String[] args) {
        System.out.println(switch (args[0]) {
            case "runs" -> runs(Double.parseDouble(args[1]));
            case "hour" -> hour(Integer.parseInt(args[1]));
            case "deadlock" -> deadlock(Integer.parseInt(args[1]));
            case "tape" -> tape(args[1].equals("recorded"));
            default -> throw new IllegalArgumentException("Measured is runs, hour, deadlock or tape, not " + args[0]);
        });
    }

    /** Fifty steps of five tasks, in random orders; the second half of the time is measured. */
    private static double runs(double seconds) {
        explore(seconds);
        Exploration measured = explore(seconds);
        Check.equal(measured.runs(), Math.min(measured.runs(), measured.steps() / (TASKS * STEPS)));
        return measured.runs() / (measured.took().toNanos() / 1e9);
    }

    private static Exploration explore(double seconds) {
        Exploration.Options options = Exploration.Options.defaults().withRuns(Integer.MAX_VALUE)
            .withBudget(Duration.ofNanos((long) (seconds * 1e9))).withStrategy(Strategy.randomWalk());
        return LoopTester.explore(options, _ -> steps(STEPS));
    }

    private static void steps(int each) {
        TaskGroup.run(group -> {
            for (int i = 0; i < TASKS; i++) {
                group.start(() -> {
                    for (int step = 1; step < each; step++) {
                        Async.checkpoint();
                    }
                });
            }
        });
    }

    private static double hour(int millis) {
        long begun = System.nanoTime();
        LoopTester.run(PATIENT, tester -> {
            for (int i = 0; i < millis; i++) {
                Async.sleep(Duration.ofMillis(1));
            }
            Check.equal(millis, tester.clock().elapsed().toMillis());
        });
        return (System.nanoTime() - begun) / 1e9;
    }

    private static double deadlock(int warmUps) {
        double[] measured = new double[warmUps == 0 ? 1 : 5];
        for (int i = -warmUps; i < measured.length; i++) { // the first ones, below zero, only warm up
            double millis = deadlockMillis();
            if (i >= 0) {
                measured[i] = millis;
            }
        }
        return Rounds.median(measured);
    }

    /** Twenty tasks in a ring, each of which holds one mutex and waits for the next one's. */
    private static double deadlockMillis() {
        long begun = System.nanoTime();
        try {
            LoopTester.run(_ -> {
                List<Mutex> ring = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    ring.add(Mutex.create());
                }
                TaskGroup.run(group -> {
                    for (int i = 0; i < ring.size(); i++) {
                        Mutex mine = ring.get(i);
                        Mutex next = ring.get((i + 1) % ring.size());
                        group.start(() -> mine.withLock(() -> {
                            Async.checkpoint();
                            next.lock();
                        }));
                    }
                });
            });
            throw new IllegalStateException("No deadlock was reported.");
        } catch (DeadlockError e) {
            return (System.nanoTime() - begun) / 1e6;
        }
    }

    /** Runs with very many steps, so that what a run costs at its begin and end does not show. */
    private static double tape(boolean recorded) {
        double[] measured = new double[7];
        for (int i = -2; i < measured.length; i++) { // the first ones, below zero, only warm up
            double nanos = recorded ? recorded(i) : unrecorded(i);
            if (i >= 0) {
                measured[i] = nanos;
            }
        }
        return Rounds.median(measured);
    }

    /** The first run of an exploration has the usual order; the second one is kept. */
    private static double recorded(int seed) {
        double[] nanos = new double[1];
        Exploration.Options options = Exploration.Options.defaults().withRun(PATIENT).withRuns(2).withSeed(seed)
            .withBudget(Duration.ofMinutes(1)).withStrategy(Strategy.randomWalk());
        LoopTester.explore(options, _ -> nanos[0] = nanosPerStep());
        return nanos[0];
    }

    /** As many runs as an exploration makes, so that both have warmed up equally. */
    private static double unrecorded(int seed) {
        double[] nanos = new double[1];
        LoopTester.run(PATIENT.withSeed(seed), _ -> nanos[0] = nanosPerStep());
        LoopTester.run(PATIENT.withSeed(seed).withShuffle(true), _ -> nanos[0] = nanosPerStep());
        return nanos[0];
    }

    private static double nanosPerStep() {
        long begun = System.nanoTime();
        steps(LONG);
        return (double) (System.nanoTime() - begun) / (TASKS * LONG);
    }
}
