package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
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
 * What a task says of itself while it runs. One pool for all of it.
 */
@Timeout(60)
class ProgressTest {
    private static final int MANY = 200_000;

    @TempDir
    private Path folder;

    private static int count(int total) {
        TaskContext context = TaskContext.current();
        for (int i = 1; i <= total; i++) {
            context.report(i, total, "counting");
        }
        return total;
    }

    private static void reportAndStay() throws InterruptedException {
        TaskContext.current().report(1, 0, "first");
        TaskContext.current().report(3, 4, "almost there");
        new CountDownLatch(1).await();
    }

    private static void reportFromAThread(String go) throws InterruptedException {
        TaskContext context = TaskContext.current();
        Thread.ofPlatform().start(() -> context.report(5, 0, "")).join();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                TestPools.stayUntil(go);
                context.report(9, 0, "too late");
                Files.writeString(Path.of(go + ".done"), "");
            } catch (Exception failed) {
                throw new AssertionError(failed);
            }
        });
    }

    @Test
    @DisplayName("1C15: reports reach the parent, seldom however many there are, and the last one always")
    void reportsReachTheParent() throws IOException {
        TestPools.run(ONE, pool -> {
            lastReportIsThereAndFewAreBeforeIt(pool);
            reportOfARunningTaskIsSeenEverywhere(pool);
            reportsOfOtherThreadsCountUntilTheEnd(pool);
            wrongReportsAreErrorsOfTheTask(pool);
            chunksMayReportToo(pool);
        });
    }

    private void lastReportIsThereAndFewAreBeforeIt(ProcessPool pool) {
        List<Progress> seen = new ArrayList<>();
        long began = System.nanoTime();
        // @start region="progress"
        RemoteTask<Integer> task = pool.submit(ProgressTest::count, MANY); // which calls TaskContext.current().report(...)
        for (Progress progress : task.progressChanges()) {
            seen.add(progress); // or show it
        }
        // @end
        long millis = (System.nanoTime() - began) / 1_000_000;
        assertThat(task.await()).isEqualTo(MANY);
        assertThat(seen).last().isEqualTo(new Progress(MANY, MANY, "counting"));
        assertThat(seen).extracting(Progress::done).isSorted().doesNotHaveDuplicates();
        assertThat(seen).hasSizeLessThanOrEqualTo((int) (millis / 20) + 3);
        assertThat(task.progress()).contains(seen.getLast());
        assertThat(task.progressChanges().tryReceive()).contains(seen.getLast());
    }

    private void reportOfARunningTaskIsSeenEverywhere(ProcessPool pool) {
        RemoteTask<Void> task = pool.submit(ProgressTest::reportAndStay);
        Progress last = new Progress(3, 4, "almost there");
        TestPools.until(() -> task.progress().equals(java.util.Optional.of(last)));
        assertThat(pool.workers().getFirst().progress()).contains(last);
        assertThat(pool.dump()).contains("3 of 4 (75 %): almost there");
        task.cancelAndJoin("seen enough");
        assertThat(task.progress()).contains(last);
        assertThat(pool.workers().getFirst().progress()).isEmpty();
    }

    private void reportsOfOtherThreadsCountUntilTheEnd(ProcessPool pool) throws IOException {
        Path go = folder.resolve("go");
        String file = go.toString();
        RemoteTask<Void> task = pool.submit(() -> reportFromAThread(file));
        task.await();
        assertThat(task.progress()).contains(new Progress(5, 0, ""));
        RemoteTask<Void> next = pool.submit(() -> TestPools.stayUntil(file + ".done"));
        Async.offload(() -> Files.writeString(go, ""));
        next.await();
        assertThat(task.progress()).contains(new Progress(5, 0, ""));
        assertThat(next.progress()).isEmpty();
    }

    private void wrongReportsAreErrorsOfTheTask(ProcessPool pool) {
        assertThatThrownBy(() -> pool.call(() -> TaskContext.current().report(-1, 0, "")))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("done is -1");
        assertThatThrownBy(TaskContext::current).isInstanceOf(IllegalStateException.class);
        String message = "x".repeat(2 * Progress.LONGEST);
        RemoteTask<Void> task = pool.submit(() -> TaskContext.current().report(0, 0, message));
        task.await();
        assertThat(task.progress().orElseThrow().message()).hasSize(Progress.LONGEST);
    }

    private void chunksMayReportToo(ProcessPool pool) {
        TaskGroup.run(group -> assertThat(pool.map(List.of(1, 2, 3), ProgressTest::count)).containsExactly(1, 2, 3));
    }
}
