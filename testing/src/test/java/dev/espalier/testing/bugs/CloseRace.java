package dev.espalier.testing.bugs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Mutex;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.LoopTester;
import java.util.ArrayList;
import java.util.List;

/** A pool is closed while somebody makes a connection for it, which nobody closes then. */
final class CloseRace {
    static final Bug BUG = new Bug("close race", 1, CloseRace::run);

    private final Mutex network = Mutex.create();
    private final List<String> connections = new ArrayList<>();
    private boolean closed;
    private int open;

    private CloseRace() {}

    private static void run(LoopTester tester, boolean repaired) {
        var pool = new CloseRace();
        TaskGroup.run(group -> {
            for (int i = 0; i < 3; i++) {
                group.start("user" + i, () -> pool.add(repaired));
            }
            group.start("closer", pool::close);
        });
        assertThat(pool.open).as("connections open").isZero();
    }

    private void add(boolean repaired) {
        if (closed) {
            return;
        }
        network.withLock(() -> open++);
        if (repaired && closed) {
            open--;
        } else {
            connections.add("connection");
        }
    }

    private void close() {
        closed = true;
        open -= connections.size();
        connections.clear();
    }
}
