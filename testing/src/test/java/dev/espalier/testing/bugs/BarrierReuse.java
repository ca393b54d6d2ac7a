package dev.espalier.testing.bugs;

import static dev.espalier.core.Async.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Promise;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.LoopTester;
import java.util.stream.IntStream;

/** A barrier closes again when the last party has left it; a fast one comes back before that and walks through. */
final class BarrierReuse {
    static final Bug BUG = new Bug("barrier reuse", 1, BarrierReuse::run);
    private static final int PARTIES = 3;

    private final int[] rounds = new int[PARTIES];
    private Promise<Integer> gate = Promise.create();
    private int inside;

    private BarrierReuse() {}

    private static void run(LoopTester tester, boolean repaired) {
        var barrier = new BarrierReuse();
        TaskGroup.run(group -> IntStream.range(0, PARTIES).forEach(me -> group.start("party" + me, () -> {
            for (int round = 1; round <= 3; round++) {
                checkpoint(); // the work of this round
                barrier.rounds[me] = round;
                barrier.pass(repaired);
                assertThat(barrier.rounds).as("after round " + round).doesNotContain(round - 1);
            }
        })));
    }

    private void pass(boolean repaired) {
        if (++inside < PARTIES) {
            gate.await();
        } else if (repaired) { // the next round has a gate of its own
            Promise<Integer> opened = gate;
            gate = Promise.create();
            inside = 0;
            opened.succeed(PARTIES);
        } else {
            gate.trySucceed(PARTIES);
        }
        if (!repaired && --inside == 0) {
            gate = Promise.create();
        }
    }
}
