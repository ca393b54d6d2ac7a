package dev.espalier.io;

import dev.espalier.core.Awaits;
import dev.espalier.core.BusyException;
import dev.espalier.core.Portal;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
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
     * Reads what is there into several buffers, filling one after the other, waiting for the first byte: for a head and a body of known
     * sizes, say. As one read; see {@link StreamWriter#write(ByteBuffer...)}.
     *
     * @param targets where to put the bytes, at least one
     * @return how many bytes, from 1; 0 if no buffer has room; -1 at the end of the stream
     * @throws IOException as {@link #read(int)}
     * @throws IllegalArgumentException if there are no buffers
     */
    @Awaits
    default int read(ByteBuffer... targets) throws IOException {
        if (targets.length == 0) {
            throw new IllegalArgumentException("a read needs at least one buffer to put bytes into");
        }
        long room = 0;
        for (ByteBuffer each : targets) {
            room += each.remaining();
        }
        ByteBuffer some = ByteBuffer.wrap(read((int) Math.min(room, Integer.MAX_VALUE)));
        if (room > 0 && !some.hasRemaining()) {
            return -1;
        }
        for (ByteBuffer each : targets) {
            BufferedInput.move(some, each);
        }
        return some.position();
    }

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
     * Looks at the next bytes without taking them, waiting until so many have come. A server may so find out what a client speaks:
     *
     * {@snippet class="dev.espalier.io.TlsServerTest" region="sniff"}
     *
     * @param count how many bytes, from 0
     * @return so many bytes; fewer if the stream ends before
     * @throws IOException as {@link #read(int)}
     */
    @Awaits
    byte[] peek(int count) throws IOException;

    /**
     * Reads a frame.
     *
     * @param framing how the stream is cut
     * @return the content of the frame; null at the end of the stream
     * @throws IncompleteReadException if the stream ended within a frame; what came stays readable
     * @throws ReadLimitException if the frame is longer than the framing allows; it stays readable
     * @throws IOException as {@link #read(int)}; what the framing throws, and then everything stays readable
     */
    @Awaits
    byte @Nullable [] readFrame(Framing framing) throws IOException;

    /**
     * Skips everything up to a separator, and the separator too, however far away it is.
     *
     * <p><b>Cancellation.</b> Some of the bytes before the separator may have been skipped; called again, it goes on.
     *
     * @param separator at least one byte
     * @return how many bytes were before the separator
     * @throws IncompleteReadException if the stream ended before it came; the bytes before the end stay readable
     * @throws IOException as {@link #read(int)}
     */
    @Awaits
    default long skipUntil(byte[] separator) throws IOException {
        long skipped = 0;
        while (true) {
            try {
                return skipped + readUntil(separator, LINE_LIMIT).length;
            } catch (ReadLimitException e) {
                skipped += readExactly(e.consumed()).length;
            }
        }
    }

    /**
     * Writes everything up to the end of this stream to another, as it comes. The other stays open: {@link StreamWriter#writeEnd} ends it
     * too.
     *
     * {@snippet class="dev.espalier.io.CopyTest" region="copy"}
     *
     * <p><b>Cancellation.</b> What was not written stays readable here. The other stream's output may be torn, as by any write.
     *
     * @param target the other stream
     * @return how many bytes
     * @throws IOException if either fails; what was not written stays readable
     */
    @Awaits
    long copyTo(StreamWriter target) throws IOException;

    // ---- numbers and texts of a known size

    /**
     * Reads a byte.
     *
     * @return the byte, from -128 to 127
     * @throws IncompleteReadException if the stream has ended
     * @throws IOException as {@link #read(int)}
     */
    @Awaits
    default byte readByte() throws IOException {
        return readExactly(1)[0];
    }

    /**
     * Reads a byte as an unsigned number; as {@link #readByte}.
     *
     * @return the number, from 0 to 255
     * @throws IOException as {@link #readByte}
     */
    @Awaits
    default int readUnsignedByte() throws IOException {
        return Byte.toUnsignedInt(readByte());
    }

    /**
     * Reads a number of 2 bytes.
     *
     * {@snippet class="dev.espalier.io.TypedReadsTest" region="numbers"}
     *
     * @param order the order of its bytes; networks mostly use {@link ByteOrder#BIG_ENDIAN}
     * @return the number
     * @throws IncompleteReadException if the stream ended before; what came stays readable
     * @throws IOException as {@link #read(int)}
     */
    @Awaits
    default short readShort(ByteOrder order) throws IOException {
        return ByteBuffer.wrap(readExactly(Short.BYTES)).order(order).getShort();
    }

    /**
     * Reads an unsigned number of 2 bytes; as {@link #readShort}.
     *
     * @param order the order of its bytes
     * @return the number, from 0 to 65535
     * @throws IOException as {@link #readShort}
     */
    @Awaits
    default int readUnsignedShort(ByteOrder order) throws IOException {
        return Short.toUnsignedInt(readShort(order));
    }

    /**
     * Reads a number of 4 bytes; as {@link #readShort}.
     *
     * @param order the order of its bytes
     * @return the number
     * @throws IOException as {@link #readShort}
     */
    @Awaits
    default int readInt(ByteOrder order) throws IOException {
        return ByteBuffer.wrap(readExactly(Integer.BYTES)).order(order).getInt();
    }

    /**
     * Reads an unsigned number of 4 bytes; as {@link #readShort}.
     *
     * @param order the order of its bytes
     * @return the number, from 0 to 4294967295
     * @throws IOException as {@link #readShort}
     */
    @Awaits
    default long readUnsignedInt(ByteOrder order) throws IOException {
        return Integer.toUnsignedLong(readInt(order));
    }

    /**
     * Reads a number of 8 bytes; as {@link #readShort}. One that is unsigned is negative from 2<sup>63</sup> on, see {@link
     * Long#toUnsignedString(long)}.
     *
     * @param order the order of its bytes
     * @return the number
     * @throws IOException as {@link #readShort}
     */
    @Awaits
    default long readLong(ByteOrder order) throws IOException {
        return ByteBuffer.wrap(readExactly(Long.BYTES)).order(order).getLong();
    }

    /**
     * Reads an unsigned number of variable length, 1 to 10 bytes: seven bits each, the lowest first, and the high bit says that
     * more follow (LEB128, the varint of Protocol Buffers).
     *
     * @param max how large it may be, as an unsigned number: -1 for any
     * @return the number
     * @throws ProtocolException if it is larger, or has more than 10 bytes or 64 bits; it stays readable
     * @throws IncompleteReadException if the stream ended before its end; what came stays readable
     * @throws IOException as {@link #read(int)}
     */
    @Awaits
    default long readVarint(long max) throws IOException {
        byte[] number = readFrame((bytes, _) -> {
            int length = Varint.length(bytes);
            if (length > 0 && Long.compareUnsigned(Varint.value(bytes), max) > 0) {
                throw new ProtocolException("a number of variable length is " + Long.toUnsignedString(Varint.value(bytes))
                        + " and may be " + Long.toUnsignedString(max) + " at most; it can still be read from " + this);
            }
            return length == 0 ? new Framing.More(bytes.limit() + 1) : new Framing.Frame(length);
        });
        if (number == null) {
            throw new IncompleteReadException(this + " ended before a number of variable length", 0);
        }
        return Varint.value(ByteBuffer.wrap(number));
    }

    /**
     * Reads a number of 64 bits in decimal digits, at most 19, perhaps with a minus before them. It ends before the first byte that is no
     * digit, which stays, or with the stream.
     *
     * {@snippet class="dev.espalier.io.TypedReadsTest" region="digits"}
     *
     * @return the number
     * @throws ProtocolException if there is none, or it is larger; it stays readable
     * @throws IncompleteReadException if the stream has ended
     * @throws IOException as {@link #read(int)}
     */
    @Awaits
    default long readDecimal() throws IOException {
        return Digits.DECIMAL.read(this);
    }

    /**
     * Reads an unsigned number of 64 bits in hexadecimal digits of any case, at most 16; otherwise as {@link #readDecimal}.
     *
     * @return the number; negative from 2<sup>63</sup> on
     * @throws ProtocolException if there is none, or it is larger; it stays readable
     * @throws IncompleteReadException if the stream has ended
     * @throws IOException as {@link #read(int)}
     */
    @Awaits
    default long readHexadecimal() throws IOException {
        return Digits.HEXADECIMAL.read(this);
    }

    /**
     * Reads a text in UTF-8 of a known size; malformed bytes become {@code U+FFFD}.
     *
     * @param count how many bytes it has, from 0
     * @return the text
     * @throws IncompleteReadException if the stream ended before; what came stays readable
     * @throws IOException as {@link #read(int)}
     */
    @Awaits
    default String readString(int count) throws IOException {
        return new String(readExactly(count), StandardCharsets.UTF_8);
    }

    // ---- readers of other things

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

    /**
     * Makes a reader of a stream that blocks, which is read on offload threads, 8 KiB at a time.
     *
     * {@snippet class="dev.espalier.io.BridgesTest" region="ofInput"}
     *
     * <p><b>Cancellation.</b> As with any reader nothing is lost: a read of the stream that has begun goes on, and its bytes are for
     * the next one.
     *
     * @param stream read by nobody else, and closed by the caller
     * @return the reader, for tasks of this loop
     */
    static StreamReader of(InputStream stream) {
        return of(new OffloadedSource(stream));
    }

    /**
     * Makes a stream for a thread that blocks, such as an offloaded body that unpacks what is received. It reads as this reader does:
     * what is there, waiting for the first byte. Each read goes to the loop and back, so put a {@link java.io.BufferedInputStream} around
     * it for small ones. Closing it closes nothing else.
     *
     * {@snippet class="dev.espalier.io.BridgesTest" region="toInput"}
     *
     * <p><b>Threads.</b> On a thread of a loop, which it would hold, a read throws an {@link IllegalStateException}. An interrupted
     * thread gets an {@link java.io.InterruptedIOException}, and nothing is lost.
     *
     * @param portal through which it reads
     * @return the stream
     */
    default InputStream toInputStream(Portal portal) {
        return new BlockingStreams.Input(this, portal);
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
