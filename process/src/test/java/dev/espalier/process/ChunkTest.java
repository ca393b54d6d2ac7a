package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static dev.espalier.process.TestPools.TWO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.Channel;
import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.Receiver;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many calls that travel together.
 */
@Timeout(60)
class ChunkTest {
    private static final MapOptions WIDE = MapOptions.defaults().withLookahead(10_000);

    @TempDir
    Path folder;

    private static List<Integer> numbers(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    private static Map<Integer, Awaitable.State<Integer>> outcomes(ProcessPool pool, MapOptions options,
            List<Integer> arguments, RemoteFunction<Integer, Integer, ?> function) {
        Map<Integer, Awaitable.State<Integer>> all = new HashMap<>();
        TaskGroup.run(group -> {
            for (var outcome : pool.outcomes(group, options, arguments, function)) {
                assertThat(all.put(outcome.argument(), outcome.state())).isNull();
            }
        });
        return all;
    }

    private static Throwable failure(Awaitable.State<Integer> state) {
        return ((Awaitable.Failed<Integer>) state).failure();
    }

    /** Runs all items as two calls, so that the workers know nothing but a long chunk. */
    private static void warm(ProcessPool pool) {
        pool.map(numbers(20_000), (Integer n) -> n);
    }

    @Test
    @DisplayName("3.34: each item has its own outcome")
    void eachItemHasItsOwnOutcome() {
        TestPools.run(TWO, pool -> {
            var all = outcomes(pool, WIDE, numbers(5000), ChunkTest::failsOnHundreds);
            assertThat(all).hasSize(5000);
            all.forEach((n, state) -> {
                if (n % 100 == 0) {
                    assertThat(failure(state)).isInstanceOf(IOException.class).hasMessage("" + n)
                            .hasRootCauseInstanceOf(RemoteTaskException.class);
                } else {
                    assertThat(state).isEqualTo(new Awaitable.Succeeded<>(2 * n));
                }
            });
        });
    }

    private static int failsOnHundreds(int n) throws IOException {
        if (n % 100 == 0) {
            throw new IOException("" + n);
        }
        return 2 * n;
    }

    @Test
    @DisplayName("3.6, 3.12: of a chunk whose worker dies one item fails, the others run once, before or elsewhere")
    void oneItemFailsWithItsWorker() {
        TestPools.run(TWO, pool -> {
            warm(pool);
            String files = folder.toString();
            List<Integer> deadly = List.of(7, 500, 501, 999);
            var all = outcomes(pool, WIDE, numbers(1000), n -> runsOnce(files, n, deadly.contains(n)));
            assertThat(all).hasSize(1000);
            all.forEach((n, state) -> {
                if (deadly.contains(n)) {
                    assertThat(failure(state)).isInstanceOfSatisfying(WorkerLostException.class, lost -> {
                        assertThat(lost.status()).isEqualTo(new ExitStatus.Exited(9));
                        assertThat(lost).hasMessageContaining("item " + (n + 1) + " of");
                    });
                } else {
                    assertThat(state).isEqualTo(new Awaitable.Succeeded<>(n));
                }
            });
            assertThat(folder.toFile().list()).hasSize(1000);
        });
    }

    private static int runsOnce(String folder, int n, boolean dies) throws IOException {
        Files.createFile(Path.of(folder, "" + n));
        if (dies) {
            Runtime.getRuntime().halt(9);
        }
        return n;
    }

    @Test
    @DisplayName("3.7: an argument that cannot travel is the failure of its item")
    void anUnfitArgumentFailsAlone() {
        TestPools.run(ONE, pool -> TaskGroup.run(group -> {
            List<Object> arguments = List.of(1, new Object(), 3);
            List<Awaitable.State<Integer>> states = new ArrayList<>();
            for (var outcome : pool.<Object, Integer>outcomes(group, WIDE, arguments, Object::hashCode)) {
                states.add(outcome.state());
            }
            assertThat(states.get(0)).isEqualTo(new Awaitable.Succeeded<>(1));
            assertThat(failure(states.get(1))).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("argument 2").hasMessageContaining("Object");
            assertThat(states.get(2)).isEqualTo(new Awaitable.Succeeded<>(3));
        }));
    }

    private record Moody(int number) {
        Moody {
            if (number == 3 && RemoteMain.depth() == 0) {
                throw new IllegalStateException("not here");
            }
        }
    }

    @Test
    @DisplayName("3.7: a value that cannot be read is the failure of its item")
    void anUnreadableValueFailsAlone() {
        TestPools.run(ONE, pool -> TaskGroup.run(group -> {
            int failed = 0;
            for (var outcome : pool.<Integer, Moody>outcomes(group, WIDE, numbers(6), Moody::new)) {
                boolean bad = outcome.argument() == 3;
                assertThat(outcome.state()).isInstanceOf(bad ? Awaitable.Failed.class : Awaitable.Succeeded.class);
                failed += bad ? 1 : 0;
            }
            assertThat(failed).isEqualTo(1);
        }));
    }

    @Test
    void nullIsAnArgumentAndAValue() {
        TestPools.run(ONE, pool -> {
            assertThat(pool.map(Arrays.asList("a", null), (String text) -> text)).containsExactly("a", null);
            TaskGroup.run(group -> {
                Receiver<ProcessPool.Outcome<Integer, String>> all = pool.outcomes(group, WIDE, List.of(1), _ -> null);
                assertThat(all.receive()).isEqualTo(new ProcessPool.Outcome<>(1, new Awaitable.Succeeded<>(null)));
            });
        });
    }

    @Test
    void aFunctionThatCannotTravelIsRefusedAtOnce() {
        TestPools.run(ONE, pool -> TaskGroup.run(group -> {
            Object captured = new Object();
            assertThatThrownBy(() -> pool.<Integer, Integer>stream(group, WIDE, List.of(1), _ -> captured.hashCode()))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("captured value 1");
        }));
    }

    @Test
    void itemsThatTurnOutLongAreSharedWithIdleWorkers() throws IOException {
        TestPools.run(TWO, pool -> {
            String files = folder.toString();
            TestPools.until(() -> pool.statistics().workers() == 2);
            // Trivial at first; from 40 000 on each waits until both workers have come that far.
            List<Long> pids = pool.map(numbers(40_004), (Integer n) -> n < 40_000 ? 0L : meets(files, n));
            assertThat(pids.subList(40_000, 40_004).stream().distinct()).hasSize(2);
        });
    }

    private static long meets(String folder, int n) throws IOException {
        Path own = Path.of(folder, "" + TestPools.pid());
        Files.write(own, new byte[0]);
        while (Objects.requireNonNull(Path.of(folder).toFile().list()).length < 2) {
            if (Thread.interrupted()) {
                throw new IOException("interrupted at " + n);
            }
            Thread.onSpinWait();
        }
        return TestPools.pid();
    }

    @Test
    void argumentsThatAreLongInComingKeepNothingBack() {
        TestPools.run(ONE, pool -> TaskGroup.run(group -> {
            warm(pool);
            Channel<Integer> source = Channel.open(16);
            var doubled = pool.<Integer, Integer>stream(group, WIDE, source.receiver(), n -> 2 * n);
            for (int i = 0; i < 20; i++) {
                source.sender().send(i);
                assertThat(doubled.receive()).isEqualTo(2 * i);
            }
            source.sender().close();
            assertThatThrownBy(doubled::receive).isInstanceOf(ChannelClosedException.class).hasNoCause();
        }));
    }

    @Test
    void argumentsThatFailEndTheStreamAfterTheValuesBefore() {
        TestPools.run(ONE, pool -> TaskGroup.run(group -> {
            Iterable<Integer> failing = () -> IntStream.range(0, 10).peek(n -> {
                if (n == 5) {
                    throw new IllegalStateException("no more");
                }
            }).iterator();
            var values = pool.<Integer, Integer>stream(group, WIDE, failing, n -> n);
            for (int i = 0; i < 5; i++) {
                assertThat(values.receive()).isEqualTo(i);
            }
            assertThatThrownBy(values::receive).isInstanceOf(ChannelClosedException.class)
                    .hasCauseInstanceOf(IllegalStateException.class);
        }));
    }

    @Test
    @DisplayName("C7: a reader that does not read stops the taking of arguments")
    void aSlowReaderStopsTheStream() {
        TestPools.run(TWO, pool -> TaskGroup.run(group -> {
            int[] taken = new int[1];
            Iterable<Integer> counting = () -> IntStream.range(0, 100_000).peek(_ -> taken[0]++).iterator();
            var values = pool.<Integer, Integer>stream(group, new MapOptions(false, 500), counting, n -> n);
            for (int i = 0; i < 2000; i++) {
                values.receive();
            }
            TestPools.until(() -> pool.statistics().sent() + pool.statistics().waiting() == 0);
            assertThat(taken[0]).isBetween(2000, 2500);
            values.close();
        }));
    }

    @Test
    void closingAStreamInterruptsWhatRunsAndDropsTheRest() {
        TestPools.run(ONE, pool -> TaskGroup.run(group -> {
            String running = folder.resolve("running").toString();
            var values = pool.<Integer, Integer>stream(group, WIDE, numbers(1000), n -> {
                TestPools.announceAndStay(running);
                return n;
            });
            TestPools.awaitFile(Path.of(running));
            values.close();
            assertThat(pool.<Integer, RuntimeException>call(() -> 1)).isEqualTo(1);
        }));
    }

    @Test
    void largeItemsTravelAlone() {
        TestPools.run(ONE.withHeapBytes(256 << 20), pool -> {
            List<byte[]> large = List.of(new byte[3_000_000], new byte[1], new byte[200_000]);
            List<byte[]> back = pool.map(large, (byte[] bytes) -> Arrays.copyOf(bytes, 2 * bytes.length));
            assertThat(back).extracting(bytes -> bytes.length).containsExactly(6_000_000, 2, 400_000);
        });
    }

    @Test
    void aClosedPoolEndsItsStreams() {
        Async.run(() -> TaskGroup.run(group -> {
            String running = folder.resolve("running").toString();
            var pool = ProcessPool.open(ONE);
            var all = pool.<Integer, Integer>outcomes(group, WIDE, numbers(3), n -> {
                TestPools.announceAndStay(running);
                return n;
            });
            TestPools.awaitFile(Path.of(running));
            pool.close();
            assertThat(all.receive().state()).isInstanceOf(Awaitable.Cancelled.class);
        }));
    }
}
