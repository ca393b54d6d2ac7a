package dev.espalier.testing.bugs;

import static dev.espalier.core.Async.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Mutex;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.LoopTester;
import java.util.ArrayList;
import java.util.List;

/** A copy is taken for good if the number of elements is what it was; but one has gone and another has come (ABA). */
final class SameCount {
    static final Bug BUG = new Bug("ABA on a counter", 3, SameCount::run);

    private final Mutex disk = Mutex.create();
    private final List<String> names = new ArrayList<>(List.of("ada", "bob"));
    private int changes;

    private SameCount() {}

    private static void run(LoopTester tester, boolean repaired) {
        var register = new SameCount();
        TaskGroup.run(group -> {
            group.start("saver", () -> register.save(repaired));
            group.start("editor", () -> {
                register.names.remove("ada");
                register.changes++;
                checkpoint();
                checkpoint();
                register.names.add("cleo");
                register.changes++;
            });
            for (int i = 0; i < 3; i++) {
                group.start("reader" + i, () -> {
                    checkpoint();
                    register.disk.withLock(() -> {});
                });
            }
        });
    }

    private void save(boolean repaired) {
        int before;
        List<String> copy;
        do {
            before = repaired ? changes : names.size();
            copy = List.copyOf(names);
            disk.withLock(() -> {});
        } while (before != (repaired ? changes : names.size()));
        assertThat(copy).as("saved").isEqualTo(names);
    }
}
