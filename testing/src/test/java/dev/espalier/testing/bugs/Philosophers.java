package dev.espalier.testing.bugs;

import dev.espalier.core.Mutex;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.LoopTester;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Five sit around a table, and each takes the fork to the left before that to the right (Dijkstra, 1965). */
final class Philosophers {
    static final Bug BUG = new Bug("philosophers", 2, Philosophers::run);
    private static final int COUNT = 5;

    private Philosophers() {}

    private static void run(LoopTester tester, boolean repaired) {
        List<Mutex> forks = Stream.generate(Mutex::create).limit(COUNT).toList();
        TaskGroup.run(group -> IntStream.range(0, COUNT).forEach(seat -> group.start("seat" + seat, () -> {
            Mutex left = forks.get(seat);
            Mutex right = forks.get((seat + 1) % COUNT);
            boolean otherHand = repaired && seat == COUNT - 1;
            for (int meal = 0; meal < 2; meal++) {
                (otherHand ? right : left).withLock(() -> (otherHand ? left : right).withLock(() -> {}));
            }
        })));
    }
}
