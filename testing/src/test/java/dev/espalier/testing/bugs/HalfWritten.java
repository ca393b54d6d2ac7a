package dev.espalier.testing.bugs;

import static dev.espalier.core.Async.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Mutex;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.LoopTester;

/**
 * A reader sees one half of what is written, if it comes after the first half of any writer and before the second half
 * of all (the shape of {@code reorder} in SCTBench).
 */
final class HalfWritten {
    static final Bug BUG = new Bug("half written", 3, HalfWritten::run);
    private static final int WRITERS = 8;

    private final Mutex mutex = Mutex.create();
    private final Mutex disk = Mutex.create();
    private int name;
    private int version;

    private HalfWritten() {}

    private static void run(LoopTester tester, boolean repaired) {
        var settings = new HalfWritten();
        TaskGroup.run(group -> {
            for (int i = 0; i < WRITERS; i++) {
                group.start("writer" + i, () -> settings.inside(repaired, settings::write));
            }
            group.start("reader", () -> {
                for (int i = 0; i < 5; i++) {
                    checkpoint();
                }
                settings.inside(repaired, () -> assertThat(settings.name).isEqualTo(settings.version));
            });
        });
    }

    private void write() {
        name = 1;
        disk.withLock(() -> {});
        version = 1;
    }

    private void inside(boolean repaired, Runnable action) {
        if (repaired) {
            mutex.withLock(action::run);
        } else {
            action.run();
        }
    }
}
