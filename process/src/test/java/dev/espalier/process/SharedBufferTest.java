package dev.espalier.process;

import static dev.espalier.process.ChildProcessTest.QUIET;
import static dev.espalier.process.TestPools.ONE;
import static dev.espalier.process.TestPools.TWO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.espalier.core.Async;
import dev.espalier.core.Receiver;
import dev.espalier.core.Sender;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Shared buffers, with real child JVMs.
 */
@Timeout(120)
class SharedBufferTest {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    record Page(String name, SharedBuffer pixels) {
    }

    @TempDir
    Path folder;

    /** Whatever a test did, nothing is left of its buffers. */
    @AfterEach
    void nothingIsLeft() {
        assertNoneIsLeft();
    }

    static void assertNoneIsLeft() {
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(files()).isEmpty());
    }

    static List<Path> files() {
        return Stream.of(SharedPlace.text().split(java.io.File.pathSeparator)).map(Path::of).filter(Files::exists)
                .flatMap(directory -> {
                    try (Stream<Path> all = Files.list(directory)) {
                        return all.toList().stream();
                    } catch (IOException removedMeanwhile) {
                        return Stream.of();
                    }
                }).toList();
    }

    private static SharedBuffer doubled(SharedBuffer buffer) {
        MemorySegment memory = buffer.segment();
        for (long i = 0; i < memory.byteSize() / 8; i++) {
            memory.setAtIndex(LONG, i, 2 * memory.getAtIndex(LONG, i));
        }
        return buffer;
    }

    static SharedBuffer filled(long... values) {
        SharedBuffer buffer = SharedBuffer.allocate(8L * values.length);
        MemorySegment.copy(values, 0, buffer.segment(), LONG, 0, values.length);
        return buffer;
    }

    static long[] longs(SharedBuffer buffer) {
        return buffer.segment().toArray(LONG);
    }

    // ---- loan, send, receive, close

    @Test
    @DisplayName("F1, E4: a buffer goes there as an argument and comes back as a result, and is never in two places")
    void movesThereAndBack() {
        TestPools.run(ONE, pool -> {
            // @start region="moves"
            SharedBuffer numbers = SharedBuffer.allocate(1 << 20);
            numbers.segment().setAtIndex(ValueLayout.JAVA_LONG, 7, 21);
            try (SharedBuffer back = pool.call(SharedBufferTest::doubled, numbers)) { // `numbers` has moved
                assertThat(back.segment().getAtIndex(ValueLayout.JAVA_LONG, 7)).isEqualTo(42);
            }
            // @end
            assertThatThrownBy(numbers::segment).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("of 1048576 bytes, which was sent at ")
                    .hasMessageContaining(" by task ").hasMessageEndingWith("whoever has received it has it now");
        });
    }

    @Test
    @DisplayName("F1: captured, in records, lists and maps, and several in one message")
    void travelsInsideOfOtherValues() {
        TestPools.run(ONE, pool -> {
            SharedBuffer captured = filled(1);
            Page page = new Page("a", filled(2));
            Map<String, List<SharedBuffer>> nested = Map.of("x", List.of(filled(3), filled(4)));
            List<Page> back = pool.call(() -> List.of(page, new Page("b", doubled(captured)), new Page("c", nested.get("x").get(1))));
            assertThat(back.stream().map(each -> longs(each.pixels())[0])).containsExactly(2L, 2L, 4L);
            back.forEach(each -> each.pixels().close());
        });
    }

    @Test
    @DisplayName("F1: between processes it moves again and again, without growing anywhere")
    void movesAgainAndAgain() {
        TestPools.run(TWO, pool -> {
            SharedBuffer buffer = filled(1, 2, 3);
            for (int i = 0; i < 20; i++) {
                buffer = pool.<SharedBuffer, SharedBuffer, RuntimeException>call(SharedBufferTest::doubled, buffer);
                assertThat(files()).hasSize(1);
            }
            assertThat(longs(buffer)).containsExactly(1L << 20, 2L << 20, 3L << 20);
            buffer.close();
        });
    }

    @Test
    @DisplayName("F1: a child allocates, too, in a task and on a loop")
    void aChildAllocates() {
        TestPools.run(ONE, pool -> {
            try (SharedBuffer made = pool.<SharedBuffer, RuntimeException>call(() -> filled(5, 6))) {
                assertThat(longs(made)).containsExactly(5, 6);
            }
        });
        Async.run(() -> TaskGroup.run(group -> {
            try (SharedBuffer made = ChildProcess.<SharedBuffer>start(group, QUIET, () -> filled(7)).await()) {
                assertThat(longs(made)).containsExactly(7);
            }
        }));
    }

    private static void doubleAll(Receiver<SharedBuffer> in, Sender<SharedBuffer> out) {
        for (SharedBuffer each : in) {
            out.send(doubled(each));
        }
        out.close();
    }

    @Test
    @DisplayName("F1: through channels, from child to child")
    void movesThroughChannels() {
        List<Long> seen = Async.run(() -> TaskGroup.call(group -> {
            ProcessChannel<SharedBuffer> first = ProcessChannel.open(2);
            ProcessChannel<SharedBuffer> second = ProcessChannel.open(2);
            ProcessChannel<SharedBuffer> third = ProcessChannel.open(2);
            Receiver<SharedBuffer> in1 = first.receiver();
            Sender<SharedBuffer> out1 = second.sender();
            Receiver<SharedBuffer> in2 = second.receiver();
            Sender<SharedBuffer> out2 = third.sender();
            ChildProcess.start(group, QUIET, () -> doubleAll(in1, out1));
            ChildProcess.start(group, QUIET, () -> doubleAll(in2, out2));
            group.start(() -> {
                for (int i = 0; i < 30; i++) {
                    first.sender().send(filled(i));
                }
                first.sender().close();
            });
            List<Long> values = new ArrayList<>();
            for (SharedBuffer each : third.receiver()) {
                try (each) {
                    values.add(longs(each)[0]);
                }
            }
            return values;
        }));
        assertThat(seen).containsExactlyElementsOf(IntStream.range(0, 30).mapToObj(i -> 4L * i).toList());
    }

    @Test
    @DisplayName("F1: as arguments and results of a call for many")
    void movesInAMap() {
        TestPools.run(TWO, pool -> {
            List<SharedBuffer> buffers = IntStream.range(0, 100).mapToObj(i -> filled(i)).toList();
            List<SharedBuffer> back = pool.map(buffers, SharedBufferTest::doubled);
            assertThat(back.stream().map(each -> longs(each)[0]))
                    .containsExactlyElementsOf(IntStream.range(0, 100).mapToObj(i -> 2L * i).toList());
            back.forEach(SharedBuffer::close);
        });
    }

    // ---- what is not allowed

    @Test
    @DisplayName("F1: closed twice is closed once; using it afterwards says when it was closed")
    void closedTwice() {
        SharedBuffer buffer = SharedBuffer.allocate(100);
        MemorySegment kept = buffer.segment();
        buffer.close();
        buffer.close();
        assertThat(buffer.byteSize()).isEqualTo(100);
        assertThatThrownBy(buffer::segment).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("which was closed at ").hasMessageContaining(" by thread ");
        assertThatThrownBy(() -> kept.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName("F1: what is sent twice, or was closed, does not travel, and the error says since when")
    void doesNotTravelTwice() {
        TestPools.run(ONE, pool -> {
            SharedBuffer closed = filled(1);
            closed.close();
            assertThatThrownBy(() -> pool.call(SharedBufferTest::longs, closed)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("which was closed at ");
            SharedBuffer twice = filled(1);
            assertThatThrownBy(() -> pool.call((SharedBuffer other) -> longs(twice)[0] + longs(other)[0], twice))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("is in this message already");
            assertThat(longs(twice)).containsExactly(1);
            twice.close();
        });
    }

    @Test
    @DisplayName("F1, 3.7: a message that cannot be sent leaves its buffers here")
    void staysWhenTheMessageCannotBeSent() {
        TestPools.run(ONE, pool -> {
            SharedBuffer buffer = filled(1);
            Object unfit = new Object();
            assertThatThrownBy(() -> pool.call((List<Object> list) -> list.size(), List.of(buffer, unfit)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(longs(buffer)).containsExactly(1);
            buffer.close();
        });
    }

    @Test
    @DisplayName("F1: of two buffers in one message the first comes back if the second cannot leave")
    void allLeaveOrNone() {
        SharedBuffer first = filled(1);
        SharedBuffer second = filled(2);
        Departures departures = new Departures();
        departures.add(first);
        departures.add(second);
        second.close();
        assertThatThrownBy(() -> departures.leave(new Parcels())).isInstanceOf(EncodingException.class);
        assertThat(longs(first)).containsExactly(1);
        first.close();
    }

    @Test
    @DisplayName("F1: a function for many arguments captures no buffer that moves")
    void aFunctionForManyCapturesNone() {
        TestPools.run(ONE, pool -> {
            SharedBuffer buffer = filled(1);
            assertThatThrownBy(() -> pool.map(List.of(1, 2), i -> longs(buffer)[0] + i))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("shareReadOnly()");
            assertThat(longs(buffer)).containsExactly(1);
            buffer.close();
        });
    }

    @Test
    void sizesHaveBounds() {
        assertThatThrownBy(() -> SharedBuffer.allocate(0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bytes");
        assertThatThrownBy(() -> SharedBuffer.allocate((1L << 40) + 1)).isInstanceOf(IllegalArgumentException.class);
        try (SharedBuffer one = SharedBuffer.allocate(1)) {
            assertThat(one.segment().byteSize()).isEqualTo(1);
            assertThat(one.segment().address() % 4096).isZero();
        }
    }

    // ---- many readers

    @Test
    @DisplayName("F6: many processes read the same memory, as often as they like, and none writes it")
    void manyRead() {
        TestPools.run(TWO, pool -> {
            try (SharedBuffer table = filled(10, 20, 30).shareReadOnly()) {
                assertThat(pool.map(List.of(0, 1, 2, 1), i -> table.segment().getAtIndex(LONG, i)))
                        .containsExactly(10L, 20L, 30L, 20L);
                assertThat(pool.<Boolean, RuntimeException>call(() -> table.isReadOnly() && table.segment().isReadOnly())).isTrue();
                assertThat(pool.<SharedBuffer, RuntimeException>call(() -> table)).isSameAs(table);
                assertThat(longs(table)).containsExactly(10, 20, 30);
                assertThatThrownBy(table::shareReadOnly).isInstanceOf(IllegalStateException.class);
            }
        });
    }

    private static final List<SharedBuffer> HELD = new ArrayList<>();

    private static long hold(SharedBuffer buffer) {
        HELD.add(buffer);
        return longs(buffer)[0];
    }

    @Test
    @DisplayName("F6: closed by whoever shares it, it is received no more; those who have it keep it")
    void readersKeepIt() {
        TestPools.run(ONE, pool -> {
            SharedBuffer writer = filled(10);
            SharedBuffer table = writer.shareReadOnly();
            assertThatThrownBy(writer::segment).hasMessageEndingWith("use what shareReadOnly() gave");
            assertThat(pool.<SharedBuffer, Long, RuntimeException>call(SharedBufferTest::hold, table)).isEqualTo(10);
            table.close();
            assertThat(pool.<Long, RuntimeException>call(() -> longs(HELD.getFirst())[0])).isEqualTo(10);
            assertThatThrownBy(() -> pool.call(SharedBufferTest::longs, table)).isInstanceOf(IllegalArgumentException.class);
        });
    }
}
