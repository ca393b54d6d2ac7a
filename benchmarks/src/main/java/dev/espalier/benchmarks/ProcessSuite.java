package dev.espalier.benchmarks;

import java.util.List;

/** The rows of {@code process} and what each must reach. */
final class ProcessSuite {
    private static final String EXECUTOR = "python-ppe";

    private ProcessSuite() {
    }

    static List<Row> rows(Forks forks) {
        Row roundTrip = new Row("pool-roundtrip", "us").atMost(Engine.CARRIER, EXECUTOR, 0.5);
        Row throughput = new Row("pool-throughput", "calls/s").atLeast(Engine.CARRIER, EXECUTOR, 40);
        if (Forks.hasPython()) {
            String seconds = Double.toString(forks.settings().seconds());
            roundTrip.peer(EXECUTOR, forks.python("pool_peer.py", "roundtrip", seconds));
            throughput.peer(EXECUTOR, forks.python("pool_peer.py", "throughput", seconds));
        }
        return List.of(roundTrip, throughput);
    }
}
