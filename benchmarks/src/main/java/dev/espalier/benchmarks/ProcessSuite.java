package dev.espalier.benchmarks;

import java.util.List;
import java.util.stream.Stream;

/** The rows of {@code process} and what each must reach. */
final class ProcessSuite {
    private static final String EXECUTOR = "python-ppe";
    private static final List<String> HEAP = Forks.heap(1024, 256);

    private ProcessSuite() {
    }

    static List<Row> rows(Forks forks) {
        String seconds = Double.toString(forks.settings().seconds());
        Row roundTrip = new Row("pool-roundtrip", "us")
            .ours(engine -> pool(forks, engine, "roundtrip", seconds))
            .atMost(Engine.CARRIER, "", 3)
            .atMost(Engine.CARRIER, EXECUTOR, 0.02);
        Row silence = row(forks, "pool-roundtrip-silence", "us", "silence").atMost(Engine.CARRIER, "", 90);
        Row four = row(forks, "pool-roundtrip-4", "us", "four").atMost(Engine.CARRIER, "", 15);
        Row hogs = row(forks, "pool-roundtrip-hogs", "us", "hogs").atMost(Engine.CARRIER, "", 10);
        Row cpu = row(forks, "pool-parent-cpu", "us/call", "cpu").atMost(Engine.CARRIER, "", 1);
        Row efficiency = row(forks, "pool-efficiency", "calls/s", "efficiency").atLeast(Engine.CARRIER, "", 28_000);
        Row small = payload(forks, "payload-1m", 6);
        Row large = payload(forks, "payload-64m", 3);
        Row throughput = new Row("pool-throughput", "calls/s")
            .ours(engine -> pool(forks, engine, "throughput", seconds))
            .atLeast(Engine.CARRIER, "", 1_000_000)
            .atLeast(Engine.CARRIER, EXECUTOR, 80);
        Row map = new Row("map-chunked", "items/s")
            .ours(engine -> pool(forks, engine, "map", seconds))
            .atLeast(Engine.CARRIER, EXECUTOR, 3)
            .atLeast(Engine.CARRIER, "", 10_000_000);
        if (Forks.hasPython()) {
            roundTrip.peer(EXECUTOR, forks.python("pool_peer.py", "roundtrip", seconds));
            for (Row each : List.of(silence, small, large)) {
                String peer = each == silence ? "silence" : each.name();
                each.peer(EXECUTOR, forks.python("pool_peer.py", peer, seconds));
            }
            throughput.peer(EXECUTOR, forks.python("pool_peer.py", "throughput", seconds));
            map.peer(EXECUTOR, forks.python("pool_peer.py", "map", seconds));
        }
        List<Row> calls = List.of(roundTrip, silence, four, hogs, throughput, cpu, efficiency, map, small, large,
                channel(forks, "channel-64b", "child"), channel(forks, "channel-64b-children", "children"));
        return Stream.concat(calls.stream(), ChildrenRows.all(forks).stream()).toList();
    }

    private static Row row(Forks forks, String name, String unit, String what) {
        return new Row(name, unit)
            .ours(engine -> pool(forks, engine, what, Double.toString(forks.settings().seconds())));
    }

    private static Row payload(Forks forks, String name, double bar) {
        return row(forks, name, "GB/s", name)
            .atLeast(Engine.CARRIER, "", bar)
            .atLeast(Engine.CARRIER, EXECUTOR, 8);
    }

    private static Row channel(Forks forks, String name, String whose) {
        String seconds = Double.toString(forks.settings().seconds());
        return new Row(name, "messages/s")
            .ours(engine -> forks.program(ProcessChannelProgram.class,
                    Stream.of(HEAP, engine.jvmArguments()).flatMap(List::stream).toList(), whose, seconds))
            .atLeast(Engine.CARRIER, "", 10_000_000);
    }

    private static Row.Fork pool(Forks forks, Engine engine, String what, String seconds) {
        List<String> arguments = Stream.of(HEAP, engine.jvmArguments()).flatMap(List::stream).toList();
        return forks.program(PoolProgram.class, arguments, what, seconds);
    }
}
