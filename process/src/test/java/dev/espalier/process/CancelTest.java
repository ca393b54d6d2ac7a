package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.DeadlineExceededException;
import dev.espalier.core.TaskCancelledException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * How far a cancellation reaches.
 */
@Timeout(60)
class CancelTest {
    @TempDir
    Path folder;

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    @Test
    @DisplayName("3.10: a queued task is dropped")
    void aQueuedTaskIsDropped() {
        TestPools.run(ONE, pool -> {
            String running = file("running");
            String never = file("never");
            pool.submit(() -> TestPools.announceAndStay(running));
            pool.submit(() -> 2);
            RemoteTask<Path> queued = pool.submit(() -> Files.createFile(Path.of(never)));
            queued.cancel("not wanted");
            assertThatThrownBy(queued::await).isInstanceOf(TaskCancelledException.class)
                    .hasMessageContaining("dropped");
            assertThat(Path.of(never)).doesNotExist();
        });
    }

    @Test
    @DisplayName("3.10: a task that waits in the child is given back at once and never runs")
    void aPrefetchedTaskIsRevoked() {
        TestPools.run(ONE, pool -> {
            String running = file("running");
            String never = file("never");
            RemoteTask<Void> first = pool.submit(() -> TestPools.announceAndStay(running));
            RemoteTask<Path> prefetched = pool.submit(() -> Files.createFile(Path.of(never)));
            TestPools.awaitFile(Path.of(running));
            prefetched.cancelAndJoin("not wanted");
            assertThatThrownBy(prefetched::result).isInstanceOf(TaskCancelledException.class)
                    .hasMessageContaining("taken back");
            assertThat(first.state()).isInstanceOf(Awaitable.Pending.class);
            first.cancelAndJoin("enough");
            assertThat(pool.<Integer, RuntimeException>call(() -> 1)).isEqualTo(1);
            assertThat(Path.of(never)).doesNotExist();
        });
    }

    @Test
    @DisplayName("3.10: a running task is interrupted, and its child goes on")
    void aRunningTaskIsInterrupted() {
        TestPools.run(ONE, pool -> {
            long child = pool.<Long, RuntimeException>call(TestPools::pid);
            String running = file("running");
            RemoteTask<Void> task = pool.submit(() -> TestPools.announceAndStay(running));
            TestPools.awaitFile(Path.of(running));
            task.cancel("not wanted");
            assertThatThrownBy(task::await).isInstanceOf(TaskCancelledException.class)
                    .hasMessageContaining("interrupted").hasMessageContaining("not wanted");
            assertThat(pool.<Long, RuntimeException>call(TestPools::pid)).isEqualTo(child);
        });
    }

    @Test
    @DisplayName("3.10, 3.11: a task that ignores interrupts is killed with its child, what waits there runs elsewhere")
    void aStubbornTaskIsKilled() {
        TestPools.run(ONE.withCancelGrace(Duration.ofMillis(100)), pool -> {
            long child = pool.<Long, RuntimeException>call(TestPools::pid);
            String running = file("running");
            RemoteTask<Void> stubborn = pool.submit(() -> TestPools.announceAndStayForEver(running));
            RemoteTask<Long> behind = pool.submit(TestPools::pid);
            TestPools.awaitFile(Path.of(running));
            stubborn.cancelAndJoin("not wanted");
            assertThatThrownBy(stubborn::result).isInstanceOf(TaskCancelledException.class)
                    .hasMessageContaining("killed");
            assertThat(behind.await()).isNotEqualTo(child);
            assertThat(TestPools.isAlive(child)).isFalse();
        });
    }

    @Test
    void aTimeoutAroundACallEndsTheBodyInTheChild() {
        TestPools.run(ONE, pool -> {
            String running = file("running");
            assertThatThrownBy(() -> Async.timeout(Duration.ofMillis(500), () -> pool.call(() -> stays(running))))
                    .isInstanceOf(DeadlineExceededException.class);
            assertThat(Path.of(running + ".ended")).exists();
        });
    }

    private static void stays(String file) throws Exception {
        try {
            TestPools.announceAndStay(file);
        } finally {
            Files.createFile(Path.of(file + ".ended"));
        }
    }

    @Test
    void aTaskThatBringsAValueAllTheSameHasSucceeded() {
        TestPools.run(ONE, pool -> {
            String running = file("running");
            RemoteTask<String> task = pool.submit(() -> survivesAnInterrupt(running));
            TestPools.awaitFile(Path.of(running));
            task.cancel("not wanted");
            assertThat(task.await()).isEqualTo("survived");
        });
    }

    private static String survivesAnInterrupt(String file) throws Exception {
        try {
            TestPools.announceAndStay(file);
            return "not interrupted";
        } catch (InterruptedException expected) {
            return "survived";
        }
    }

    @Test
    void anInterruptDoesNotReachTheNextTask() {
        TestPools.run(ONE, pool -> {
            for (int i = 0; i < 20; i++) {
                String running = file("running" + i);
                RemoteTask<Void> task = pool.submit(() -> TestPools.announceAndStay(running));
                RemoteTask<Boolean> next = pool.submit(() -> Thread.currentThread().isInterrupted());
                TestPools.awaitFile(Path.of(running));
                task.cancel("not wanted");
                assertThat(next.await()).isFalse();
            }
        });
    }

    @Test
    void cancellingAnEndedTaskDoesNothing() {
        TestPools.run(ONE, pool -> {
            RemoteTask<Integer> task = pool.submit(() -> 1);
            assertThat(task.await()).isEqualTo(1);
            task.cancelAndJoin("late");
            assertThat(task.result()).isEqualTo(1);
        });
    }

    @Test
    void cancellingAMapCancelsItsTasks() throws Exception {
        TestPools.run(ONE, pool -> {
            String running = file("running");
            assertThat(Async.moveOnAfter(Duration.ofMillis(300), () -> {
                pool.map(java.util.List.of(1, 2, 3), (Integer _) -> {
                    TestPools.announceAndStay(running);
                    return 1;
                });
            })).isFalse();
            assertThat(pool.statistics().sent() + pool.statistics().waiting()).isZero();
        });
    }

    @Test
    @DisplayName("3.10: an interrupt that comes after a task has ended reaches neither the next one nor the worker")
    void aLateInterruptIsForgotten() {
        TestPools.run(ONE, pool -> {
            String interrupted = file("interrupted");
            long child = pool.call(() -> interruptWhenAsleep(interrupted));
            TestPools.awaitFile(Path.of(interrupted));
            assertThat(pool.call(() -> Thread.currentThread().isInterrupted())).isFalse();
            assertThat(pool.call(() -> ProcessHandle.current().pid())).isEqualTo(child);
        });
    }

    private static long interruptWhenAsleep(String file) {
        Thread tasks = Thread.currentThread();
        Thread.ofPlatform().daemon().start(() -> {
            while (tasks.getState() != Thread.State.WAITING) {
                Thread.yield();
            }
            tasks.interrupt();
            try {
                Files.createFile(Path.of(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return ProcessHandle.current().pid();
    }
}
