package dev.espalier.testing;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleepForever;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.espalier.core.Channel;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Mutex;
import dev.espalier.core.Promise;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import dev.espalier.testing.Engines.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;

/** What a deadlock says: who waits for whom. */
class DeadlockReportTest {
    private static String deadlock(LoopOptions.Engine engine, VoidBodyWith<LoopTester, ?> body) {
        return assertThrows(DeadlockError.class, () -> LoopTester.run(Options.on(engine), body)).getMessage();
    }

    /** Takes one mutex after the other, and lets others run in between. */
    private static void both(Mutex first, Mutex second) {
        first.withLock(() -> {
            checkpoint();
            second.withLock(() -> {});
        });
    }

    @Engines
    @DisplayName("testing A12: two tasks that take two locks in two orders are a cycle, and it is spelt out")
    void cycleOfLocksIsSpeltOut(LoopOptions.Engine engine) {
        String text = deadlock(engine, _ -> TaskGroup.run(group -> {
            Mutex left = Mutex.create();
            Mutex right = Mutex.create();
            group.start("ann", () -> both(left, right));
            group.start("bob", () -> both(right, left));
        }));
        assertThat(text).contains("""
                a cycle of waits:
                  'ann' (2) waits for Mutex[held by task 'bob', waiting: 'ann'], that is for 'bob' (3)
                  'bob' (3) waits for Mutex[held by task 'ann', waiting: 'bob'], that is for 'ann' (2)
                  and so on
                """);
        assertThat(text.indexOf("a cycle of waits")).isEqualTo(text.lastIndexOf("a cycle of waits"));
        assertThat(text).contains("task 'test' (1, the test body) waits for TaskGroup");
    }

    @Engines
    @DisplayName("testing A12: a child that waits for a lock of its parent, which waits for the child, is a cycle")
    void cycleThroughAGroupIsSpeltOut(LoopOptions.Engine engine) {
        String text = deadlock(engine, _ -> {
            Mutex mutex = Mutex.create();
            mutex.withLock(() -> TaskGroup.run(group -> group.start("child", mutex::lock)));
        });
        assertThat(text).contains(
                "a cycle of waits:\n  'test' (1) waits for TaskGroup",
                "that is for 'child' (2)\n  'child' (2) waits for Mutex[held by task 'test'");
    }

    @Engines
    @DisplayName("testing A12: cycles that have nothing to do with each other are all told")
    void eachOfTwoCyclesIsTold(LoopOptions.Engine engine) {
        String text = deadlock(engine, _ -> TaskGroup.run(group -> {
            for (String pair : List.of("x", "y")) {
                Mutex left = Mutex.create();
                Mutex right = Mutex.create();
                group.start(pair + "1", () -> both(left, right));
                group.start(pair + "2", () -> both(right, left));
            }
        }));
        assertThat(text.split("a cycle of waits", -1)).hasSize(3);
        assertThat(text).contains("'x1' (2) waits for Mutex", "'y2' (5) waits for Mutex");
    }

    @Engines
    @DisplayName("testing A12: without a cycle the ends of the chains are told: what nobody in particular will do")
    void endsOfTheChainsAreTold(LoopOptions.Engine engine) {
        String text = deadlock(engine, _ -> TaskGroup.run(group -> {
            Mutex mutex = Mutex.create();
            Channel<String> orders = Channel.open(1);
            Promise<String> answer = Promise.create("the answer");
            group.start("holder", () -> mutex.withLock(() -> answer.await()));
            group.start("next", mutex::lock);
            group.start("reader", () -> orders.receiver().receive());
        }));
        assertThat(text).contains("""
                what all wait for in the end:
                  'holder' (2) waits for Promise[the answer, pending]
                  'reader' (4) waits for""");
        assertThat(text).contains("task 'next' (3, child of 1) waits for "
                + "Mutex[held by task 'holder', waiting: 'next'], that is for 'holder' (2)");
    }

    @Engines
    void groupOfManyChildrenNamesTheFirstOfThem(LoopOptions.Engine engine) {
        String text = deadlock(engine, _ -> TaskGroup.run(group -> {
            for (int number = 0; number < 30; number++) {
                group.start("child-" + number, () -> sleepForever());
            }
        }));
        assertThat(text).contains("that is for 'child-0' (2), 'child-1' (3), ", "'child-7' (9) and 22 more\n");
    }

    @Engines
    @DisplayName("testing A12: a long chain of waits is followed to its end")
    void longChainIsFollowed(LoopOptions.Engine engine) {
        int length = 2_000;
        String text = deadlock(engine, _ -> TaskGroup.run(group -> {
            var previous = group.start("first", () -> sleepForever());
            for (int number = 1; number < length; number++) {
                var before = previous;
                previous = group.start(() -> before.join());
            }
        }));
        assertThat(text).contains(
                "what all wait for in the end:\n  'first' (2) waits for its cancellation (sleepForever)\n");
    }

    @Engines
    @DisplayName("testing A12: a deadlock of 20 tasks is reported in under 50 ms from its start")
    void deadlockOfTwentyTasksIsReportedAtOnce(LoopOptions.Engine engine) {
        var times = new ArrayList<Long>();
        for (int run = 0; run < 10; run++) { // the machine may be busy: the quickest of some
            long begun = System.nanoTime();
            String text = deadlock(engine, _ -> ring(20));
            times.add(System.nanoTime() - begun);
            assertThat(text).contains("a cycle of waits", "'philosopher-0'", "'philosopher-19'");
        }
        assertThat(times).anyMatch(nanos -> nanos < Duration.ofMillis(50).toNanos());
    }

    private static void ring(int size) {
        TaskGroup.run(group -> {
            var forks = new ArrayList<Mutex>();
            for (int number = 0; number < size; number++) {
                forks.add(Mutex.create());
            }
            for (int number = 0; number < size; number++) {
                Mutex left = forks.get(number);
                Mutex right = forks.get((number + 1) % size);
                group.start("philosopher-" + number, () -> both(left, right));
            }
        });
    }
}
