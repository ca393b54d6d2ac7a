package dev.espalier.testing.bugs;

import dev.espalier.core.Mutex;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.LoopTester;

/** Those who wait for room and those who wait for elements hear one signal, and it wakes one, perhaps the wrong one. */
final class MissedSignal {
    static final Bug BUG = new Bug("missed signal", 3, MissedSignal::run);

    private final boolean toAll;
    private final Mutex mutex = Mutex.create();
    private final Mutex.Condition changed = mutex.newCondition();
    private int size; // of a buffer with room for one

    private MissedSignal(boolean toAll) {
        this.toAll = toAll;
    }

    private static void run(LoopTester tester, boolean repaired) {
        var buffer = new MissedSignal(repaired);
        TaskGroup.run(group -> {
            for (int i = 0; i < 2; i++) {
                group.start("puts" + i, () -> buffer.move(3, 0, 1));
                group.start("takes" + i, () -> buffer.move(3, 1, 0));
            }
        });
    }

    private void move(int times, int from, int to) {
        for (int i = 0; i < times; i++) {
            mutex.withLock(() -> {
                changed.awaitUntil(() -> size == from);
                size = to;
                if (toAll) {
                    changed.signalAll();
                } else {
                    changed.signal();
                }
            });
        }
    }
}
