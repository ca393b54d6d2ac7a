package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static dev.espalier.process.TestPools.TWO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.process.PoolOptions.Recycling;
import dev.espalier.process.PoolOptions.Size;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * How many children a pool has, and how they are replaced.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class FleetTest {
    private static final Duration SOON = Duration.ofMillis(100);
    private static final Leftovers OURS = new Leftovers(TestPools.pid());

    @TempDir
    Path folder;

    private static int children() {
        return Async.offload(OURS::processes).size();
    }

    private static long pidOf(ProcessPool pool) {
        return pool.<Long, RuntimeException>call(TestPools::pid);
    }

    /** Runs in a child until the file is there; says before that it runs. */
    private static long waitsFor(String file) throws IOException, InterruptedException {
        Files.createFile(Path.of(file + "." + TestPools.pid()));
        TestPools.stayUntil(file);
        return TestPools.pid();
    }

    private List<RemoteTask<Long>> three(ProcessPool pool, String go) {
        return IntStream.range(0, 3).mapToObj(_ -> pool.submit(() -> waitsFor(go))).toList();
    }

    private static List<Long> pids(List<RemoteTask<Long>> tasks) {
        return tasks.stream().map(RemoteTask::await).toList();
    }

    @Test
    @DisplayName("B4: a pool grows when tasks wait, and shrinks when workers have nothing to do")
    void sizeFollowsTheWork() throws IOException {
        String go = folder.resolve("go").toString();
        TestPools.run(ONE.withSize(Size.between(1, 3).withIdle(SOON)), pool -> {
            assertThat(pool.statistics().workers()).isEqualTo(1);
            List<RemoteTask<Long>> tasks = three(pool, go);
            TestPools.until(() -> folder.toFile().list().length == 3);
            Files.createFile(Path.of(go));
            assertThat(pids(tasks)).doesNotHaveDuplicates();
            TestPools.until(() -> children() == 1);
            assertThat(pool.statistics().workers()).isEqualTo(1);
            assertThat(pidOf(pool)).isIn(pids(tasks));
        });
    }

    @Test
    @DisplayName("B4: a pool without a minimum has no child until there is a task, and none when that is long over")
    void noChildWithoutATask() {
        TestPools.run(ONE.withSize(Size.between(0, 1).withIdle(SOON)), pool -> {
            assertThat(children()).isZero();
            long first = pidOf(pool);
            TestPools.until(() -> children() == 0);
            assertThat(pidOf(pool)).isNotEqualTo(first);
        });
    }

    @Test
    @DisplayName("C20: a pool is resized while it works; shrinking lets tasks end that run")
    void resize() throws IOException {
        String go = folder.resolve("go").toString();
        TestPools.run(ONE, pool -> {
            pool.resize(3, 3);
            TestPools.until(() -> pool.statistics().workers() == 3);
            List<RemoteTask<Long>> tasks = three(pool, go);
            TestPools.until(() -> pool.statistics().sent() == 3);
            pool.resize(1, 1);
            assertThat(pool.statistics().workers()).isEqualTo(1);
            assertThat(children()).isEqualTo(3);
            Files.createFile(Path.of(go));
            assertThat(pids(tasks)).doesNotHaveDuplicates();
            TestPools.until(() -> children() == 1);
            assertThat(pidOf(pool)).isIn(pids(tasks));
        });
    }

    @Test
    @DisplayName("C20: a size that makes no sense is refused, and so is a closed pool")
    void resizeIsChecked() {
        Async.run(() -> {
            var pool = ProcessPool.open(ONE);
            try (pool) {
                assertThatThrownBy(() -> pool.resize(2, 1)).isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("minimum is 2");
                assertThatThrownBy(() -> pool.resize(0, 1025)).isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("maximum is 1025");
            }
            assertThatThrownBy(() -> pool.resize(1, 1)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(pool::recycle).isInstanceOf(IllegalStateException.class);
        });
    }

    private static long otherThan(long pid) {
        TestPools.until(() -> children() == 2);
        return Async.offload(OURS::processes).stream().filter(each -> each != pid).findFirst().orElseThrow();
    }

    @Test
    @DisplayName("B2: a spare takes the place of a worker that died, and is replaced")
    void aSpareTakesOver() {
        TestPools.run(ONE.withSize(Size.fixed(1).withSpares(1)), pool -> {
            long first = pidOf(pool);
            long spare = otherThan(first);
            TestPools.until(() -> pool.toString().contains("is a spare"));
            assertThatThrownBy(() -> pool.call(() -> Runtime.getRuntime().halt(1))).isInstanceOf(WorkerLostException.class);
            assertThat(pidOf(pool)).isEqualTo(spare);
            assertThat(otherThan(spare)).isNotEqualTo(first);
        });
    }

    @Test
    @DisplayName("B2, C20: growth and recycling take spares")
    void sparesAreUsedFirst() {
        TestPools.run(ONE.withSize(Size.fixed(1).withSpares(1)), pool -> {
            long first = pidOf(pool);
            long spare = otherThan(first);
            TestPools.until(() -> pool.toString().contains("is a spare"));
            pool.resize(2, 2);
            assertThat(pool.statistics().workers()).isEqualTo(2);
            assertThat(Set.of(pool.submit(TestPools::pid), pool.submit(TestPools::pid)).stream().map(RemoteTask::await))
                    .containsExactlyInAnyOrder(first, spare);
        });
    }

    @Test
    @DisplayName("3.14: a worker is replaced after so many tasks, and no task fails or waits for a start")
    void recyclingByTasks() {
        TestPools.run(ONE.withRecycling(Recycling.never().withJitter(0).afterTasks(5)), pool -> {
            Map<Long, Integer> tasks = new HashMap<>();
            while (tasks.size() < 4) {
                tasks.merge(pidOf(pool), 1, Integer::sum);
                assertThat(pool.statistics().workers()).isGreaterThanOrEqualTo(1);
            }
            assertThat(tasks.values().stream().filter(count -> count >= 5).count()).isGreaterThanOrEqualTo(3);
        });
    }

    @Test
    @DisplayName("3.14: the items of a map count as tasks")
    void recyclingByItems() {
        TestPools.run(ONE.withRecycling(Recycling.never().afterTasks(1000)), pool -> {
            long first = pidOf(pool);
            pool.map(IntStream.range(0, 1000).boxed().toList(), (Integer n) -> n);
            TestPools.until(() -> pidOf(pool) != first);
        });
    }

    @Test
    @DisplayName("3.14, D17: all children are replaced without a worker less, and what runs in an old one ends there")
    void rollingReplacement() throws IOException {
        String go = folder.resolve("go").toString();
        TestPools.run(TWO, pool -> {
            TestPools.until(() -> pool.statistics().workers() == 2);
            Set<Long> old = new HashSet<>(Async.offload(OURS::processes));
            RemoteTask<Long> running = pool.submit(() -> waitsFor(go));
            TestPools.until(() -> pool.statistics().sent() == 1);
            pool.recycle();
            List<Integer> capacity = new ArrayList<>();
            TestPools.until(() -> {
                capacity.add(pool.statistics().workers());
                return pool.statistics().workers() == 2 && !pool.toString().contains("to be replaced: serves")
                        && !old.contains(pidOf(pool));
            });
            assertThat(capacity).allMatch(workers -> workers >= 2);
            Files.createFile(Path.of(go));
            assertThat(running.await()).isIn(old);
            TestPools.until(() -> children() == 2);
            assertThat(Async.offload(OURS::processes)).doesNotContainAnyElementsOf(old);
        });
    }

    @Test
    @DisplayName("D16: a worker is replaced when it is old")
    void recyclingByAge() {
        TestPools.run(ONE.withRecycling(Recycling.never().afterAge(Duration.ofMillis(200))), pool -> {
            long first = pidOf(pool);
            TestPools.until(() -> pidOf(pool) != first);
        });
    }

    @Test
    @DisplayName("D15: a worker is replaced when its process occupies too much memory")
    void recyclingByMemory() {
        TestPools.run(ONE.withHeapBytes(256 << 20).withRecycling(Recycling.never().aboveResident(150 << 20)), pool -> {
            long first = pidOf(pool);
            pool.call(() -> hoard(120));
            TestPools.until(() -> pidOf(pool) != first);
        });
    }

    private static byte[][] hoarded = {};

    private static void hoard(int megabytes) {
        hoarded = new byte[megabytes][1 << 20];
        for (byte[] each : hoarded) {
            java.util.Arrays.fill(each, (byte) 1);
        }
    }
}
