package dev.espalier.benchmarks;

import static dev.espalier.benchmarks.CoreSuite.JDK;
import static dev.espalier.benchmarks.CoreSuite.JOX;
import static dev.espalier.benchmarks.CoreSuite.KOTLIN;
import static dev.espalier.benchmarks.CoreSuite.NO_ARGUMENTS;
import static dev.espalier.benchmarks.CoreSuite.SMALL;
import static dev.espalier.benchmarks.CoreSuite.join;
import static dev.espalier.benchmarks.Engine.CARRIER;

import java.util.List;
import java.util.Map;

/** The rows of {@code core} in which tasks meet: channels, select, locks, cancellation of a tree, loops of a group, debug mode. */
final class CoordinationRows {
    private static final List<String> TREE = Forks.heap(1536, 1000);
    private static final Map<String, String> NO_PARAMETERS = Map.of();

    private final Forks forks;

    CoordinationRows(Forks forks) {
        this.forks = forks;
    }

    List<Row> all() {
        return List.of(pingPong(), stream(16), stream(100), chain(), select(), lock(), semaphore(1), semaphore(10), tree("tree", "5", 1000),
            tree("tree-first", "0", 12_000), crossLoop(), debugOn());
    }

    private Row pingPong() {
        return row("channel-pingpong", ChannelPingPongBenchmark.class, NO_PARAMETERS)
            .atMost(CARRIER, "", 400).atMost(CARRIER, KOTLIN, 1.5);
    }

    private Row stream(int capacity) {
        return row("channel-stream-" + capacity, ChannelStreamBenchmark.class, Map.of("capacity", "" + capacity))
            .atMost(CARRIER, JOX, 0.5).atMost(CARRIER, KOTLIN, 1.0);
    }

    private Row chain() {
        return row("channel-chain", ChannelChainBenchmark.class, NO_PARAMETERS).atMost(CARRIER, JOX, 1.0);
    }

    private Row select() {
        return row("select-2", SelectBenchmark.class, NO_PARAMETERS)
            .atMost(CARRIER, JOX, 1.0).atMost(CARRIER, KOTLIN, 1.5);
    }

    private Row row(String name, Class<?> benchmark, Map<String, String> parameters) {
        return new Row(name, "ns")
            .ours(engine -> forks.jmh(benchmark, "espalier", parameters, join(SMALL, engine.jvmArguments())))
            .peer(KOTLIN, forks.jmh(benchmark, "kotlin", parameters, SMALL))
            .peer(JOX, forks.jmh(benchmark, "jox", parameters, SMALL));
    }

    private Row lock() {
        return contention("lock-handoff", "mutex", "kotlinMutex", NO_PARAMETERS).atMost(CARRIER, KOTLIN, 1.5);
    }

    /** The bar is that of the lock, so it is set where as many are inside. */
    private Row semaphore(int permits) {
        Row row = contention(permits == 1 ? "semaphore" : "semaphore-" + permits, "semaphore", "kotlinSemaphore",
            Map.of("permits", "" + permits));
        return permits == 1 ? row.atMost(CARRIER, KOTLIN, 1.5) : row;
    }

    private Row contention(String name, String ours, String kotlin, Map<String, String> parameters) {
        return new Row(name, "ns")
            .ours(engine -> forks.jmh(ContentionBenchmark.class, ours, parameters, join(SMALL, engine.jvmArguments())))
            .peer(KOTLIN, forks.jmh(ContentionBenchmark.class, kotlin, parameters, SMALL));
    }

    /** Warm, and as the first cancel in a JVM: exceptions then pass through frames that are not compiled yet. */
    private Row tree(String name, String warmUps, double bound) {
        return new Row(name, "ns")
            .ours(engine -> forks.program(TreeProgram.class, join(TREE, engine.jvmArguments()), warmUps))
            .atMost(CARRIER, "", bound);
    }

    /** The peers are virtual threads over the two queues of the JDK that suit it best. */
    private Row crossLoop() {
        return new Row("cross-loop", "ns")
            .ours(engine -> forks.jmh(CrossLoopBenchmark.class, "espalier", NO_PARAMETERS, join(SMALL, engine.jvmArguments())))
            .peer(JDK, forks.jmh(CrossLoopBenchmark.class, "bounded", NO_PARAMETERS, SMALL))
            .peer("jdk-linked", forks.jmh(CrossLoopBenchmark.class, "linked", NO_PARAMETERS, SMALL))
            .atMost(CARRIER, JDK, 1.1).atMost(CARRIER, "jdk-linked", 1.1);
    }

    /** The price of debug mode on a switch, beside the same engine without it. */
    private Row debugOn() {
        return new Row("debug-on", "ns")
            .ours(engine -> switching(join(engine.jvmArguments(), List.of("-Despalier.debug=true"))))
            .peer("off", switching(CARRIER.jvmArguments()));
    }

    private Row.Fork switching(List<String> jvmArguments) {
        return forks.jmh(SwitchBenchmark.class, "espalier", NO_PARAMETERS, join(SMALL, jvmArguments));
    }
}
