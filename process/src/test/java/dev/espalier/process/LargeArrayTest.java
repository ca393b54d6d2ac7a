package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Large arrays travel beside their messages, and nobody sees that.
 */
@Timeout(120)
class LargeArrayTest {
    private static final int COUNT = 100_001;
    private static final PoolOptions ONE = PoolOptions.defaults().withWorkers(1).withHeapBytes(256L << 20);

    record Arrays7(byte[] bytes, short[] shorts, char[] chars, int[] ints, long[] longs, float[] floats, double[] doubles) {
        static Arrays7 of(int seed) {
            Arrays7 all = new Arrays7(new byte[COUNT], new short[COUNT], new char[COUNT], new int[COUNT], new long[COUNT],
                    new float[COUNT], new double[COUNT]);
            for (int i = 0; i < COUNT; i++) {
                int value = i * 31 + seed;
                all.bytes[i] = (byte) value;
                all.shorts[i] = (short) value;
                all.chars[i] = (char) value;
                all.ints[i] = value;
                all.longs[i] = (long) value << 20;
                all.floats[i] = value;
                all.doubles[i] = value / 3.0;
            }
            return all;
        }

        int hash() {
            return List.of(Arrays.hashCode(bytes), Arrays.hashCode(shorts), Arrays.hashCode(chars), Arrays.hashCode(ints),
                    Arrays.hashCode(longs), Arrays.hashCode(floats), Arrays.hashCode(doubles)).hashCode();
        }
    }

    @AfterEach
    void ringsAgain() {
        System.clearProperty("espalier.rings");
    }

    @ParameterizedTest(name = "rings: {0}")
    @ValueSource(strings = {"on", "off"})
    @DisplayName("C3: large arrays of all kinds come there and back, wherever in a value they are")
    void ofAllKinds(String rings) {
        System.setProperty("espalier.rings", rings);
        TestPools.run(ONE, pool -> {
            Arrays7 sent = Arrays7.of(1);
            int hash = sent.hash();
            Arrays7 back = pool.<Arrays7, RuntimeException>call(() -> {
                if (sent.hash() != hash) {
                    throw new IllegalStateException("it was changed on its way");
                }
                return Arrays7.of(2);
            });
            assertThat(back.hash()).isEqualTo(Arrays7.of(2).hash());
        });
    }

    @Test
    void anArrayThatIsThereTwiceIsOneArrayThere() {
        TestPools.run(ONE, pool -> {
            long[] one = new long[COUNT];
            List<long[]> back = pool.<List<long[]>, List<long[]>, RuntimeException>call(list -> {
                list.get(0)[5] = list.get(0) == list.get(1) ? 7 : 8;
                return list;
            }, List.of(one, one));
            assertThat(back.get(0)).isSameAs(back.get(1));
            assertThat(back.get(0)[5]).isEqualTo(7);
            assertThat(one[5]).isZero();
        });
    }

    @Test
    void aSubmittedArrayMayBeChangedAtOnce() {
        TestPools.run(ONE, pool -> {
            byte[] buffer = new byte[5 << 20];
            RemoteTask<Integer> first = pool.submit(LargeArrayTest::sum, buffer);
            Arrays.fill(buffer, (byte) 1);
            RemoteTask<Integer> second = pool.submit(LargeArrayTest::sum, buffer);
            Arrays.fill(buffer, (byte) 2);
            assertThat(first.await()).isZero();
            assertThat(second.await()).isEqualTo(buffer.length);
        });
    }

    private static int sum(byte[] bytes) {
        int sum = 0;
        for (byte each : bytes) {
            sum += each;
        }
        return sum;
    }

    @Test
    void aFailureAfterLargeArraysIsAFailure() {
        TestPools.run(ONE, pool -> {
            Object cannotTravel = new Object();
            assertThatThrownBy(() -> pool.<List<Object>, RuntimeException>call(() -> List.of(new int[COUNT], new Thread())))
                    .isInstanceOf(RemoteTaskException.class);
            assertThatThrownBy(() -> pool.call((Object list) -> list, List.of(new int[COUNT], cannotTravel)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(pool.<int[], RuntimeException>call(() -> new int[COUNT])).hasSize(COUNT);
        });
    }

    // ---- what a peer may not do

    private static FrameReader reader() {
        return new FrameReader(ByteBuffer.allocate(200_000), 1_000_000);
    }

    private static void feed(FrameReader reader, boolean more, byte[] payload) throws IOException {
        reader.input().putLong(Frames.head(FrameKind.ARRAY, more, payload.length)).putLong(5).put(payload);
        reader.drain((kind, _, _, _, _) -> {
            throw new AssertionError(kind);
        });
    }

    private static byte[] announcement(int tag, int count) {
        return ByteBuffer.allocate(LargeArray.HEADER).order(Frames.ORDER).put((byte) tag).putInt(count).array();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 100, 125_001, 1 << 28, 1 << 29, Integer.MAX_VALUE})
    void anAnnouncementOutsideOfTheBoundsIsRefused(int count) {
        assertThatThrownBy(() -> feed(reader(), false, announcement(Tag.LONGS, count)))
                .isInstanceOf(ProtocolException.class).hasMessageContaining("bytes are allowed");
    }

    @Test
    void theLimitHoldsForAllTogether() throws IOException {
        FrameReader reader = reader();
        feed(reader, false, announcement(Tag.BYTES, 40_000));
        feed(reader, false, new byte[40_000]);
        assertThat(reader.atBoundary()).isFalse();
        assertThatThrownBy(() -> feed(reader, false, announcement(Tag.BYTES, 960_001)))
                .isInstanceOf(ProtocolException.class).hasMessageContaining("to 960000 bytes");
    }

    @Test
    void otherThanAnnouncedIsRefused() throws IOException {
        assertThatThrownBy(() -> feed(reader(), false, announcement(Tag.BOOLEANS, 100_000)))
                .isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> feed(reader(), false, new byte[6])).isInstanceOf(ProtocolException.class);
        for (boolean more : new boolean[] {true, false}) {
            FrameReader reader = reader();
            feed(reader, false, announcement(Tag.BYTES, 40_000));
            assertThatThrownBy(() -> feed(reader, more, new byte[more ? 40_000 : 39_999]))
                    .isInstanceOf(ProtocolException.class).hasMessageContaining("are missing");
        }
    }

    @Test
    void aMessageBeforeItsArrayIsWholeIsRefused() throws IOException {
        FrameReader reader = reader();
        feed(reader, false, announcement(Tag.BYTES, 40_000));
        feed(reader, true, new byte[39_999]);
        assertThatThrownBy(() -> reader.arrays(5)).isInstanceOf(ProtocolException.class)
                .hasMessageContaining("before all of its");
        assertThat(reader.arrays(6)).isEmpty();
    }

    @Test
    void anArrayThatDidNotComeIsAnErrorOfTheValue() {
        Decoder decoder = new Decoder(CodecSharingTest.symbols(new SymbolTable()));
        byte[] first = {Tag.LARGE, 0};
        byte[] one = {1};
        assertThat(decoder.over(first, 0, 2, new Object[] {one}).last()).isSameAs(one);
        assertThatThrownBy(() -> decoder.over(first, 0, 2).last()).isInstanceOf(EncodingException.class);
        byte[] twice = {Tag.ARRAY_LIST, 2, Tag.LARGE, 0, Tag.LARGE, 0};
        assertThatThrownBy(() -> decoder.over(twice, 0, twice.length, new Object[] {one}).last())
                .isInstanceOf(EncodingException.class).hasMessageContaining("no array 0");
    }

    @Test
    void theWriterCutsWhatTheReaderTakes() throws IOException {
        double[] array = Arrays7.of(3).doubles();
        FrameWriter writer = new FrameWriter();
        writer.append(5, LargeArray.around(Tag.DOUBLES, array));
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        assertThat(writer.writeTo(Channels.newChannel(stream))).isTrue();
        FrameReader reader = reader();
        byte[] bytes = stream.toByteArray();
        for (int at = 0; at < bytes.length;) {
            int count = Math.min(bytes.length - at, reader.input().remaining());
            reader.input().put(bytes, at, count);
            at += count;
            reader.drain((kind, _, _, _, _) -> {
                throw new AssertionError(kind);
            });
        }
        assertThat(reader.arrays(5)).containsExactly((Object) array);
    }
}
