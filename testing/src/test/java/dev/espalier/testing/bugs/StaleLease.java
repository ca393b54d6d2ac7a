package dev.espalier.testing.bugs;

import static dev.espalier.core.Async.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Mutex;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.LoopTester;

/** Who had the lease writes after it has gone to another, who has written: its request was under way for that long. */
final class StaleLease {
    static final Bug BUG = new Bug("stale lease", 3, StaleLease::run);
    private static final int PATIENCE = 5;

    private final Mutex network = Mutex.create();
    private int lease = 1; // the number of who holds it
    private int written; // the number of who wrote last

    private StaleLease() {}

    private static void run(LoopTester tester, boolean repaired) {
        var store = new StaleLease();
        TaskGroup.run(group -> {
            group.start("old", () -> store.write(1, repaired));
            for (int i = 0; i < 4; i++) {
                group.start("heartbeat" + i, () -> pause(12));
            }
            group.start("supervisor", () -> {
                pause(PATIENCE);
                store.lease = 2;
                group.start("new", () -> {
                    checkpoint();
                    store.write(2, repaired);
                });
            });
        });
        assertThat(store.written).isEqualTo(2);
    }

    private static void pause(int steps) {
        for (int i = 0; i < steps; i++) {
            checkpoint();
        }
    }

    private void write(int holder, boolean repaired) {
        if (lease != holder) {
            return;
        }
        network.withLock(() -> {});
        if (!repaired || lease == holder) { // a store that knows the number refuses an old one
            written = holder;
        }
    }
}
