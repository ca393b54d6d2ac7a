package dev.espalier.testing.bugs;

import static dev.espalier.core.Async.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Mutex;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.LoopTester;

/** A job and the reaper of jobs that take too long give back the same permit. */
final class DoubleRelease {
    static final Bug BUG = new Bug("double release", 4, DoubleRelease::run);

    private final AsyncSemaphore permits = AsyncSemaphore.of(1);
    private final Mutex journal = Mutex.create();
    private boolean held;

    private DoubleRelease() {}

    private static void run(LoopTester tester, boolean repaired) {
        var jobs = new DoubleRelease();
        TaskGroup.run(group -> {
            group.start("job", () -> {
                jobs.permits.acquire();
                jobs.held = true;
                checkpoint(); // works
                jobs.giveBack(repaired);
            });
            group.start("reaper", () -> {
                for (int i = 0; i < 4; i++) {
                    checkpoint(); // gives the job its time
                }
                jobs.giveBack(repaired);
            });
        });
        assertThat(jobs.permits.available()).isEqualTo(1);
    }

    private void giveBack(boolean repaired) {
        if (!held) {
            return;
        }
        if (repaired) {
            held = false;
        }
        journal.withLock(() -> {}); // writes down who gave it back
        held = false;
        permits.release();
    }
}
