package dev.espalier.testing.bugs;

import static dev.espalier.core.Async.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Promise;
import dev.espalier.core.Task;
import dev.espalier.core.TaskCancelledException;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.LoopTester;

/** Who comes first loads for all; if it is cancelled meanwhile, the others wait for ever. */
final class BrokenSingleFlight {
    static final Bug BUG = new Bug("broken single-flight", 5, BrokenSingleFlight::run);

    private Promise<Integer> flight; // null: none

    private BrokenSingleFlight() {}

    private static void run(LoopTester tester, boolean repaired) {
        var cache = new BrokenSingleFlight();
        TaskGroup.run(group -> {
            Task<?> first = group.start("first", () -> cache.get(repaired));
            for (int i = 0; i < 2; i++) {
                group.start("other" + i, () -> assertThat(cache.get(repaired)).isEqualTo(42));
            }
            group.start("canceller", () -> {
                for (int i = 0; i < 6; i++) {
                    checkpoint();
                }
                first.cancel("not needed any more");
            });
        });
    }

    private int get(boolean repaired) {
        while (flight != null) {
            try {
                return flight.await();
            } catch (TaskCancelledException e) {
                // who loaded was cancelled: another one does it
            }
        }
        Promise<Integer> mine = Promise.create();
        flight = mine;
        try {
            checkpoint(); // asks a server
            checkpoint();
            mine.succeed(42);
            return 42;
        } finally {
            if (repaired && mine.tryCancel("its loader was cancelled")) {
                flight = null;
            }
        }
    }
}
