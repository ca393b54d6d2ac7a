package dev.espalier.io;

import dev.espalier.core.Awaits;
import dev.espalier.core.BusyException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The reading side of a stream of bytes.
 *
 * <p>The end of the stream is permanent: every read after it reports it again. A connection that breaks is reported after the bytes
 * that came before.
 *
 * <p><b>Cancellation.</b> Every method is all or nothing: cancelled, it has taken no byte from the stream.
 *
 * <p><b>Threads.</b> One task reads at a time; a second one gets a {@link BusyException}.
 *
 * {@snippet class="dev.espalier.io.SnippetsTest" region="lines"}
 */
public interface StreamReader {
    /** How long a line may be where nothing else is said: 1 MiB, in bytes. */
    int LINE_LIMIT = 1 << 20;

    /**
     * Reads what is there, waiting for the first byte.
     *
     * @param max how many bytes at most, from 0; 0 does not wait
     * @return from 1 to {@code max} bytes; none at the end of the stream
     * @throws BusyException if another task is reading
     * @throws StreamClosedException if the stream was closed on this side, also while waiting
     * @throws IOException if the connection broke
     */
    @Awaits
    byte[] read(int max) throws IOException;

    /**
     * Reads what is there into a buffer, waiting for the first byte. It allocates nothing while the reader keeps up.
     *
     * @param target where to put the bytes
     * @return how many bytes, from 1; 0 if the buffer has no room; -1 at the end of the stream
     * @throws IOException as {@link #read(int)}
     */
    @Awaits
    int read(ByteBuffer target) throws IOException;

    /**
     * Reads an exact number of bytes.
     *
     * @param count how many bytes, from 0
     * @return so many bytes
     * @throws IncompleteReadException if the stream ended before; what came stays readable
     * @throws IOException as {@link #read(int)}
     */
    @Awaits
    byte[] readExactly(int count) throws IOException;

    /**
     * Reads up to a separator, and takes the separator too.
     *
     * @param separator at least one byte
     * @param max how many bytes at most, the separator not counted, from 0
     * @return the bytes before the separator
     * @throws ReadLimitException if more than {@code max} bytes came before it; they stay readable
     * @throws IncompleteReadException if the stream ended before it came; what came stays readable
     * @throws IOException as {@link #read(int)}
     */
    @Awaits
    byte[] readUntil(byte[] separator, int max) throws IOException;

    /**
     * Reads a line of at most {@link #LINE_LIMIT} bytes; as {@link #readLine(int)}.
     *
     * @return the line; null at the end of the stream
     * @throws ReadLimitException if the line is longer
     * @throws IOException as {@link #read(int)}
     */
    @Awaits
    default @Nullable String readLine() throws IOException {
        return readLine(LINE_LIMIT);
    }

    /**
     * Reads a line of UTF-8; malformed bytes become {@code U+FFFD}. Lines end with LF or CR LF; a CR alone is part of the line.
     * The last line needs no end.
     *
     * @param max how many bytes at most, the line's end not counted, from 0
     * @return the line without its end; null at the end of the stream
     * @throws ReadLimitException if the line is longer; it stays readable
     * @throws IOException as {@link #read(int)}
     */
    @Awaits
    @Nullable String readLine(int max) throws IOException;

    /**
     * Reads everything up to the end of the stream.
     *
     * @param max how many bytes at most, from 0
     * @return the bytes
     * @throws ReadLimitException if more came; they stay readable
     * @throws IOException as {@link #read(int)}
     */
    @Awaits
    byte[] readAll(int max) throws IOException;

    /**
     * Waits until a byte can be read or the stream ends. Takes nothing.
     *
     * @return whether the stream has ended and nothing is left to read
     * @throws IOException as {@link #read(int)}
     */
    @Awaits
    boolean atEnd() throws IOException;

    /**
     * Makes a reader of anything that gives bytes: all reads of it, over one. For streams of your own.
     *
     * {@snippet class="dev.espalier.io.ReaderOfSourceTest" region="source"}
     *
     * @param source gives the bytes; its {@code toString} appears in the messages of the reader
     * @return the reader, for tasks of this loop
     */
    static StreamReader of(Source source) {
        return new SourceReader(source, LoopShare.current(), 8192);
    }

    /** Gives bytes, from the first to the last. Asked by one task at a time. */
    @FunctionalInterface
    interface Source {
        /**
         * Waits for bytes, at least one.
         *
         * <p><b>Cancellation.</b> Cancelled, it must have taken no byte.
         *
         * @param target gets them; it has room
         * @return how many; -1 at the end of the stream, also when asked again
         * @throws IOException if the connection broke
         */
        @Awaits
        int read(ByteBuffer target) throws IOException;

        /**
         * Looks whether reading is allowed, before each read.
         *
         * @throws IOException if not, a {@link StreamClosedException} best
         */
        default void checkOpen() throws IOException {}
    }

    /**
     * The lines that are left, of at most {@link #LINE_LIMIT} bytes each. The iterator's {@code hasNext} awaits and takes one
     * line; it throws {@link java.io.UncheckedIOException} where {@link #readLine()} throws an {@link IOException}.
     *
     * @return the lines; they can be iterated once
     */
    default Iterable<String> lines() {
        return () -> new LineIterator(this);
    }
}
