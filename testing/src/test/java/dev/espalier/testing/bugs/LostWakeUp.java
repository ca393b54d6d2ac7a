package dev.espalier.testing.bugs;

import dev.espalier.core.Mutex;
import dev.espalier.core.Promise;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.LoopTester;
import java.util.ArrayDeque;
import java.util.Deque;

/** A worker looks for jobs, and then waits for the bell; what rings in between is heard by nobody. */
final class LostWakeUp {
    static final Bug BUG = new Bug("lost wake-up", 1, LostWakeUp::run);

    private final Deque<String> jobs = new ArrayDeque<>();
    private final Mutex journal = Mutex.create();
    private Promise<String> bell = Promise.create();

    private LostWakeUp() {}

    private static void run(LoopTester tester, boolean repaired) {
        var office = new LostWakeUp();
        TaskGroup.run(group -> {
            group.start("worker", () -> office.work(repaired));
            group.start("client", () -> office.ask("sweep"));
        });
    }

    private void ask(String job) {
        jobs.add(job);
        Promise<String> rung = bell;
        bell = Promise.create();
        rung.succeed(job);
    }

    private void work(boolean repaired) {
        Promise<String> next = bell;
        while (jobs.isEmpty()) {
            journal.withLock(() -> {}); // writes down that there is nothing to do
            Promise<String> heard = repaired ? next : bell;
            heard.await();
            next = bell;
        }
    }
}
