package dev.espalier.io;

import dev.espalier.core.Awaits;
import dev.espalier.core.BusyException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A stream seen as messages: it is cut into frames, and each frame is one message.
 *
 * {@snippet class="dev.espalier.io.FramedTest" region="framed"}
 *
 * <p>It holds nothing back: between two calls the stream below may be read and written directly, from one frame's end to the next one's
 * beginning.
 *
 * <p><b>Threads.</b> As for the stream below: one task reads at a time, any number write, and frames are never mixed.
 *
 * @param <T> the messages
 */
public final class Framed<T> implements AutoCloseable {
    private final ByteStream stream;
    private final Framing framing;
    private final Codec<T> codec;

    private Framed(ByteStream stream, Framing framing, Codec<T> codec) {
        this.stream = stream;
        this.framing = framing;
        this.codec = codec;
    }

    /**
     * Makes messages of the bytes of a frame, and bytes of messages. Must not await.
     *
     * @param <T> the messages
     */
    public interface Codec<T> {
        /**
         * Makes a message.
         *
         * @param content the content of a frame, which is the codec's from now on
         * @return the message
         * @throws IOException if it is none
         */
        T decode(byte[] content) throws IOException;

        /**
         * Makes the content of a frame.
         *
         * @param message the message
         * @return the content, which nobody changes any more
         * @throws IOException if that is not possible
         */
        byte[] encode(T message) throws IOException;

        /**
         * {@return messages that are what the frames hold}
         */
        static Codec<byte[]> bytes() {
            return new Codec<>() {
                @Override
                public byte[] decode(byte[] content) {
                    return content;
                }

                @Override
                public byte[] encode(byte[] message) {
                    return message;
                }
            };
        }

        /**
         * {@return texts in UTF-8; malformed bytes become {@code U+FFFD}}
         */
        static Codec<String> text() {
            return new Codec<>() {
                @Override
                public String decode(byte[] content) {
                    return new String(content, StandardCharsets.UTF_8);
                }

                @Override
                public byte[] encode(String message) {
                    return message.getBytes(StandardCharsets.UTF_8);
                }
            };
        }
    }

    /**
     * Makes the frames of a stream messages.
     *
     * @param <T> the messages
     * @param stream the stream below, which {@link #close} closes
     * @param framing how it is cut
     * @param codec what a frame means
     * @return the messages
     */
    public static <T> Framed<T> of(ByteStream stream, Framing framing, Codec<T> codec) {
        return new Framed<>(stream, framing, codec);
    }

    /**
     * Makes the frames of a stream messages that are what they hold.
     *
     * @param stream the stream below, which {@link #close} closes
     * @param framing how it is cut
     * @return the messages
     */
    public static Framed<byte[]> of(ByteStream stream, Framing framing) {
        return of(stream, framing, Codec.bytes());
    }

    /**
     * Reads a message.
     *
     * <p><b>Cancellation.</b> Cancelled, it has taken nothing.
     *
     * @return the message; null at the end of the stream
     * @throws BusyException if another task is reading
     * @throws IncompleteReadException if the stream ended within a frame; what came stays readable
     * @throws ReadLimitException if the frame is longer than the framing allows; it stays readable
     * @throws IOException if the connection broke, the stream was closed on this side, or the framing refuses the bytes; or if the
     *     codec refuses the frame, which is taken then, so that the next read gets the next frame
     */
    @Awaits
    public @Nullable T read() throws IOException {
        byte[] content = stream.readFrame(framing);
        return content == null ? null : codec.decode(content);
    }

    /**
     * Writes a message.
     *
     * <p><b>Cancellation.</b> As {@link StreamWriter#write(byte[])}. <b>Ordering.</b> First come, first served.
     *
     * @param message the message
     * @throws IOException as {@link StreamWriter#write(byte[])}; or if the codec refuses the message, and then nothing was written
     * @throws IllegalArgumentException if the framing refuses it, and then nothing was written
     */
    @Awaits
    public void write(T message) throws IOException {
        stream.write(framing.frame(codec.encode(message)));
    }

    /**
     * {@return the stream below}
     */
    public ByteStream stream() {
        return stream;
    }

    /**
     * Closes the stream below; as {@link ByteStream#close}.
     *
     * @throws IOException as {@link ByteStream#close}
     */
    @Awaits
    @Override
    public void close() throws IOException {
        stream.close();
    }

    @Override
    public String toString() {
        return "Framed[" + framing + ", over " + stream + "]";
    }
}
