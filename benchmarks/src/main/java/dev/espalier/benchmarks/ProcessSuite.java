package dev.espalier.benchmarks;

import java.util.List;
import java.util.stream.Stream;

/** The rows of {@code process} and what each must reach. */
final class ProcessSuite {
    private static final String EXECUTOR = "python-ppe";
    private static final List<String> HEAP = Forks.heap(256, 64);

    private ProcessSuite() {
    }

    static List<Row> rows(Forks forks) {
        String seconds = Double.toString(forks.settings().seconds());
        Row roundTrip = new Row("pool-roundtrip", "us")
            .ours(engine -> pool(forks, engine, "roundtrip", seconds))
            .atMost(Engine.CARRIER, EXECUTOR, 0.5);
        Row throughput = new Row("pool-throughput", "calls/s")
            .ours(engine -> pool(forks, engine, "throughput", seconds))
            .atLeast(Engine.CARRIER, EXECUTOR, 40);
        Row map = new Row("map-chunked", "items/s")
            .ours(engine -> pool(forks, engine, "map", seconds))
            .atLeast(Engine.CARRIER, EXECUTOR, 3)
            .atLeast(Engine.CARRIER, "", 10_000_000);
        if (Forks.hasPython()) {
            roundTrip.peer(EXECUTOR, forks.python("pool_peer.py", "roundtrip", seconds));
            throughput.peer(EXECUTOR, forks.python("pool_peer.py", "throughput", seconds));
            map.peer(EXECUTOR, forks.python("pool_peer.py", "map", seconds));
        }
        return List.of(roundTrip, throughput, map);
    }

    private static Row.Fork pool(Forks forks, Engine engine, String what, String seconds) {
        List<String> arguments = Stream.of(HEAP, engine.jvmArguments()).flatMap(List::stream).toList();
        return forks.program(PoolProgram.class, arguments, what, seconds);
    }
}
