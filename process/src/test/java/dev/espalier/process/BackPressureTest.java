package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A queue that is full.
 */
@Timeout(60)
class BackPressureTest {
    private static final int AT_WORKER = 2;
    private static final PoolOptions FULL_WITH_TWO = ONE.withQueueLimit(2);

    /** Fills the worker and the queue with tasks that stay, and gives them, the oldest first. */
    private static List<RemoteTask<Void>> fill(ProcessPool pool) {
        List<RemoteTask<Void>> tasks = new ArrayList<>();
        for (int i = 0; i < AT_WORKER + 2; i++) {
            tasks.add(pool.submit(() -> new CountDownLatch(1).await()));
        }
        assertThat(pool.statistics().waiting()).isEqualTo(2);
        return tasks;
    }

    /** Starts a submission, which has to wait. */
    private static Task<RemoteTask<Integer>> late(TaskGroup group, ProcessPool pool, int value) {
        Task<RemoteTask<Integer>> late = group.start(() -> pool.submit(() -> value));
        Async.checkpoint();
        assertThat(late.state()).isInstanceOf(Awaitable.Pending.class);
        return late;
    }

    @Test
    @DisplayName("1C8: who submits to a full queue waits for room")
    void submitWaitsForRoom() {
        TestPools.run(FULL_WITH_TWO, pool -> TaskGroup.run(group -> {
            List<RemoteTask<Void>> stay = fill(pool);
            Task<RemoteTask<Integer>> late = late(group, pool, 7);
            assertThat(pool.statistics().waiting()).isEqualTo(2);
            stay.getLast().cancel("makes room");
            RemoteTask<Integer> submitted = late.await();
            assertThat(pool.statistics().waiting()).isEqualTo(2);
            stay.forEach(task -> task.cancel("enough"));
            assertThat(submitted.await()).isEqualTo(7);
        }));
    }

    @Test
    void thoseWhoWaitAreServedInOrder() {
        TestPools.run(FULL_WITH_TWO, pool -> TaskGroup.run(group -> {
            List<RemoteTask<Void>> stay = fill(pool);
            Task<RemoteTask<Integer>> first = late(group, pool, 1);
            Task<RemoteTask<Integer>> second = late(group, pool, 2);
            stay.getLast().cancel("makes room for one");
            first.await();
            Async.checkpoint();
            assertThat(second.state()).isInstanceOf(Awaitable.Pending.class);
            stay.forEach(task -> task.cancel("enough"));
            assertThat(second.await().await()).isEqualTo(2);
        }));
    }

    @Test
    void callWaitsForRoomToo() {
        TestPools.run(FULL_WITH_TWO, pool -> TaskGroup.run(group -> {
            List<RemoteTask<Void>> stay = fill(pool);
            Task<Integer> call = group.start(() -> pool.call((Integer n) -> n + 1, 1));
            Async.checkpoint();
            assertThat(pool.statistics().waiting()).isEqualTo(2);
            stay.forEach(task -> task.cancel("enough"));
            assertThat(call.await()).isEqualTo(2);
        }));
    }

    @Test
    void cancelledWhileItWaitsItHasSubmittedNothing() {
        TestPools.run(FULL_WITH_TWO, pool -> TaskGroup.run(group -> {
            List<RemoteTask<Void>> stay = fill(pool);
            late(group, pool, 1).cancelAndJoin("changed its mind");
            stay.subList(AT_WORKER, stay.size()).forEach(task -> task.cancel("enough"));
            assertThat(pool.statistics().waiting()).isZero();
            assertThat(pool.trySubmit(() -> 1)).isPresent();
            assertThat(pool.trySubmit(() -> 2)).isPresent();
            assertThat(pool.trySubmit(() -> 3)).isEmpty();
        }));
    }

    @Test
    void trySubmitDoesNotWaitAndDoesNotOvertake() {
        TestPools.run(FULL_WITH_TWO, pool -> TaskGroup.run(group -> {
            List<RemoteTask<Void>> stay = fill(pool);
            assertThat(pool.trySubmit(() -> 1)).isEmpty();
            Task<RemoteTask<Integer>> late = late(group, pool, 1);
            stay.getLast().cancel("makes room");
            assertThat(pool.trySubmit((Integer n) -> n, 1)).isEmpty();
            late.await();
        }));
    }

    @Test
    void aTaskThatCannotTravelTakesNoRoom() {
        Object unfit = new Object();
        TestPools.run(ONE.withQueueLimit(1), pool -> {
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> pool.trySubmit(() -> unfit.hashCode()))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> pool.submit(() -> unfit.hashCode()))
                        .isInstanceOf(IllegalArgumentException.class);
            }
            assertThat(pool.trySubmit(() -> 1)).isPresent();
        });
    }

    @Test
    void whoWaitsIsToldThatThePoolWasClosed() {
        Async.run(() -> TaskGroup.run(group -> {
            var pool = ProcessPool.open(FULL_WITH_TWO);
            fill(pool);
            Task<Throwable> one = group.start(() -> failure(pool));
            Task<Throwable> two = group.start(() -> failure(pool));
            Async.checkpoint();
            pool.close();
            assertThat(List.of(one.await(), two.await())).allSatisfy(failure -> assertThat(failure)
                    .isInstanceOf(IllegalStateException.class).hasMessageContaining("closed"));
        }));
    }

    private static Throwable failure(ProcessPool pool) {
        try {
            throw new AssertionError(pool.submit(() -> 1) + " was submitted");
        } catch (IllegalStateException closed) {
            return closed;
        }
    }

    @Test
    void aProducerIsAsFastAsTheChildren() throws IOException {
        TestPools.run(FULL_WITH_TWO, pool -> {
            List<String> lines = List.of("a", "bb", "ccc", "dddd", "eeeee", "ffffff");
            // @start region="submit"
            List<RemoteTask<Integer>> tasks = new ArrayList<>();
            for (String line : lines) {
                tasks.add(pool.submit(String::length, line)); // waits while the queue is full
            }
            pool.trySubmit(String::length, "if there is room").ifPresent(tasks::add); // never waits
            // @end
            assertThat(tasks.stream().map(RemoteTask::await)).startsWith(1, 2, 3, 4, 5, 6);
        });
    }
}
