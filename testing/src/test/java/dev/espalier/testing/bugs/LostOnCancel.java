package dev.espalier.testing.bugs;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.shield;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Channel;
import dev.espalier.core.Mutex;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.LoopTester;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A worker is cancelled between receiving an element and handling it. */
final class LostOnCancel {
    static final Bug BUG = new Bug("lost element on cancel", 2, LostOnCancel::run);
    private static final List<Integer> ALL = List.of(1, 2, 3);

    private final Channel<Integer> channel = Channel.open(ALL.size());
    private final Mutex journal = Mutex.create();
    private final List<Integer> handled = new ArrayList<>();

    private LostOnCancel() {}

    private static void run(LoopTester tester, boolean repaired) {
        var shop = new LostOnCancel();
        TaskGroup.run(group -> {
            Task<?> worker = group.start("worker", () -> shop.work(repaired));
            group.start("sender", () -> ALL.forEach(shop.channel.sender()::send));
            group.start("manager", () -> {
                checkpoint();
                checkpoint();
                worker.cancelAndJoin("the day is over");
                shop.handleTheRest();
            });
        });
        assertThat(shop.handled).containsExactlyInAnyOrderElementsOf(ALL);
    }

    private void work(boolean repaired) {
        while (true) {
            int element = channel.receiver().receive();
            if (repaired) {
                shield(Duration.ofSeconds(1), () -> handle(element));
            } else {
                handle(element);
            }
        }
    }

    private void handle(int element) {
        journal.withLock(() -> handled.add(element));
    }

    /** What the sender has not sent by now, it sends for the manager. */
    private void handleTheRest() {
        while (handled.size() < ALL.size()) {
            handle(channel.receiver().receive());
        }
    }
}
