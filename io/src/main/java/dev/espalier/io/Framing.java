package dev.espalier.io;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * How a stream of bytes is cut into frames. The usual ways are here; a way of your own looks at the bytes that have come and says where
 * the first frame is, or that it needs more of them:
 *
 * {@snippet class="dev.espalier.io.FramedTest" region="own"}
 *
 * <p>Read with {@link StreamReader#readFrame} or {@link Framed}.
 *
 * <p><b>Threads.</b> Framings made here keep no state: any number of streams, loops and threads may use one.
 */
@FunctionalInterface
public interface Framing {
    /** How long a frame of the framings made here may be at most, in bytes. */
    int LONGEST = Integer.MAX_VALUE - 64;

    /**
     * Looks for the first frame. Must not await, and must not keep the buffer. What it throws comes out of the read; the bytes stay
     * readable.
     *
     * @param bytes all bytes that have come and were not taken, at least one, from index 0 to the buffer's limit; read only
     * @param seen how many of them this read has shown before, so that none need be searched twice; from 0
     * @return where the frame is; it may end beyond what has come, and is then waited for
     * @throws IOException if the bytes break the protocol, a {@link ProtocolException} best; if a frame is too long, a
     *     {@link ReadLimitException}
     */
    Look look(ByteBuffer bytes, int seen) throws IOException;

    /**
     * Looks for the last frame, when the stream has ended and {@link #look} wants more than has come. Unless overridden, there is
     * none: the read then throws an {@link IncompleteReadException}.
     *
     * @param bytes as in {@link #look}
     * @return the frame, within what has come; or that more was needed
     * @throws IOException as {@link #look}
     */
    default Look lookAtEnd(ByteBuffer bytes) throws IOException {
        return new More(bytes.limit() + 1);
    }

    /**
     * Makes a frame to be written. Unless overridden, the content is one already.
     *
     * @param content what a read of the frame shall give
     * @return the frame
     * @throws IllegalArgumentException if it cannot be the content of a frame: it is too long, or has what ends a frame in it
     */
    default byte[] frame(byte[] content) {
        return content;
    }

    /** What a look has found. */
    sealed interface Look {}

    /**
     * There is no frame yet.
     *
     * @param total how many bytes must have come for a look to be worth it; more than it was shown
     */
    record More(int total) implements Look {}

    /**
     * A frame.
     *
     * @param from where its content begins, from 0; what is before it is skipped
     * @param to where its content ends
     * @param next where the next frame begins, at least 1; what is between is skipped
     */
    record Frame(int from, int to, int next) implements Look {
        /** Checks the order. */
        public Frame {
            if (from < 0 || to < from || next < to || next == 0) {
                throw new IllegalArgumentException("a frame's content begins at 0 or later, does not end before it begins, and the"
                        + " next frame begins not before that and at 1 or later; not " + from + ", " + to + ", " + next);
            }
        }

        /**
         * A frame that is nothing but content.
         *
         * @param length how many bytes, from 1
         */
        public Frame(int length) {
            this(0, length, length);
        }
    }

    /**
     * Frames of one length.
     *
     * @param length how many bytes, from 1 to {@link #LONGEST}
     * @return the framing
     */
    static Framing fixed(int length) {
        return new Framings.Fixed(length);
    }

    /**
     * Frames that begin with their length: an unsigned number, which does not count itself. It is checked before anything is
     * reserved for the content.
     *
     * @param width bytes of the number: 1, 2, 4 or 8
     * @param order the order of these bytes; networks mostly use {@link ByteOrder#BIG_ENDIAN}
     * @param max how long a content may be, from 0 to the largest such number, and to {@link #LONGEST}
     * @return the framing; a frame that is too long is a {@link ReadLimitException}
     */
    static Framing lengthPrefixed(int width, ByteOrder order, int max) {
        return new Framings.Prefixed(width, order, max);
    }

    /**
     * Frames that begin with their length as a variable-length number, as Protocol Buffers do; otherwise as {@link #lengthPrefixed}.
     *
     * @param max how long a content may be, from 0 to {@link #LONGEST}
     * @return the framing; a number that is none is a {@link ProtocolException}
     */
    static Framing varintPrefixed(int max) {
        return new Framings.VarintPrefixed(max);
    }

    /**
     * Frames that end with a separator. Where several are possible the one that ends first counts, and of those the longest. A frame
     * whose separator has not come when the stream ends is incomplete.
     *
     * @param max how long a content may be, from 0 to {@link #LONGEST}
     * @param separators each at least one byte
     * @return the framing; a frame that is too long is a {@link ReadLimitException}. It refuses to frame a content in which a
     *     separator ends; several separators frame with the first
     */
    static Framing delimited(int max, byte[]... separators) {
        return new Framings.Delimited(max, Arrays.stream(separators).map(byte[]::clone).toList());
    }

    /**
     * Lines, as {@link StreamReader#readLine(int)} takes them: they end with LF or CR LF, and the last needs no end. It frames with
     * LF.
     *
     * @param max how long a line may be, its end not counted, from 0 to {@link #LONGEST}
     * @return the framing; a line that is too long is a {@link ReadLimitException}
     */
    static Framing lines(int max) {
        return new Framings.Lines(max);
    }
}
