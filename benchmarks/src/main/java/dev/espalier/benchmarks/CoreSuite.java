package dev.espalier.benchmarks;

import static dev.espalier.benchmarks.Engine.CARRIER;
import static dev.espalier.benchmarks.Engine.HANDOFF_ONE;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The rows of {@code core} and what each must reach. */
final class CoreSuite {
    static final String JDK = "jdk";
    static final String KOTLIN = "kotlin";
    static final String JOX = "jox";
    private static final String ASYNCIO = "asyncio";
    static final List<String> SMALL = Forks.heap(256, 64);
    /** For a million live objects: so much young space that the collector's copying is not what is measured. */
    private static final List<String> LARGE = Forks.heap(1536, 1200);
    private static final List<String> MIDDLE = Forks.heap(768, 448);
    /** Not touched beforehand, because it is weighed and not timed. */
    private static final List<String> MILLION_STACKS = List.of("-Xms4g", "-Xmx4g", "-Xmn2g");
    static final List<String> NO_ARGUMENTS = List.of();
    /** The structured scopes of Jox stand on a preview of the JDK. */
    private static final List<String> PREVIEW = List.of("--enable-preview");
    private static final String WAKES = "500";

    private final Forks forks;
    private final boolean python = Forks.hasPython();

    private CoreSuite(Forks forks) {
        this.forks = forks;
    }

    static List<Row> rows(Forks forks) {
        CoreSuite suite = new CoreSuite(forks);
        List<Row> rows = new ArrayList<>();
        rows.addAll(List.of(suite.switching(), suite.spawnAwait(), suite.fanOut(), suite.timeout()));
        Stream.of("increasing", "random", "equal").map(suite::timers).forEach(rows::add);
        rows.addAll(List.of(suite.submit(), suite.wake(), suite.parkedMemory("parked-memory", "0")));
        if (forks.settings().isLong()) {
            rows.add(suite.parkedMemory("parked-memory-warm", "5"));
        }
        rows.addAll(new CoordinationRows(forks).all());
        return rows;
    }

    private Row switching() {
        Row row = new Row("switch", "ns")
            .ours(engine -> jmh(SwitchBenchmark.class, "espalier", SMALL, engine.jvmArguments()))
            .peer(JDK, jmh(SwitchBenchmark.class, JDK, SMALL, NO_ARGUMENTS))
            .peer("jdk-1", jmh(SwitchBenchmark.class, JDK, SMALL, Engine.PARALLELISM_ONE))
            .peer(KOTLIN, jmh(SwitchBenchmark.class, KOTLIN, SMALL, NO_ARGUMENTS));
        return asyncio(row).atMost(CARRIER, "", 185).atMost(CARRIER, "jdk-1", 0.6).atMost(HANDOFF_ONE, "", 230);
    }

    private Row spawnAwait() {
        Row row = structured(new Row("spawn-await", "ns"), SpawnAwaitBenchmark.class, SMALL)
            .peer(JDK, jmh(SpawnAwaitBenchmark.class, JDK, SMALL, NO_ARGUMENTS));
        return asyncio(row).atMost(CARRIER, "", 380).atMost(CARRIER, KOTLIN, 1.4);
    }

    private Row fanOut() {
        Row row = structured(new Row("fan-out", "ns"), FanOutBenchmark.class, LARGE)
            .peer(JDK, jmh(FanOutBenchmark.class, JDK, LARGE, NO_ARGUMENTS));
        return asyncio(row).atMost(CARRIER, "", 100).atMost(CARRIER, KOTLIN, 0.4);
    }

    private Row timeout() {
        Row row = structured(new Row("timeout-unfired", "ns"), TimeoutBenchmark.class, SMALL);
        return asyncio(row).atMost(CARRIER, "", 120).atMost(CARRIER, KOTLIN, 0.25);
    }

    private Row structured(Row row, Class<?> benchmark, List<String> heap) {
        return row.ours(engine -> jmh(benchmark, "espalier", heap, engine.jvmArguments()))
            .peer(KOTLIN, jmh(benchmark, KOTLIN, heap, NO_ARGUMENTS))
            .peer(JOX, jmh(benchmark, JOX, heap, PREVIEW));
    }

    private Row timers(String order) {
        Row row = new Row("timers-" + order, "ns").ours(engine -> forks.jmh(TimersBenchmark.class, "espalier",
            Map.of("order", order), join(MIDDLE, engine.jvmArguments())));
        return asyncio(row).atMost(CARRIER, "", 130).atMost(CARRIER, ASYNCIO, 0.05);
    }

    private Row submit() {
        Row row = new Row("submit", "M/s")
            .ours(engine -> jmh(SubmitBenchmark.class, "espalier", SMALL, engine.jvmArguments()))
            .peer(JDK, jmh(SubmitBenchmark.class, JDK, SMALL, NO_ARGUMENTS));
        return asyncio(row).atLeast(CARRIER, "", 10);
    }

    private Row wake() {
        Row row = new Row("wake", "us")
            .ours(engine -> forks.program(WakeProgram.class, join(SMALL, engine.jvmArguments()), "espalier", WAKES))
            .peer(JDK, forks.program(WakeProgram.class, SMALL, JDK, WAKES));
        return asyncio(row).atMost(CARRIER, "", 30);
    }

    /** In a fresh JVM, and in one that has parked and released half a million before. */
    private Row parkedMemory(String name, String warmUps) {
        return new Row(name, "B")
            .ours(engine -> forks.program(ParkedMemoryProgram.class, join(MILLION_STACKS, engine.jvmArguments()),
                "espalier", warmUps))
            .peer(JDK, forks.program(ParkedMemoryProgram.class, MILLION_STACKS, JDK, warmUps))
            .atMost(CARRIER, "", 950);
    }

    private Row asyncio(Row row) {
        return python ? row.peer(ASYNCIO, forks.python("asyncio_peers.py", row.name())) : row;
    }

    private Row.Fork jmh(Class<?> benchmark, String method, List<String> heap, List<String> jvmArguments) {
        return forks.jmh(benchmark, method, Map.of(), join(heap, jvmArguments));
    }

    static List<String> join(List<String> first, List<String> second) {
        return Stream.of(first, second).flatMap(List::stream).toList();
    }
}
