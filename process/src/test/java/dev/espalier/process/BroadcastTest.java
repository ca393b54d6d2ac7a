package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static dev.espalier.process.TestPools.TWO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A body in every worker.
 */
@Timeout(60)
class BroadcastTest {
    @TempDir
    Path folder;

    @Test
    @DisplayName("1C11: a body runs once in every worker, also in those that are still starting")
    void aBodyRunsInEveryWorker() {
        TestPools.run(TWO, pool -> {
            var outcomes = pool.broadcast(TestPools::pid);
            assertThat(outcomes).extracting(ProcessPool.WorkerOutcome::worker).containsExactlyInAnyOrder(1, 2);
            assertThat(outcomes).allSatisfy(outcome ->
                    assertThat(outcome.state()).isEqualTo(new Awaitable.Succeeded<>(outcome.pid())));
            assertThat(outcomes).extracting(ProcessPool.WorkerOutcome::pid).doesNotHaveDuplicates();
        });
    }

    @Test
    void whatItChangesStays() {
        TestPools.run(TWO, pool -> {
            // @start region="broadcast"
            for (var outcome : pool.broadcast(() -> System.setProperty("level", "fine"))) {
                if (outcome.state() instanceof Awaitable.Failed<?>(var failure)) {
                    throw new AssertionError("worker " + outcome.worker(), failure);
                }
            }
            // @end
            assertThat(pool.broadcast(() -> System.getProperty("level"))).hasSize(2).allSatisfy(outcome ->
                    assertThat(outcome.state()).isEqualTo(new Awaitable.Succeeded<>("fine")));
        });
    }

    @Test
    @DisplayName("1C11: a worker that dies is an outcome of its own")
    void theDeathOfAWorkerIsItsOutcomeAlone() {
        String file = folder.resolve("first").toString();
        TestPools.run(TWO, pool -> {
            var outcomes = pool.broadcast(() -> theFirstDies(file));
            assertThat(outcomes).filteredOn(outcome -> outcome.state() instanceof Awaitable.Succeeded<?>).hasSize(1);
            assertThat(outcomes).filteredOn(outcome -> outcome.state() instanceof Awaitable.Failed<?>(var failure)
                    && failure instanceof WorkerLostException).hasSize(1);
        });
    }

    private static void theFirstDies(String file) throws IOException {
        try {
            Files.createFile(Path.of(file));
            Runtime.getRuntime().halt(7);
        } catch (FileAlreadyExistsException second) {
            Thread.onSpinWait();
        }
    }

    @Test
    void oneThatDiesBeforeItsTurnIsNotReplaced() {
        String running = folder.resolve("running").toString();
        TestPools.run(ONE, pool -> TaskGroup.run(group -> {
            long pid = pool.<Long, RuntimeException>call(TestPools::pid);
            RemoteTask<Void> before = pool.submit(() -> TestPools.announceAndStay(running));
            TestPools.awaitFile(folder.resolve("running"));
            var broadcast = group.start(() -> pool.broadcast(TestPools::pid));
            Async.checkpoint();
            TestPools.signal("KILL", pid);
            assertThat(broadcast.await()).singleElement().satisfies(outcome -> {
                assertThat(outcome.pid()).isEqualTo(pid);
                assertThat(outcome.state()).isInstanceOf(Awaitable.Failed.class);
            });
            assertThat(before.state()).isInstanceOf(Awaitable.Failed.class);
            assertThat(pool.broadcast(TestPools::pid)).hasSize(1);
        }));
    }

    private static void staysUntil(String running, String go) throws IOException, InterruptedException {
        Files.createFile(Path.of(running));
        TestPools.stayUntil(go);
    }

    private static boolean isBeingReplaced(ProcessPool pool) {
        return pool.toString().contains("waits for the end of worker-1");
    }

    @Test
    @DisplayName("3.14, 1C11: what waits for a worker that retires runs there, however much it is")
    void broadcastsAtAWorkerThatRetiresAllRunThere() throws IOException {
        String running = folder.resolve("running").toString();
        String go = folder.resolve("go").toString();
        TestPools.run(ONE, pool -> TaskGroup.run(group -> {
            long old = pool.<Long, RuntimeException>call(TestPools::pid);
            RemoteTask<Void> first = pool.submit(() -> staysUntil(running, go));
            TestPools.awaitFile(folder.resolve("running"));
            List<Task<List<ProcessPool.WorkerOutcome<Long>>>> all = new ArrayList<>();
            for (int i = 0; i < 3000; i++) {
                all.add(group.start(() -> pool.broadcast(TestPools::pid)));
            }
            pool.recycle();
            TestPools.until(() -> isBeingReplaced(pool));
            assertThat(pool.<Long, RuntimeException>call(TestPools::pid)).isNotEqualTo(old);
            Async.offload(() -> Files.createFile(folder.resolve("go")));
            first.await();
            assertThat(all).allSatisfy(each -> assertThat(each.await()).singleElement()
                    .satisfies(outcome -> assertThat(outcome.state()).isEqualTo(new Awaitable.Succeeded<>(old))));
            TestPools.until(() -> !TestPools.isAlive(old));
        }));
    }

    @Test
    void cancellingItEndsItEverywhere() {
        TestPools.run(TWO, pool -> TaskGroup.run(group -> {
            Task<List<ProcessPool.WorkerOutcome<Void>>> all =
                    group.start(() -> pool.broadcast(() -> new CountDownLatch(1).await()));
            TestPools.until(() -> pool.statistics().sent() == 2);
            all.cancelAndJoin("enough");
            assertThat(pool.statistics().sent()).isZero();
            assertThat(pool.broadcast(() -> 1)).hasSize(2);
        }));
    }

    @Test
    void whatCannotTravelIsRefused() {
        Object unfit = new Object();
        TestPools.run(ONE, pool -> assertThatThrownBy(() -> pool.broadcast(() -> unfit.hashCode()))
                .isInstanceOf(IllegalArgumentException.class));
    }

    @Test
    void aClosedPoolRefuses() {
        TestPools.run(ONE, pool -> {
            pool.close();
            assertThatThrownBy(() -> pool.broadcast(TestPools::pid)).isInstanceOf(IllegalStateException.class);
        });
    }
}
