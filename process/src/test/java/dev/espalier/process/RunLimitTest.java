package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.TaskCancelledException;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tasks that run too long, and what it takes to stop one.
 */
@Timeout(60)
class RunLimitTest {
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final TaskOptions LIMITED = TaskOptions.defaults().withRunLimit(SHORT);
    private static final PoolOptions IMPATIENT = ONE.withCancelGrace(SHORT);

    @TempDir
    Path folder;

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    @Test
    @DisplayName("3.13: a task that runs too long is interrupted and fails, and its child goes on")
    void interruptedAfterItsTime() {
        TestPools.run(ONE, pool -> {
            long child = pool.<Long, RuntimeException>call(TestPools::pid);
            String running = file("running");
            RemoteTask<Integer> task = pool.with(LIMITED).submit(() -> {
                TestPools.announceAndStay(running);
                return 1;
            });
            var late = catchThrowableOfType(RunLimitExceededException.class,
                    () -> task.await(RunLimitExceededException.class));
            assertThat(late).hasMessageContaining("task 2").hasMessageContaining("limit of PT0.1S")
                    .hasCauseInstanceOf(InterruptedException.class).hasRootCauseInstanceOf(RemoteTaskException.class);
            assertThat(late.limit()).isEqualTo(SHORT);
            assertThat(List.of(late.rung(), task.rung())).containsOnly(RemoteTask.Rung.INTERRUPTED);
            assertThat(pool.<Long, RuntimeException>call(TestPools::pid)).isEqualTo(child);
        });
    }

    @Test
    @DisplayName("3.13: the time in which a task waits for a worker does not count")
    void waitingDoesNotCount() {
        TestPools.run(ONE, pool -> {
            String running = file("running");
            RemoteTask<Void> first = pool.submit(() -> TestPools.announceAndStay(running));
            TestPools.awaitFile(Path.of(running));
            RemoteTask<Integer> second = pool.with(LIMITED.withRunLimit(Duration.ofSeconds(2))).submit(() -> 2);
            Async.sleep(Duration.ofMillis(2500));
            assertThat(second.state()).isInstanceOf(Awaitable.Pending.class);
            first.cancel("enough");
            assertThat(second.await()).isEqualTo(2);
            assertThat(second.rung()).isEqualTo(RemoteTask.Rung.NONE);
        });
    }

    @Test
    @DisplayName("3.13, D7: a task that ignores the interrupt is killed, with its stack in the failure, what waits there runs")
    void killedWithEvidence() {
        TestPools.run(IMPATIENT, pool -> {
            long child = pool.<Long, RuntimeException>call(TestPools::pid);
            String running = file("running");
            RemoteTask<Integer> task = pool.with(LIMITED.withAttempts(3)).submit(() -> {
                TestPools.announceAndStayForEver(running);
                return 1;
            });
            RemoteTask<Long> behind = pool.submit(TestPools::pid);
            var late = catchThrowableOfType(RunLimitExceededException.class,
                    () -> task.await(RunLimitExceededException.class));
            assertThat(late.rung()).isEqualTo(RemoteTask.Rung.KILLED);
            assertThat(late.lastStack()).contains("TestPools.announceAndStayForEver");
            assertThat(late).hasMessageContaining("announceAndStayForEver").hasCauseInstanceOf(WorkerLostException.class);
            assertThat(behind.await()).isNotEqualTo(child);
        });
    }

    @Test
    @DisplayName("3.13: a value that a task brings after the interrupt is its value")
    void aLateValueCounts() {
        TestPools.run(ONE, pool -> {
            String running = file("running");
            RemoteTask<String> task = pool.with(LIMITED).submit(() -> {
                try {
                    TestPools.announceAndStay(running);
                    return "not interrupted";
                } catch (InterruptedException expected) {
                    return "in time";
                }
            });
            assertThat(task.await()).isEqualTo("in time");
            assertThat(task.rung()).isEqualTo(RemoteTask.Rung.INTERRUPTED);
        });
    }

    private static int staysAt(String folder, int n, int late) throws IOException, InterruptedException {
        if (n == late) {
            TestPools.announceAndStay(Path.of(folder, "late").toString());
        }
        return n;
    }

    @Test
    @DisplayName("3.13, 3.34: of a stream only the call that runs too long fails")
    void eachCallOfAStreamHasItsOwnTime() {
        String files = folder.toString();
        TestPools.run(ONE, pool -> TaskGroup.run(group -> {
            ProcessPool limited = pool.with(LIMITED.withRunLimit(Duration.ofSeconds(1)));
            for (var outcome : limited.<Integer, Integer>outcomes(group, MapOptions.defaults(), List.of(1, 2, 3, 4),
                    n -> staysAt(files, n, 3))) {
                if (outcome.argument() == 3) {
                    assertThat(((Awaitable.Failed<Integer>) outcome.state()).failure())
                            .isInstanceOf(RunLimitExceededException.class);
                } else {
                    assertThat(outcome.state()).isEqualTo(new Awaitable.Succeeded<>(outcome.argument()));
                }
            }
        }));
    }

    @Test
    @DisplayName("D2: a cancelled task tells how far it took to stop it")
    void rungsOfACancelledTask() {
        TestPools.run(ONE, pool -> {
            String running = file("running");
            RemoteTask<Void> runs = pool.submit(() -> TestPools.announceAndStay(running));
            RemoteTask<Integer> sent = pool.submit(() -> 1);
            RemoteTask<Integer> waits = pool.submit(() -> 1);
            TestPools.awaitFile(Path.of(running));
            List.of(waits, sent, runs).forEach(task -> task.cancelAndJoin("not wanted"));
            assertThat(List.of(waits.rung(), sent.rung(), runs.rung())).containsExactly(
                    RemoteTask.Rung.DROPPED, RemoteTask.Rung.DROPPED, RemoteTask.Rung.INTERRUPTED);
        });
    }

    @Test
    @DisplayName("D2, D7: a cancelled task that had to be killed tells where it was")
    void aKilledTaskTellsWhereItWas() {
        TestPools.run(IMPATIENT, pool -> {
            String running = file("running");
            RemoteTask<Void> task = pool.submit(() -> TestPools.announceAndStayForEver(running));
            TestPools.awaitFile(Path.of(running));
            task.cancelAndJoin("not wanted");
            assertThatThrownBy(task::result).isInstanceOf(TaskCancelledException.class).hasMessageContaining("killed");
            assertThat(task.rung()).isEqualTo(RemoteTask.Rung.KILLED);
            assertThat(task.lastStack()).contains("announceAndStayForEver");
        });
    }

    @Test
    @DisplayName("D7: a child that cannot tell a stack is killed all the same")
    void aStoppedChildIsKilledWithoutEvidence() {
        TestPools.run(IMPATIENT, pool -> {
            long child = pool.<Long, RuntimeException>call(TestPools::pid);
            String running = file("running");
            RemoteTask<Void> task = pool.submit(() -> TestPools.announceAndStayForEver(running));
            TestPools.awaitFile(Path.of(running));
            Async.offload(() -> TestPools.signal("STOP", child));
            task.cancelAndJoin("not wanted");
            assertThat(task.rung()).isEqualTo(RemoteTask.Rung.KILLED);
            assertThat(task.lastStack()).isEmpty();
            assertThat(TestPools.isAlive(child)).isFalse();
        });
    }
}
