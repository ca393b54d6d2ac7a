package dev.espalier.io;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Sees what passes through a stream: for a log, a recording, a count or a digest.
 *
 * {@snippet class="dev.espalier.io.StreamTapTest" region="tap"}
 *
 * <p>Around a stream under TLS it sees what is said, below it what travels.
 *
 * <p><b>Threads.</b> Called in the task that reads or writes, which it must not keep waiting; so it neither awaits nor blocks. One that
 * throws is told to the loop's error sink, and sees nothing more; the stream goes on.
 */
public interface StreamTap {
    /**
     * Bytes have come from the peer. Those that were read ahead of the stream before it was tapped come first.
     *
     * @param bytes the bytes, which may be read during the call only
     */
    default void received(ByteBuffer bytes) {}

    /** The peer has ended its direction. */
    default void receivedEnd() {}

    /**
     * Bytes have been written to the stream below: of a write that fails or is cancelled, those that were.
     *
     * @param bytes the bytes, which may be read during the call only
     */
    default void sent(ByteBuffer bytes) {}

    /** This side has ended its direction, or was closed in good order. */
    default void sentEnd() {}

    /** This side was closed, in good order or not. Nothing follows. */
    default void closed() {}

    /**
     * Puts a tap on a stream.
     *
     * @param plain the stream below, which is the returned stream's from now on
     * @param tap sees what passes
     * @return the stream, for tasks of this loop; closing or aborting it does so to the one below
     */
    static ByteStream on(ByteStream plain, StreamTap tap) {
        return new TappedStream(plain, tap);
    }

    /**
     * {@return a tap that tells of each event in a line, and shows bytes as figures and letters, sixteen a line}
     *
     * {@snippet class="dev.espalier.io.StreamTapTest" region="dump"}
     *
     * @param name begins each line
     * @param max how many bytes of each event are shown, from 0; how many there were is always said
     * @param lines gets the lines, such as {@code logger::debug}
     * @throws IllegalArgumentException if {@code max} is negative
     */
    static StreamTap dump(String name, int max, Consumer<? super String> lines) {
        return new DumpTap(name, max, lines);
    }
}
