package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static dev.espalier.process.TestPools.TWO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a pool tells of itself: text, snapshots and counts.
 */
@Timeout(60)
class PoolDumpTest {
    @TempDir
    private Path directory;

    private RemoteTask<?> running(ProcessPool pool) {
        String file = directory.resolve("runs").toString();
        RemoteTask<?> task = pool.submit(() -> TestPools.announceAndStay(file));
        TestPools.awaitFile(Path.of(file));
        return task;
    }

    /** A dump for which all children had the time to answer. */
    private static String answered(ProcessPool pool) {
        String[] dump = {""};
        TestPools.until(() -> {
            dump[0] = pool.dump();
            return !dump[0].contains("did not say");
        });
        return dump[0];
    }

    @Test
    void dumpShowsWhatRunsWhereAndForHowLongAndWhatWaits() {
        TestPools.run(ONE, pool -> {
            RemoteTask<?> running = running(pool);
            List<RemoteTask<?>> behind = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                behind.add(pool.submit(TestPools::pid));
            }
            String dump = answered(pool);
            assertThat(dump).startsWith("ProcessPool[OPEN, 1 of 1 workers are ready]").endsWith("\n");
            assertThat(dump).containsPattern("\n  worker 1: pid \\d+, \\d+\\.\\d{3} s old, 0 tasks answered")
                    .containsPattern("\n    " + Pattern.quote(running.name()) + ", runs for \\d+\\.\\d{3} s\n")
                    .contains("\n        at dev.espalier.process.TestPools.announceAndStay(TestPools.java:")
                    .contains("\n    " + behind.getFirst().name() + ", waits there\n")
                    .contains("more\n")
                    .doesNotContain("ChildTasks", behind.getLast().name() + " ");
        });
    }

    @Test
    void dumpOfAnIdlePoolSaysThatNothingRuns() {
        TestPools.run(TWO, pool -> {
            pool.map(List.of(1, 2, 3), n -> n + 1);
            TestPools.until(() -> pool.statistics().workers() == 2);
            assertThat(answered(pool)).contains("2 of 2 workers are ready", "0 tasks wait, 0 are at workers",
                    "2 children were ready so far, 0 were lost").doesNotContain("runs for");
        });
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void stoppedChildHoldsNoDumpUp() {
        TestPools.run(ONE, pool -> {
            long child = pool.call(TestPools::pid);
            TestPools.signal("STOP", child);
            // Its threads stop one after another.
            TestPools.until(() -> pool.dump().contains("it did not say within 200 ms what it runs"));
            TestPools.signal("CONT", child);
            assertThat(answered(pool)).contains("worker 1: pid " + child);
        });
    }

    @Test
    void lostChildIsInTheDumpAndInTheCounts() {
        TestPools.run(ONE, pool -> {
            long child = pool.call(TestPools::pid);
            RemoteTask<?> task = running(pool);
            TestPools.signal("KILL", child);
            assertThatThrownBy(() -> task.await(WorkerLostException.class)).isInstanceOf(WorkerLostException.class);
            pool.call(TestPools::pid);
            assertThat(pool.dump()).containsPattern("\n  lost \\d+\\.\\d{3} s ago: worker-1 \\(pid " + child
                    + "\\), with 1 tasks: Signaled\\[signal=9]");
            assertThat(pool.statistics()).extracting("started", "lost", "failed").containsExactly(2, 1, 1L);
        });
    }

    @Test
    void countsTellHowTasksEndedAndHowLongTheyRan() {
        TestPools.run(ONE, pool -> {
            pool.call(() -> TestPools.takeMillis(30));
            assertThatThrownBy(() -> pool.call(() -> {
                throw new IllegalStateException("as wanted");
            })).isInstanceOf(IllegalStateException.class);
            running(pool).cancelAndJoin("enough");
            ProcessPool.Statistics now = pool.statistics();
            assertThat(now).extracting("succeeded", "failed", "cancelled", "waiting", "sent", "lost")
                    .containsExactly(1L, 1L, 1L, 0, 0, 0);
            assertThat(now.ran()).isBetween(Duration.ofMillis(30), Duration.ofSeconds(60));
        });
    }

    @Test
    void timeInTheQueueIsCounted() {
        TestPools.run(ONE, pool -> {
            RemoteTask<?> running = running(pool);
            List<RemoteTask<?>> behind = new ArrayList<>();
            while (pool.statistics().waiting() == 0) {
                behind.add(pool.submit(TestPools::pid));
            }
            Async.sleep(Duration.ofMillis(20));
            running.cancelAndJoin("enough");
            behind.getLast().await();
            assertThat(pool.statistics().waited()).isGreaterThanOrEqualTo(Duration.ofMillis(20));
        });
    }

    @Test
    void snapshotsTellWhoServes() {
        TestPools.run(TWO, pool -> {
            TestPools.until(() -> pool.statistics().workers() == 2);
            RemoteTask<?> task = running(pool);
            List<WorkerSnapshot> workers = pool.workers();
            assertThat(workers).extracting(WorkerSnapshot::number).containsExactly(1, 2);
            assertThat(workers).extracting(WorkerSnapshot::outstanding).containsExactlyInAnyOrder(0, 1);
            assertThat(workers).allSatisfy(worker -> {
                assertThat(worker.state()).isEqualTo(WorkerSnapshot.State.READY);
                assertThat(TestPools.isAlive(worker.pid())).isTrue();
                assertThat(worker.age()).isPositive();
            });
            task.cancelAndJoin("enough");
        });
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void snapshotsTellTheMemoryInUse() {
        TestPools.run(ONE, pool -> assertThat(pool.workers().getFirst().residentBytes())
                .isBetween(10L << 20, 1L << 30));
    }
}
