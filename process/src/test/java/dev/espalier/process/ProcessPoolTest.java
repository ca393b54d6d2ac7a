package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static dev.espalier.process.TestPools.TWO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.TaskFailedException;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProcessPoolTest {
    record Point(int x, int y) {
    }

    @Test
    void callRunsInAnotherProcess() {
        TestPools.run(ONE, pool -> assertThat(pool.<Long,
                RuntimeException>call(TestPools::pid)).isNotEqualTo(TestPools.pid()));
    }

    @Test
    void capturedValuesTravelWithEachCall() {
        TestPools.run(ONE, pool -> {
            for (int i = 0; i < 3; i++) {
                Point point = new Point(i, 2 * i);
                assertThat(pool.<Integer, RuntimeException>call(() -> point.x() + point.y())).isEqualTo(3 * i);
            }
        });
    }

    private static String joined(String first, @Nullable Integer second, List<String> third) throws IOException {
        if (third.isEmpty()) {
            throw new IOException("nothing after " + first + second);
        }
        return first + second + third;
    }

    @Test
    @DisplayName("1C5: functions of two and three arguments get them in their order, and need not capture")
    void argumentsTravelInTheirOrder() throws IOException {
        TestPools.run(ONE, pool -> {
            assertThat(pool.<Integer, Integer, Integer, RuntimeException>call(Math::floorMod, 7, 4)).isEqualTo(3);
            assertThat(pool.submit((Point point, String name) -> name + point.x(), new Point(1, 2), "x").await())
                    .isEqualTo("x1");
            assertThat(pool.call(ProcessPoolTest::joined, "a", null, List.of("b"))).isEqualTo("anull[b]");
            assertThat(pool.submit(ProcessPoolTest::joined, "a", 7, List.of("c")).await()).isEqualTo("a7[c]");
            assertThatThrownBy(() -> pool.call(ProcessPoolTest::joined, "a", 1, List.of()))
                    .isInstanceOf(IOException.class).hasMessage("nothing after a1");
            assertThatThrownBy(() -> pool.submit((String first, Object second) -> first, "a", new Object()))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("argument 2");
        });
    }

    @Test
    void aSerialisableObjectIsAFunctionToo() {
        record Adder(int more) implements RemoteFunction<Integer, Integer, RuntimeException> {
            @Override
            public Integer apply(Integer argument) {
                return argument + more;
            }
        }
        TestPools.run(ONE, pool -> assertThat(pool.call(new Adder(5), 1)).isEqualTo(6));
    }

    @Test
    void checkedExceptionsKeepTheirType() {
        TestPools.run(ONE, pool -> assertThatThrownBy(() -> pool.call(() -> Files.readString(Path.of("/no/such/file"))))
                .isInstanceOf(NoSuchFileException.class));
    }

    @Test
    void theRemoteStackIsTheInnermostCause() {
        TestPools.run(ONE, pool -> assertThatThrownBy(() -> pool.call(ProcessPoolTest::failsDeepInside))
                .isInstanceOf(IllegalStateException.class)
                .hasRootCauseInstanceOf(RemoteTaskException.class)
                .rootCause().satisfies(cause -> assertThat(cause.getStackTrace())
                        .anyMatch(frame -> frame.getMethodName().equals("failsDeepInside"))));
    }

    private static void failsDeepInside() {
        throw new IllegalStateException("outer", new IOException("inner"));
    }

    @Test
    void theCallersStackIsOnTheException() {
        TestPools.run(ONE, pool -> assertThatThrownBy(() -> pool.call(ProcessPoolTest::failsDeepInside))
                .satisfies(failure -> assertThat(failure.getStackTrace())
                        .anyMatch(frame -> frame.getMethodName().contains("theCallersStackIsOnTheException"))));
    }

    @Test
    void aSubmittedTaskFailsWrapped() {
        TestPools.run(ONE, pool -> assertThatThrownBy(() -> pool.submit(ProcessPoolTest::failsDeepInside).await())
                .isInstanceOf(TaskFailedException.class).hasCauseInstanceOf(IllegalStateException.class));
    }

    @Test
    void mapKeepsTheOrder() {
        TestPools.run(TWO, pool -> {
            List<Integer> numbers = IntStream.range(0, 5000).boxed().toList();
            List<Integer> doubled = pool.map(numbers, (Integer n) -> 2 * n);
            assertThat(doubled).isEqualTo(numbers.stream().map(n -> 2 * n).toList());
        });
    }

    @Test
    void mapThrowsTheFailureOfItsFunctionTyped() {
        TestPools.run(TWO, pool -> assertThatThrownBy(() -> pool.map(List.of("a", "b"), ProcessPoolTest::failsOnB))
                .isInstanceOf(IOException.class).hasMessage("b"));
    }

    private static String failsOnB(String text) throws IOException {
        if (text.equals("b")) {
            throw new IOException(text);
        }
        return text;
    }

    @Test
    void anUnorderedStreamGivesEachValueOnce() {
        TestPools.run(TWO, pool -> TaskGroup.run(group -> {
            List<Integer> numbers = IntStream.range(0, 3000).boxed().toList();
            Set<Integer> seen = new HashSet<>();
            MapOptions unordered = MapOptions.defaults().withOrdered(false);
            for (int n : pool.<Integer, Integer>stream(group, unordered, numbers, n -> n + 1)) {
                assertThat(seen.add(n)).isTrue();
            }
            assertThat(seen).hasSize(3000).contains(1, 3000);
        }));
    }

    @Test
    void anUnorderedStreamDoesNotWaitForASlowOne(@org.junit.jupiter.api.io.TempDir Path folder) throws IOException {
        String file = folder.resolve("go").toString();
        TestPools.run(TWO, pool -> TaskGroup.run(group -> {
            MapOptions unordered = new MapOptions(false, 4);
            List<Integer> seen = new ArrayList<>();
            for (int n : pool.<Integer, Integer>stream(group, unordered, List.of(0, 1, 2, 3), n -> n == 0
                    ? afterFile(file) : n)) {
                seen.add(n);
                if (seen.size() == 3) {
                    Async.offload(() -> Files.writeString(Path.of(file), ""));
                }
            }
            assertThat(seen).endsWith(0).containsExactlyInAnyOrder(0, 1, 2, 3);
        }));
    }

    private static int afterFile(String file) throws IOException, InterruptedException {
        TestPools.stayUntil(file);
        return 0;
    }

    @Test
    void aStreamTakesNoMoreArgumentsThanItsLookahead() {
        TestPools.run(ONE, pool -> TaskGroup.run(group -> {
            int[] taken = new int[1];
            Iterable<Integer> counting = () -> IntStream.range(0, 1000).peek(_ -> taken[0]++).iterator();
            var values = pool.<Integer, Integer>stream(group, new MapOptions(true, 8), counting, n -> n);
            for (int i = 0; i < 100; i++) {
                values.receive();
                Async.checkpoint();
                assertThat(taken[0]).isLessThanOrEqualTo(i + 1 + 8);
            }
            values.close();
        }));
    }

    @Test
    void aStreamEndsWithTheFailureOfATask() {
        TestPools.run(ONE, pool -> TaskGroup.run(group -> {
            var values = pool.<String, String>stream(group, MapOptions.defaults(), List.of("a", "b", "c"),
                    ProcessPoolTest::failsOnB);
            assertThat(values.receive()).isEqualTo("a");
            assertThatThrownBy(values::receive).isInstanceOf(ChannelClosedException.class)
                    .hasCauseInstanceOf(IOException.class);
        }));
    }

    @Test
    void largePayloadsTravelBothWays() {
        TestPools.run(ONE.withHeapBytes(512 << 20), pool -> {
            byte[] payload = new byte[20_000_000];
            Arrays.fill(payload, (byte) 7);
            byte[] back = pool.call((byte[] bytes) -> {
                bytes[0] = 1;
                return bytes;
            }, payload);
            assertThat(back[0]).isEqualTo((byte) 1);
            back[0] = 7;
            assertThat(Arrays.equals(back, payload)).isTrue();
        });
    }

    @Test
    @DisplayName("3.6: a dead worker fails only its own task and is replaced")
    void aDeadWorkerFailsOnlyItsOwnTask() {
        TestPools.run(TWO, pool -> {
            List<RemoteTask<Integer>> good = new ArrayList<>();
            RemoteTask<Void> bad = null;
            for (int i = 0; i < 50; i++) {
                int number = i;
                good.add(pool.submit(() -> number));
                if (i == 20) {
                    bad = pool.submit(() -> Runtime.getRuntime().halt(9));
                }
            }
            for (int i = 0; i < 50; i++) {
                assertThat(good.get(i).await()).isEqualTo(i);
            }
            assertThatThrownBy(bad::await).hasCauseInstanceOf(WorkerLostException.class);
            Set<Long> pids = new HashSet<>();
            TestPools.until(() -> pool.statistics().workers() == 2);
        });
    }

    @Test
    @DisplayName("3.12: a task that no child survives taking is given up after three of them")
    void aTaskThatNoChildCanTakeIsGivenUp() {
        TestPools.run(ONE.withHeapBytes(16 << 20), pool -> {
            byte[] tooMuch = new byte[40_000_000];
            assertThatThrownBy(() -> pool.call((byte[] bytes) -> bytes.length, tooMuch))
                    .isInstanceOf(WorkerLostException.class)
                    .satisfies(lost -> assertThat(((WorkerLostException) lost).status())
                            .isEqualTo(new ExitStatus.JvmOutOfMemory()));
            assertThat(pool.<Integer, RuntimeException>call(() -> 1)).isEqualTo(1);
        });
    }

    @Test
    @DisplayName("3.6: each lost task gets an exception of its own")
    void lostTasksDoNotShareAnException() {
        TestPools.run(TWO, pool -> {
            RemoteTask<Void> one = pool.submit(() -> Runtime.getRuntime().halt(1));
            RemoteTask<Void> two = pool.submit(() -> Runtime.getRuntime().halt(1));
            assertThat(causeOf(one)).isNotSameAs(causeOf(two));
        });
    }

    private static Throwable causeOf(RemoteTask<?> task) {
        try {
            throw new AssertionError("it ended with " + task.await());
        } catch (TaskFailedException failed) {
            return failed.getCause();
        }
    }

    @Test
    @DisplayName("3.12: a task is never run twice, one that had not started runs elsewhere")
    void noTaskRunsTwice(@org.junit.jupiter.api.io.TempDir Path folder) throws IOException {
        TestPools.run(TWO, pool -> {
            List<RemoteTask<Void>> tasks = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                String file = folder.resolve("" + i).toString();
                boolean dies = i % 10 == 3;
                tasks.add(pool.submit(() -> runOnce(file, dies)));
            }
            for (RemoteTask<Void> task : tasks) {
                Async.moveOnAfter(java.time.Duration.ofSeconds(20), () -> {
                    try {
                        task.await();
                    } catch (TaskFailedException lost) {
                        assertThat(lost).hasCauseInstanceOf(WorkerLostException.class);
                    }
                });
            }
            assertThat(folder.toFile().list()).hasSize(40);
            assertThat(tasks.stream().filter(task -> task.state() instanceof dev.espalier.core.Awaitable.Failed<?>))
                    .hasSize(4);
        });
    }

    private static void runOnce(String file, boolean dies) throws IOException {
        Files.createFile(Path.of(file));
        if (dies) {
            Runtime.getRuntime().halt(3);
        }
    }

    @Test
    void aClosedPoolRefuses() {
        Async.run(() -> {
            var pool = ProcessPool.open(ONE);
            pool.close();
            pool.close();
            assertThatThrownBy(() -> pool.submit(() -> 1)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
            assertThatThrownBy(() -> pool.trySubmit(() -> 1)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
        });
    }

    @Test
    void anotherLoopIsRefused() {
        TestPools.run(ONE, pool -> Async.offload(() -> Async.run(() ->
                assertThatThrownBy(() -> pool.submit(() -> 1)).isInstanceOf(IllegalStateException.class))));
    }

    @Test
    void toStringSaysWhatATaskWaitsFor() {
        TestPools.run(ONE, pool -> {
            RemoteTask<Void> task = pool.submit(() -> new java.util.concurrent.CountDownLatch(1).await());
            assertThat(task.toString()).contains("task 1").contains("ProcessPoolTest").contains("waits for worker-1");
            assertThat(pool.toString()).contains("serves worker-1");
        });
    }

    private static int calls;

    @Test
    @DisplayName("3.39: static state of a child is shared by the tasks that run there, and by nobody else")
    void staticStateBelongsToTheChild() {
        TestPools.run(TestPools.ONE, pool -> {
            assertThat(pool.<Integer, RuntimeException>call(() -> ++calls)).isEqualTo(1);
            assertThat(pool.<Integer, RuntimeException>call(() -> ++calls)).isEqualTo(2);
            assertThat(calls).isZero();
        });
    }
}
