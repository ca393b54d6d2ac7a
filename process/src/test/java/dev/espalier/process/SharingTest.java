package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static dev.espalier.process.TestPools.TWO;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who goes first, and where.
 */
@Timeout(60)
class SharingTest {
    private static final TaskOptions USUAL = TaskOptions.defaults();

    @TempDir
    Path folder;

    /** Tasks that keep a worker busy, with no room for more, until they are cancelled. */
    private static List<RemoteTask<Void>> keepBusy(ProcessPool pool) {
        return IntStream.range(0, Window.LEAST).mapToObj(i -> pool.submit(() -> new CountDownLatch(1).await())).toList();
    }

    /** Submits tasks that note in the list when they have run. */
    private static List<RemoteTask<String>> note(List<String> order, ProcessPool view, String... names) {
        List<RemoteTask<String>> tasks = new ArrayList<>();
        for (String name : names) {
            RemoteTask<String> task = view.submit(() -> name);
            task.onDone(() -> order.add(name));
            tasks.add(task);
        }
        return tasks;
    }

    private static void letGo(List<RemoteTask<Void>> busy, List<RemoteTask<String>> tasks) {
        busy.forEach(task -> task.cancel("the queue is complete"));
        tasks.forEach(RemoteTask::await);
        heard();
    }

    /** Lets run what is to be done at the end of tasks. */
    private static void heard() {
        Async.checkpoint();
    }

    @Test
    @DisplayName("1C9: of the tasks that wait, those of higher priority go first")
    void higherPriorityGoesFirst() {
        TestPools.run(ONE, pool -> {
            List<RemoteTask<Void>> busy = keepBusy(pool);
            List<String> order = new ArrayList<>();
            List<RemoteTask<String>> tasks = new ArrayList<>(note(order, pool.with(USUAL.withPriority(-1)), "low"));
            tasks.addAll(note(order, pool, "usual", "usual too"));
            tasks.addAll(note(order, pool.with(USUAL.withPriority(7)), "high", "high too"));
            tasks.addAll(note(order, pool, "usual again"));
            letGo(busy, tasks);
            assertThat(order).containsExactly("high", "high too", "usual", "usual too", "usual again", "low");
        });
    }

    @Test
    @DisplayName("1C9: views of one priority take turns")
    void viewsTakeTurns() {
        TestPools.run(ONE, pool -> {
            List<RemoteTask<Void>> busy = keepBusy(pool);
            List<String> order = new ArrayList<>();
            List<RemoteTask<String>> tasks = new ArrayList<>(note(order, pool.with(USUAL), "a1", "a2", "a3", "a4"));
            tasks.addAll(note(order, pool.with(USUAL), "b1", "b2"));
            tasks.addAll(note(order, pool.with(USUAL), "c1"));
            letGo(busy, tasks);
            assertThat(order).containsExactly("a1", "b1", "c1", "a2", "b2", "a3", "a4");
        });
    }

    @Test
    void whatWasCancelledWhileItWaitedTakesNoTurn() {
        TestPools.run(ONE, pool -> {
            List<RemoteTask<Void>> busy = keepBusy(pool);
            List<String> order = new ArrayList<>();
            ProcessPool high = pool.with(USUAL.withPriority(1));
            List<RemoteTask<String>> dropped = note(order, high, "dropped", "dropped too");
            List<RemoteTask<String>> tasks = note(order, pool, "usual");
            dropped.forEach(task -> task.cancel("not wanted"));
            assertThat(pool.statistics().waiting()).isEqualTo(1);
            heard();
            order.clear();
            letGo(busy, tasks);
            letGo(List.of(), note(order, high, "high"));
            assertThat(order).containsExactly("usual", "high");
        });
    }

    @Test
    void aStreamLeavesTurnsToCalls() {
        TestPools.run(ONE, pool -> TaskGroup.run(group -> {
            pool.map(IntStream.range(0, 20_000).boxed().toList(), (Integer n) -> n);
            var stream = pool.stream(group, MapOptions.defaults().withLookahead(100_000),
                    IntStream.iterate(0, n -> n + 1).boxed()::iterator, SharingTest::slowly);
            stream.receive();
            assertThat(pool.<Integer, RuntimeException>call(() -> 5)).isEqualTo(5);
            stream.close();
        }));
    }

    private static int slowly(int number) throws InterruptedException {
        Thread.sleep(1);
        return number;
    }

    private static Map<Integer, Long> homes(ProcessPool pool, int keys) {
        Map<Integer, Long> homes = new HashMap<>();
        for (int key = 0; key < keys; key++) {
            homes.put(key, pool.with(USUAL.withKey(key)).<Long, RuntimeException>call(TestPools::pid));
        }
        return homes;
    }

    @Test
    @DisplayName("1C10: equal keys meet in one worker, and keys are spread over all, also those that are still to start")
    void equalKeysMeetInOneWorker() {
        TestPools.run(TWO, pool -> {
            Map<Integer, Long> homes = homes(pool, 10);
            assertThat(new HashSet<>(homes.values())).hasSize(2).allSatisfy(pid ->
                    assertThat(homes.values().stream().filter(pid::equals)).hasSize(5));
            assertThat(homes(pool, 10)).isEqualTo(homes);
            assertThat(pool.with(USUAL.withKey(3)).map(List.of(1, 2, 3, 4, 5), (Integer n) -> TestPools.pid()))
                    .containsOnly(homes.get(3));
        });
    }

    @Test
    @DisplayName("1C10: the keys of a worker that died go to the one that replaces it, the others stay")
    void onlyTheKeysOfALostWorkerMove() {
        TestPools.run(TWO, pool -> {
            Map<Integer, Long> before = homes(pool, 8);
            long lost = before.get(0);
            TestPools.signal("KILL", lost);
            TestPools.until(() -> pool.statistics().workers() < 2);
            Map<Integer, Long> after = homes(pool, 8);
            Set<Long> replacements = new HashSet<>();
            before.forEach((key, pid) -> {
                if (pid == lost) {
                    replacements.add(after.get(key));
                } else {
                    assertThat(after.get(key)).isEqualTo(pid);
                }
            });
            assertThat(replacements).hasSize(1).doesNotContainAnyElementsOf(before.values());
        });
    }

    @Test
    void tasksOfAKeyKeepTheirOrderAndWaitForTheirWorker() {
        String running = folder.resolve("running").toString();
        TestPools.run(TWO, pool -> {
            ProcessPool keyed = pool.with(USUAL.withKey("k"));
            RemoteTask<Void> first = keyed.submit(() -> TestPools.announceAndStay(running));
            TestPools.awaitFile(folder.resolve("running"));
            List<String> order = new ArrayList<>();
            List<RemoteTask<String>> tasks = note(order, keyed, "1", "2", "3", "4");
            // The other worker is idle all the time and runs what has no key.
            for (int i = 0; i < 50; i++) {
                pool.call((Integer n) -> n, i);
            }
            assertThat(order).isEmpty();
            first.cancel("let the others run");
            tasks.forEach(RemoteTask::await);
            heard();
            assertThat(order).containsExactly("1", "2", "3", "4");
        });
    }
}
