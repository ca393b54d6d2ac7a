package dev.espalier.testing;

import dev.espalier.io.ByteStream;
import dev.espalier.io.StreamReader;
import java.time.Duration;
import java.util.function.IntSupplier;

/**
 * Two streams in memory, as {@link ByteStream#pair} makes them, and others that are as unpleasant as a network: in pieces of any size,
 * slow, or without a buffer between.
 *
 * {@snippet class="dev.espalier.testing.MemoryStreamsTest" region="pair"}
 *
 * <p>Needs {@code espalier-io}. <b>Threads.</b> They belong to the loop on which they were made.
 */
@SuppressWarnings("exports") // the streams module is optional, and "requires static transitive" would make it mandatory to compile
public final class MemoryStreams {
    private static final int CAPACITY = 64 << 10;

    private final ByteStream left;
    private final ByteStream right;

    private MemoryStreams(ByteStream left, ByteStream right) {
        this.left = left;
        this.right = right;
    }

    /** A pair that gives what was written in such pieces, each after such a time. */
    private static MemoryStreams slow(IntSupplier piece, Duration perByte) {
        ByteStream.Pair pair = ByteStream.pair(CAPACITY);
        return new MemoryStreams(slow(pair.left(), piece, perByte), slow(pair.right(), piece, perByte));
    }

    private static ByteStream slow(ByteStream stream, IntSupplier piece, Duration perByte) {
        return ByteStream.of(StreamReader.of(new SlowSource(stream, piece, perByte)), stream);
    }

    /**
     * {@return two streams that hold 64 KiB in each direction}
     */
    public static MemoryStreams pair() {
        return pair(CAPACITY);
    }

    /**
     * Makes two streams that hold so much.
     *
     * @param capacity bytes in each direction, from 0; a writer waits when they are full
     * @return the streams
     */
    public static MemoryStreams pair(int capacity) {
        ByteStream.Pair pair = ByteStream.pair(capacity);
        return new MemoryStreams(pair.left(), pair.right());
    }

    /**
     * {@return two streams on which a write returns when the peer has read all of it} For tests of what happens between a write
     * and the peer's next read.
     */
    public static MemoryStreams lockstep() {
        return pair(0);
    }

    /**
     * Makes two streams that give what was written in pieces of random size. What reads well from these does not depend on where
     * the network cuts.
     *
     * @param tester whose random numbers decide
     * @param most how large a piece is at most, from 1
     * @return the streams
     * @throws IllegalArgumentException if {@code most} is less
     */
    public static MemoryStreams chunked(LoopTester tester, int most) {
        if (most < 1) {
            throw new IllegalArgumentException("a piece has at least 1 byte, not " + most);
        }
        return slow(() -> 1 + tester.random().nextInt(most), Duration.ZERO);
    }

    /**
     * Makes two streams that carry so many bytes in a second of virtual time, in each direction.
     *
     * @param bytesPerSecond from 1
     * @return the streams
     * @throws IllegalArgumentException if it is less
     */
    public static MemoryStreams throttled(long bytesPerSecond) {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException("at least 1 byte must pass in a second, not " + bytesPerSecond);
        }
        Duration perByte = Duration.ofNanos(Math.max(1, 1_000_000_000 / bytesPerSecond));
        int piece = Math.clamp(bytesPerSecond / 100, 1, CAPACITY); // a hundred pieces a second
        return slow(() -> piece, perByte);
    }

    /**
     * {@return one end}
     */
    public ByteStream left() {
        return left;
    }

    /**
     * {@return the other end}
     */
    public ByteStream right() {
        return right;
    }

    @Override
    public String toString() {
        return "MemoryStreams[" + left + ", " + right + "]";
    }
}
