package dev.espalier.testing.bugs;

import static dev.espalier.core.Async.moveOnAfter;
import static dev.espalier.core.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Mutex;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.LoopTester;
import java.time.Duration;

/** A time limit passes after a permit was taken and before its taker knows. */
final class LeakOnTimeout {
    static final Bug BUG = new Bug("semaphore leak on timeout", 1, LeakOnTimeout::run);

    private final AsyncSemaphore slots = AsyncSemaphore.of(2);
    private final Mutex journal = Mutex.create();

    private LeakOnTimeout() {}

    private static void run(LoopTester tester, boolean repaired) {
        var service = new LeakOnTimeout();
        TaskGroup.run(group -> {
            for (int i = 0; i < 3; i++) {
                group.start("user" + i, () -> service.use(repaired));
            }
            group.start("auditor", () -> service.journal.withLock(() -> sleep(Duration.ofMillis(20))));
        });
        assertThat(service.slots.available()).isEqualTo(2);
    }

    private void use(boolean repaired) {
        var taken = new boolean[1];
        boolean inTime = moveOnAfter(Duration.ofMillis(10), () -> {
            slots.acquire();
            taken[0] = true;
            journal.withLock(() -> {}); // writes down who has it
        });
        if (inTime || (repaired && taken[0])) {
            slots.release();
        }
    }
}
