package dev.espalier.process;

import static dev.espalier.process.ChildProcessTest.QUIET;
import static dev.espalier.process.TestPools.ONE;
import static dev.espalier.process.TestPools.TWO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.GroupPolicy;
import dev.espalier.core.Receiver;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Locks between processes, with real child JVMs.
 */
@Timeout(120)
class SharedLockTest {
    @TempDir
    Path folder;

    /** What only one at a time may do; false if another one came between. */
    private static boolean change(SharedLock lock, SharedCounter number, int times) {
        boolean alone = true;
        for (int i = 0; i < times; i++) {
            try (var _ = lock.hold()) {
                long before = number.value();
                Thread.yield();
                alone &= number.compareAndSet(before, before + 1);
            }
        }
        return alone;
    }

    @Test
    @DisplayName("F4: one process at a time holds a lock, and tasks of the parent take part")
    void oneAtATime() {
        TestPools.run(TWO, pool -> {
            try (SharedLock lock = SharedLock.create(); SharedCounter number = SharedCounter.of(0)) {
                RemoteTask<Boolean> first = pool.submit(() -> change(lock, number, 300));
                RemoteTask<Boolean> second = pool.submit(() -> change(lock, number, 300));
                assertThat(change(lock, number, 300)).isTrue();
                assertThat(first.await()).isTrue();
                assertThat(second.await()).isTrue();
                assertThat(number.value()).isEqualTo(900);
                assertThat(lock.toString()).contains("1 of 1 free", "0 wait");
            }
        });
    }

    private static boolean update(SharedLock lock, String record) {
        // @start region="lock"
        try (SharedLock.Held held = lock.hold()) {
            if (held.isAfterLoss()) {
                return false; // the holder before was killed in the middle of it: repair `record` first
            }
            return !record.isEmpty();
        }
        // @end
    }

    @Test
    @DisplayName("F4: the lock of a holder that was killed is free, and the next holder is told, once")
    void theLockOfAKilledHolderIsFree() {
        Path holds = folder.resolve("holds");
        TestPools.run(TWO, pool -> {
            try (SharedLock lock = SharedLock.create()) {
                String file = holds.toString();
                RemoteTask<Long> holder = pool.submit(() -> {
                    lock.hold();
                    TestPools.announceAndStay(file);
                    return 0L;
                });
                TestPools.awaitFile(holds);
                RemoteTask<Boolean> next = pool.submit(() -> update(lock, "r"));
                TestPools.until(() -> lock.toString().contains("1 wait"));
                long pid = Long.parseLong(lock.toString().replaceAll(".*pid (\\d+).*", "$1"));
                TestPools.signal("KILL", pid);
                assertThat(next.await()).isFalse();
                assertThat(update(lock, "r")).isTrue();
                assertThatThrownBy(holder::await).hasCauseInstanceOf(WorkerLostException.class);
            }
        });
    }

    @Test
    @DisplayName("F4: what a task of a pool does not give back is lost with the task, not with its process")
    void whatATaskKeepsIsLostWithIt() {
        TestPools.run(ONE, pool -> {
            try (SharedLock lock = SharedLock.create()) {
                pool.call(() -> {
                    lock.hold();
                });
                assertThat(update(lock, "r")).isFalse();
                assertThat(pool.map(List.of(1, 2), i -> lock.hold().isAfterLoss())).containsExactly(false, true);
                assertThat(pool.<Boolean, RuntimeException>call(() -> {
                    SharedLock.Held held = lock.hold();
                    held.close();
                    held.close();
                    return update(lock, "r");
                })).isTrue();
            }
        });
    }

    @Test
    @DisplayName("F4: first come, first served")
    void firstComeFirstServed() {
        List<Integer> order = new ArrayList<>();
        Async.run(() -> {
            SharedLock lock = SharedLock.create();
            SharedLock.Held held = lock.hold();
            TaskGroup.run(group -> {
                for (int i = 0; i < 5; i++) {
                    int number = i;
                    group.start(() -> {
                        try (var _ = lock.hold()) {
                            order.add(number);
                        }
                    });
                }
                TestPools.until(() -> lock.toString().contains("5 wait"));
                held.close();
            });
            lock.close();
        });
        assertThat(order).containsExactly(0, 1, 2, 3, 4);
    }

    /** Wants the lock until there is a word; gives whether it got it. */
    private static boolean holdsUntil(SharedLock lock, Receiver<String> word) {
        return TaskGroup.call(group -> {
            Task<?> waiting = group.start(() -> {
                lock.hold();
            });
            word.receive();
            waiting.cancelAndJoin("not wanted");
            return waiting.state() instanceof Awaitable.Succeeded<?>;
        });
    }

    @Test
    @DisplayName("S4: a task that is cancelled while it waits has not taken the lock, in the parent and on the loop of a child")
    void cancelledHasNoEffect() {
        Async.run(() -> TaskGroup.run(GroupPolicy.supervisor(), group -> {
            SharedLock lock = SharedLock.create();
            SharedLock.Held held = lock.hold();
            Task<?> waiting = group.start(() -> {
                lock.hold();
            });
            TestPools.until(() -> lock.toString().contains("1 wait"));
            waiting.cancelAndJoin("not wanted");
            assertThat(lock.toString()).contains("0 wait");
            ProcessChannel<String> words = ProcessChannel.open(1);
            Receiver<String> go = words.receiver();
            var child = ChildProcess.start(group, QUIET, () -> {
                boolean taken = holdsUntil(lock, go);
                go.receive();
                try (var _ = lock.hold()) {
                    return taken;
                }
            });
            child.awaitReady();
            TestPools.until(() -> lock.toString().contains("1 wait"));
            words.sender().send("stop");
            TestPools.until(() -> lock.toString().contains("0 wait"));
            words.sender().send("again");
            TestPools.until(() -> lock.toString().contains("1 wait"));
            held.close();
            assertThat(child.await()).isFalse();
            assertThat(update(lock, "r")).isTrue();
            lock.close();
        }));
    }

    @Test
    @DisplayName("F4, 3.10: a task of a pool that is cancelled while it waits stops waiting, and its process lives on")
    void aCancelledTaskStopsWaiting() {
        TestPools.run(ONE.withCancelGrace(Duration.ofMinutes(1)), pool -> {
            try (SharedLock lock = SharedLock.create()) {
                long pid = pool.<Long, RuntimeException>call(TestPools::pid);
                SharedLock.Held held = lock.hold();
                RemoteTask<?> waiting = pool.submit(() -> {
                    lock.hold();
                });
                TestPools.until(() -> lock.toString().contains("1 wait"));
                waiting.cancelAndJoin("not wanted");
                TestPools.until(() -> lock.toString().contains("0 wait"));
                held.close();
                assertThat(pool.<Boolean, RuntimeException>call(() -> update(lock, "r"))).isTrue();
                assertThat(pool.<Long, RuntimeException>call(TestPools::pid)).isEqualTo(pid);
            }
        });
    }

    @Test
    @DisplayName("F4, 3.10: a task that is cancelled while it asks for a lock or gives it back costs no process")
    void anInterruptWhileItAsksHarmsNobody() {
        TestPools.run(ONE.withCancelGrace(Duration.ofMinutes(1)), pool -> {
            try (SharedLock lock = SharedLock.create()) {
                long pid = pool.<Long, RuntimeException>call(TestPools::pid);
                for (int i = 0; i < 200; i++) {
                    String running = folder.resolve("running-" + i).toString();
                    RemoteTask<?> asking = pool.submit(() -> {
                        Files.createFile(Path.of(running));
                        while (true) {
                            lock.hold().close();
                        }
                    });
                    TestPools.awaitFile(Path.of(running));
                    asking.cancelAndJoin("not wanted");
                }
                assertThat(pool.<Long, RuntimeException>call(TestPools::pid)).isEqualTo(pid);
            }
        });
    }

    @Test
    @DisplayName("F4: a plain thread that is interrupted while it waits stops, and stays interrupted")
    void anInterruptedThreadStops() throws InterruptedException {
        SharedLock lock = SharedLock.create();
        SharedLock.Held held = lock.hold();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                lock.hold();
            } catch (CancellationException cancelled) {
                failure.set(Thread.currentThread().isInterrupted() ? cancelled : new AssertionError());
            }
        });
        while (!lock.toString().contains("1 wait")) {
            Thread.onSpinWait();
        }
        thread.interrupt();
        thread.join();
        assertThat(failure.get()).isInstanceOf(CancellationException.class).hasMessageContaining("SharedLock[");
        held.close();
        assertThat(update(lock, "r")).isTrue();
        lock.close();
    }

    @Test
    @DisplayName("F4: a lock that is closed ends those who wait for it, and cannot travel into its own process any more")
    void closingEndsWaiting() {
        TestPools.run(ONE, pool -> {
            SharedLock lock = SharedLock.create();
            SharedLock.Held held = lock.hold();
            RemoteTask<Boolean> waiting = pool.submit(() -> update(lock, "r"));
            TestPools.until(() -> lock.toString().contains("1 wait"));
            lock.close();
            assertThatThrownBy(() -> waiting.await(IllegalStateException.class)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("is closed");
            assertThatThrownBy(lock::hold).isInstanceOf(IllegalStateException.class).hasMessageContaining("is closed");
            assertThatThrownBy(() -> pool.call(() -> update(lock, "r"))).isInstanceOf(IllegalStateException.class);
            held.close();
            lock.close();
        });
    }

    private static boolean inAChildOfMyOwn(SharedLock lock) {
        return TaskGroup.call(group -> ChildProcess.<Boolean>start(group, QUIET, () -> update(lock, "r")).await());
    }

    @Test
    @DisplayName("F4: children of children cannot use a lock, and are told so")
    void onlyOwnChildrenUseIt() {
        Async.run(() -> TaskGroup.run(GroupPolicy.supervisor(), group -> {
            try (SharedLock lock = SharedLock.create()) {
                var child = ChildProcess.start(group, QUIET, () -> inAChildOfMyOwn(lock));
                assertThatThrownBy(child::await).hasStackTraceContaining("neither this one nor its parent");
            }
        }));
    }
}
