package dev.espalier.io;

import dev.espalier.core.Awaits;
import dev.espalier.core.Portal;
import dev.espalier.core.VoidBodyWith;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The writing side of a stream of bytes.
 *
 * <p>A write returns when the system has taken all bytes, so a slow peer slows the writer down and nothing piles up. The caller
 * lends its array or buffer until then. Once a write has failed, every later one fails at once, with the first failure as
 * cause.
 *
 * <p><b>Cancellation.</b> Cancelled before its first byte was sent, a write has no effect. Cancelled later, the stream's output is
 * torn: the error carries a suppressed {@link StreamClosedException} that says how much was sent, and later writes fail.
 *
 * <p><b>Threads.</b> Any number of tasks of the loop may write: <b>Ordering.</b> first come, first served, and the bytes of
 * one call stay together.
 */
public interface StreamWriter {
    /**
     * Writes bytes.
     *
     * @param bytes the bytes
     * @throws StreamClosedException if the stream was closed on this side or its writing side was ended, also while waiting; or
     *     if an earlier write failed
     * @throws IOException if the connection broke
     */
    @Awaits
    default void write(byte[] bytes) throws IOException {
        write(ByteBuffer.wrap(bytes));
    }

    /**
     * Writes what is left in a buffer. Its position moves with what was sent, so that after a failure it tells how much that was.
     *
     * @param bytes the bytes
     * @throws IOException as {@link #write(byte[])}
     */
    @Awaits
    void write(ByteBuffer bytes) throws IOException;

    /**
     * Writes what is left in several buffers, as one write; as {@link #writeTogether}. Their positions move when all was written.
     *
     * @param buffers the bytes
     * @throws IOException as {@link #write(byte[])}
     */
    @Awaits
    default void write(ByteBuffer... buffers) throws IOException {
        writeTogether(writer -> {
            for (ByteBuffer each : buffers) {
                writer.write(each.duplicate());
            }
        });
        for (ByteBuffer each : buffers) {
            each.position(each.limit());
        }
    }

    /**
     * Makes one write of several: their bytes stay together, and up to 64 KiB of them leave in one write to the system, at the end of the
     * body. Larger ones leave as they come, and the body waits while the peer does not read.
     *
     * {@snippet class="dev.espalier.io.WriteTogetherTest" region="together"}
     *
     * <p><b>Cancellation.</b> As one write. If the body throws before 64 KiB were written, nothing was written at all; later, the
     * output is torn.
     *
     * @param body writes to the writer it is given, and not to this one
     * @throws IOException as {@link #write(byte[])}, or as the body does
     */
    @Awaits
    void writeTogether(VoidBodyWith<? super StreamWriter, ? extends IOException> body) throws IOException;

    /**
     * Writes a text in UTF-8.
     *
     * @param text the text
     * @throws IOException as {@link #write(byte[])}
     */
    @Awaits
    void write(String text) throws IOException;

    /**
     * Writes a text in UTF-8 and then LF.
     *
     * @param text the text
     * @throws IOException as {@link #write(byte[])}
     */
    @Awaits
    void writeLine(String text) throws IOException;

    /**
     * Writes a byte. Each such method is a write of its own: {@link #writeTogether} makes one of many.
     *
     * {@snippet class="dev.espalier.io.TypedReadsTest" region="writing"}
     *
     * @param value from -128 to 255
     * @throws IOException as {@link #write(byte[])}
     */
    @Awaits
    default void writeByte(int value) throws IOException {
        write(new byte[] {(byte) checked(value, Byte.MIN_VALUE, 0xFF)});
    }

    /**
     * Writes a number of 2 bytes.
     *
     * @param value from -32768 to 65535
     * @param order the order of its bytes; networks mostly use {@link ByteOrder#BIG_ENDIAN}
     * @throws IOException as {@link #write(byte[])}
     */
    @Awaits
    default void writeShort(int value, ByteOrder order) throws IOException {
        short number = (short) checked(value, Short.MIN_VALUE, 0xFFFF);
        write(ByteBuffer.allocate(Short.BYTES).order(order).putShort(number).flip());
    }

    /**
     * Writes a number of 4 bytes.
     *
     * @param value the number
     * @param order the order of its bytes
     * @throws IOException as {@link #write(byte[])}
     */
    @Awaits
    default void writeInt(int value, ByteOrder order) throws IOException {
        write(ByteBuffer.allocate(Integer.BYTES).order(order).putInt(value).flip());
    }

    /**
     * Writes a number of 8 bytes.
     *
     * @param value the number
     * @param order the order of its bytes
     * @throws IOException as {@link #write(byte[])}
     */
    @Awaits
    default void writeLong(long value, ByteOrder order) throws IOException {
        write(ByteBuffer.allocate(Long.BYTES).order(order).putLong(value).flip());
    }

    /**
     * Writes an unsigned number of variable length; see {@link StreamReader#readVarint}.
     *
     * @param value the number; a negative one counts as one of 64 bits
     * @throws IOException as {@link #write(byte[])}
     */
    @Awaits
    default void writeVarint(long value) throws IOException {
        write(Varint.of(value));
    }

    private static int checked(int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException("a number from " + least + " to " + most + " is needed, not " + value);
        }
        return value;
    }

    /**
     * Writes a part of a file: over a plain socket the system takes it without a copy, in pieces of at most 1 MiB on an offload thread,
     * so that a slow disk holds nobody up. As one write: the bytes stay together.
     *
     * {@snippet class="dev.espalier.io.CopyTest" region="sendFile"}
     *
     * <p><b>Cancellation.</b> As any write; a piece under way is waited for.
     *
     * @param file the file, open to read
     * @param position of the first byte, from 0
     * @param count how many bytes, from 0; {@link Long#MAX_VALUE} for all up to the end
     * @return how many were written: fewer if the file ends before
     * @throws IOException as {@link #write(byte[])}, or if the file cannot be read
     */
    @Awaits
    long sendFile(AsyncFile file, long position, long count) throws IOException;

    /**
     * Writes what the system takes at once.
     *
     * @param bytes the bytes
     * @return how many were written, from the first; 0 also while other tasks are writing
     * @throws IOException as {@link #write(byte[])}
     */
    int tryWrite(byte[] bytes) throws IOException;

    /**
     * Waits until a write would begin at once: for those who write what is newest, and would rather skip a state than send one that has
     * become old while it waited. Sends nothing. Another task may write first; then the next write waits again, or {@link #tryWrite}
     * writes nothing.
     *
     * {@snippet class="dev.espalier.io.LatestTest" region="latest"}
     *
     * <p>What the system has taken is on its way and becomes old there: a small {@link java.net.StandardSocketOptions#SO_SNDBUF} keeps
     * that little. A stream that blocks, see {@link #of(OutputStream)}, does not tell, and counts as ready.
     *
     * <p><b>Cancellation.</b> Cancelled, it only stops waiting.
     *
     * @throws IOException as {@link #write(byte[])}
     */
    @Awaits
    void awaitWritable() throws IOException;

    /**
     * Waits until the system has taken what other tasks are writing.
     *
     * <p><b>Cancellation.</b> Cancelled, it only stops waiting.
     *
     * @throws IOException as {@link #write(byte[])}
     */
    @Awaits
    void flush() throws IOException;

    /**
     * Ends the writing side after what is being written: the peer reads the end of the stream, and this side can still
     * read. Does nothing the second time.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting for other writers, it has no effect. Cancelled later, under TLS, nothing can be
     * written any more, and the end leaves when this is called again, or {@code close}.
     *
     * @throws IOException as {@link #write(byte[])}
     */
    @Awaits
    void writeEnd() throws IOException;

    // ---- bridges

    /**
     * Makes a writer to a stream that blocks, which is written on offload threads and flushed at the end of each write; {@link
     * #writeEnd} closes it. {@link #tryWrite} writes nothing.
     *
     * {@snippet class="dev.espalier.io.BridgesTest" region="ofOutput"}
     *
     * <p><b>Cancellation.</b> The thread that writes is interrupted and waited for, up to 64 KiB count as sent, and the output is torn.
     *
     * @param stream written by nobody else
     * @return the writer, for tasks of this loop
     */
    static StreamWriter of(OutputStream stream) {
        return new OffloadedWriter(stream, LoopShare.current());
    }

    /**
     * Makes a stream for a thread that blocks. It writes as this writer does. Each write goes to the loop and back, so put a {@link
     * java.io.BufferedOutputStream} around it for small ones. Closing it ends this writer.
     *
     * {@snippet class="dev.espalier.io.BridgesTest" region="toOutput"}
     *
     * <p><b>Threads.</b> On a thread of a loop, which it would hold, a write throws an {@link IllegalStateException}. An interrupted
     * thread gets an {@link java.io.InterruptedIOException}, as a cancelled task would.
     *
     * @param portal through which it writes
     * @return the stream
     */
    default OutputStream toOutputStream(Portal portal) {
        return new BlockingStreams.Output(this, portal);
    }
}
