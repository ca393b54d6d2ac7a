package dev.espalier.testing;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.select;
import static dev.espalier.core.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Async;
import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Barrier;
import dev.espalier.core.CacheLimits;
import dev.espalier.core.Channel;
import dev.espalier.core.Clause;
import dev.espalier.core.Mutex;
import dev.espalier.core.ReadWriteMutex;
import dev.espalier.core.SingleFlightCache;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * What the primitives of core promise, in many orders, with tasks that are cancelled at any of their steps.
 * {@code -Despalier.explored.runs=100000} goes on for longer.
 */
class CoreExploredTest {
    private static final Exploration.Options OPTIONS = Exploration.Options.defaults()
            .withRuns(Integer.getInteger("espalier.explored.runs", 1000))
            .withSeed(Long.getLong("espalier.explored.seed", 0))
            .withBudget(Duration.ofMinutes(5));

    private record Program(String name, VoidBodyWith<LoopTester, Exception> body) {}

    @TestFactory
    List<DynamicTest> programs() {
        return List.of(
                        new Program("a channel loses nothing when its users are cancelled", CoreExploredTest::channel),
                        new Program("a select loses nothing", CoreExploredTest::selecting),
                        new Program("a mutex excludes, and a condition wakes", CoreExploredTest::boundedBuffer),
                        new Program("writers exclude all, readers writers", CoreExploredTest::readersAndWriters),
                        new Program("permits come back after time limits and cancellations", CoreExploredTest::permits),
                        new Program("a barrier lets all through, round after round", CoreExploredTest::barrier),
                        new Program("a load ends with the last who waits, or with the group", CoreExploredTest::cache),
                        new Program("a group ends with all its children", CoreExploredTest::groups))
                .stream()
                .map(program -> DynamicTest.dynamicTest(program.name, () -> {
                    Exploration covered = LoopTester.explore(OPTIONS.withName(program.name), program.body);
                    assertThat(covered.schedules()).as(covered.toString()).isGreaterThan(100);
                }))
                .toList();
    }

    /** Cancels one of the tasks after some steps of its own. */
    private static void cancelOne(LoopTester tester, TaskGroup group, List<? extends Task<?>> tasks) {
        Task<?> victim = tester.choose(tasks);
        int steps = tester.choose(List.of(0, 1, 2, 4, 8));
        group.start("canceller", () -> {
            for (int i = 0; i < steps; i++) {
                checkpoint();
            }
            victim.cancel("by the test");
        });
    }

    private static void channel(LoopTester tester) throws Exception {
        Channel<Integer> channel = Channel.open(tester.choose(List.of(0, 1, 2)));
        var sent = new ArrayList<Integer>();
        var received = new ArrayList<Integer>();
        TaskGroup.run(group -> {
            var tasks = new ArrayList<Task<?>>();
            for (int s = 0; s < 2; s++) {
                int from = s * 10;
                tasks.add(group.start("sender" + s, () -> {
                    for (int i = from; i < from + 4; i++) {
                        channel.sender().send(i);
                        sent.add(i);
                    }
                }));
            }
            var receivers = new ArrayList<Task<?>>();
            for (int r = 0; r < 2; r++) {
                Task<?> receiver = group.start("receiver" + r, () -> {
                    while (true) {
                        received.add(channel.receiver().receive());
                    }
                });
                receivers.add(receiver);
            }
            tasks.addAll(receivers);
            cancelOne(tester, group, tasks);
            tester.settle();
            receivers.forEach(receiver -> receiver.cancel("the end"));
            tester.settle();
            for (Optional<Integer> left = channel.receiver().tryReceive();
                    left.isPresent();
                    left = channel.receiver().tryReceive()) {
                received.add(left.get());
            }
            tasks.forEach(task -> task.cancel("the end"));
        });
        assertThat(received).doesNotHaveDuplicates().containsAll(sent);
        assertThat(received.size() - sent.size()).as("sends that were cancelled and happened").isBetween(0, 1);
    }

    private static void selecting(LoopTester tester) throws Exception {
        Channel<Integer> a = Channel.open(1);
        Channel<Integer> b = Channel.open(0);
        var received = new ArrayList<Integer>();
        TaskGroup.run(group -> {
            group.start("to a", () -> {
                for (int i = 0; i < 3; i++) {
                    a.sender().send(i);
                }
                a.sender().close();
            });
            group.start("to b", () -> {
                for (int i = 10; i < 13; i++) {
                    b.sender().send(i);
                }
                b.sender().close();
            });
            group.start("selects", () -> {
                while (received.size() < 6) {
                    int got = select(
                            Clause.receiveOrEnd(a.receiver(), value -> value, () -> -1),
                            Clause.receiveOrEnd(b.receiver(), value -> value, () -> -1),
                            Clause.after(Duration.ofSeconds(1), () -> -1));
                    if (got >= 0) {
                        received.add(got);
                    }
                }
            });
        });
        assertThat(received).containsExactlyInAnyOrder(0, 1, 2, 10, 11, 12);
    }

    private static void boundedBuffer(LoopTester tester) throws Exception {
        var mutex = Mutex.create();
        Mutex.Condition changed = mutex.newCondition();
        var buffer = new ArrayDeque<Integer>();
        var taken = new ArrayList<Integer>();
        TaskGroup.run(group -> {
            for (int p = 0; p < 2; p++) {
                int from = p * 10;
                group.start("puts" + p, () -> {
                    for (int i = from; i < from + 3; i++) {
                        int value = i;
                        mutex.withLock(() -> {
                            changed.awaitUntil(() -> buffer.size() < 2);
                            buffer.add(value);
                            checkpoint();
                            changed.signalAll();
                        });
                    }
                });
            }
            for (int c = 0; c < 2; c++) {
                group.start("takes" + c, () -> {
                    for (int i = 0; i < 3; i++) {
                        mutex.withLock(() -> {
                            changed.awaitUntil(() -> !buffer.isEmpty());
                            taken.add(buffer.remove());
                            changed.signalAll();
                        });
                    }
                });
            }
        });
        assertThat(taken).hasSize(6).doesNotHaveDuplicates();
    }

    private static void readersAndWriters(LoopTester tester) throws Exception {
        var mutex = ReadWriteMutex.create();
        var inside = new int[2]; // readers, writers
        TaskGroup.run(group -> {
            var tasks = new ArrayList<Task<?>>();
            for (int i = 0; i < 4; i++) {
                boolean writes = i % 2 == 0;
                tasks.add(group.start((writes ? "writer" : "reader") + i, () -> {
                    for (int round = 0; round < 2; round++) {
                        (writes ? mutex.writeLock() : mutex.readLock()).withLock(() -> {
                            inside[writes ? 1 : 0]++;
                            try {
                                assertThat(inside[1]).isLessThanOrEqualTo(1);
                                assertThat(inside[0] == 0 || inside[1] == 0).isTrue();
                                checkpoint();
                            } finally {
                                inside[writes ? 1 : 0]--;
                            }
                        });
                    }
                }));
            }
            cancelOne(tester, group, tasks);
        });
        assertThat(mutex.writeLock().tryLock()).isTrue();
    }

    private static void permits(LoopTester tester) throws Exception {
        var semaphore = AsyncSemaphore.of(2);
        TaskGroup.run(group -> {
            var tasks = new ArrayList<Task<?>>();
            for (int i = 0; i < 4; i++) {
                int limit = i;
                tasks.add(group.start("user" + i, () -> {
                    for (int round = 0; round < 2; round++) {
                        Async.moveOnAfter(Duration.ofMillis(limit), () -> semaphore.withPermit(() -> sleep(Duration.ofMillis(2))));
                    }
                }));
            }
            cancelOne(tester, group, tasks);
        });
        assertThat(semaphore.available()).isEqualTo(2);
    }

    private static void barrier(LoopTester tester) throws Exception {
        var barrier = Barrier.of(3);
        var rounds = new ArrayList<List<Integer>>();
        IntStream.range(0, 3).forEach(_ -> rounds.add(new ArrayList<>()));
        TaskGroup.run(group -> {
            for (int i = 0; i < 3; i++) {
                group.start("party" + i, () -> {
                    for (List<Integer> round : rounds) {
                        round.add(barrier.await());
                    }
                });
            }
        });
        assertThat(rounds).allSatisfy(round -> assertThat(round).containsExactlyInAnyOrder(0, 1, 2));
    }

    private static void cache(LoopTester tester) throws Exception {
        var loading = new int[1];
        TaskGroup.run(group -> {
            SingleFlightCache<String, Integer> cache = SingleFlightCache.open(group, CacheLimits.ofSize(10), key -> {
                loading[0]++;
                try {
                    checkpoint();
                    checkpoint();
                    return key.length();
                } finally {
                    loading[0]--;
                }
            });
            var tasks = new ArrayList<Task<?>>();
            for (int i = 0; i < 3; i++) {
                tasks.add(group.start("reader" + i, () -> {
                    assertThat(cache.get("four")).isEqualTo(4);
                    cache.invalidate("four");
                }));
            }
            cancelOne(tester, group, tasks);
        });
        assertThat(loading[0]).isZero();
    }

    private static void groups(LoopTester tester) throws Exception {
        var alive = new int[1];
        var failed = new boolean[1];
        try {
            TaskGroup.run(group -> {
                for (int i = 0; i < 3; i++) {
                    int me = i;
                    group.start("child" + i, () -> {
                        alive[0]++;
                        try {
                            checkpoint();
                            if (me == 1) {
                                throw new OnPurpose();
                            }
                            checkpoint();
                        } finally {
                            alive[0]--;
                        }
                    });
                }
            });
        } catch (RuntimeException e) {
            failed[0] = true;
        }
        assertThat(alive[0]).isZero();
        assertThat(failed[0]).isTrue();
    }

    private static final class OnPurpose extends RuntimeException {
        private static final long serialVersionUID = 1;
    }
}
