package dev.espalier.benchmarks;

import static dev.espalier.benchmarks.CoreSuite.SMALL;
import static dev.espalier.benchmarks.CoreSuite.join;
import static dev.espalier.benchmarks.Engine.CARRIER;

import java.util.List;

/** The rows of {@code testing} and what each must reach. */
final class TestingSuite {
    /** A hundred thousand recorded steps and more, without a collection in between. */
    private static final List<String> MIDDLE = Forks.heap(768, 448);
    private static final String UNRECORDED = "unrecorded";
    private static final int PAIRS = 3;

    private final Forks forks;

    private TestingSuite(Forks forks) {
        this.forks = forks;
    }

    static List<Row> rows(Forks forks) {
        TestingSuite suite = new TestingSuite(forks);
        return List.of(suite.runs(), suite.hour(), suite.deadlock("deadlock", "20").atMost(CARRIER, "", 50),
            suite.deadlock("deadlock-first", "0"), suite.tape(), suite.startUp());
    }

    private Row runs() {
        String seconds = Double.toString(forks.settings().seconds());
        return new Row("runs", "runs/s").ours(engine -> program(engine, "runs", seconds)).atLeast(CARRIER, "", 10_000);
    }

    private Row hour() {
        return new Row("hour", "s").ours(engine -> program(engine, "hour", "3600000")).atMost(CARRIER, "", 3);
    }

    /** Warm, and as the first run of a JVM. */
    private Row deadlock(String name, String warmUps) {
        return new Row(name, "ms").ours(engine -> program(engine, "deadlock", warmUps));
    }

    /** Steps in a random order that is recorded, beside the same in one that is not. */
    private Row tape() {
        return new Row("tape", "ns").ours(engine -> program(engine, "tape", "recorded"))
            .peer(UNRECORDED, program(CARRIER, "tape", UNRECORDED))
            .atMost(CARRIER, UNRECORDED, 1.1);
    }

    /** How much longer the first test of a JVM takes if it has a loop. */
    private Row startUp() {
        return new Row("start-up", "ms").ours(this::startUp).atMost(CARRIER, "", 150);
    }

    private Row.Fork startUp(Engine engine) {
        Row.Fork loop = forks.program(FirstTestProgram.class, engine.jvmArguments(), "loop");
        Row.Fork empty = forks.program(FirstTestProgram.class, engine.jvmArguments(), "empty");
        return () -> {
            double[] more = new double[PAIRS];
            for (int i = 0; i < PAIRS; i++) {
                more[i] = loop.measure() - empty.measure();
            }
            return Rounds.median(more);
        };
    }

    private Row.Fork program(Engine engine, String... arguments) {
        List<String> heap = arguments[0].equals("tape") ? MIDDLE : SMALL;
        return forks.program(TestingProgram.class, join(heap, engine.jvmArguments()), arguments);
    }
}
