package dev.espalier.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The records between an engine and the stream below: {@code wrap} makes one of what is written, {@code unwrap} opens one that was
 * read.
 *
 * <p>The buffers hold a record each and may have to grow: how large a record is depends on what was agreed on, which may change.
 * Sizes are therefore asked for when a buffer has proved too small, never before.
 *
 * <p>A record that was made and has not left is the beginning of {@code out}, and leaves before any other.
 *
 * <p>Written and read by the holder of the turn; {@code in} and {@code opened} for the task that reads, {@code out} for the holder of
 * the writers' permit.
 */
final class TlsRecords {
    /** What is wrapped when the engine has something to say for itself. */
    static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** Records that leave in one write to the stream below. */
    private static final int RECORDS = 4;

    private final SSLEngine engine;
    private final ByteStream plain;

    private ByteBuffer in; // read and not opened, from position to limit
    private ByteBuffer opened; // from 0 to position
    private final Outbox out; // made and not sent

    /** Begins with what was read of the stream already. */
    TlsRecords(SSLEngine engine, ByteStream plain, ByteBuffer read) {
        this.engine = engine;
        this.plain = plain;
        int record = recordSize();
        in = ByteBuffer.allocate(Math.max(2 * record, read.remaining())).put(read).flip();
        opened = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
        out = new Outbox(plain, RECORDS * record);
    }

    private int recordSize() {
        return engine.getSession().getPacketBufferSize();
    }

    // ---- reading

    /** Forgets what was opened. */
    void clearOpened() {
        opened.clear();
    }

    boolean hasOpened() {
        return opened.position() > 0;
    }

    /** What was opened, valid until the next record is. */
    ByteBuffer opened() {
        return opened.flip();
    }

    /**
     * Opens one record, and reads until there is one; null if the stream below ends.
     *
     * @throws SSLException if it ends in the middle of a record
     */
    @Nullable SSLEngineResult unwrap() throws IOException {
        while (true) {
            SSLEngineResult result = engine.unwrap(in, opened);
            switch (result.getStatus()) {
                case BUFFER_UNDERFLOW -> {
                    if (!fill()) {
                        return null;
                    }
                }
                case BUFFER_OVERFLOW -> opened = larger(opened, engine.getSession().getApplicationBufferSize());
                default -> {
                    return result;
                }
            }
        }
    }

    private boolean fill() throws IOException {
        if (in.capacity() < recordSize()) {
            in = ByteBuffer.allocate(2 * recordSize()).put(in).flip();
        }
        in.compact();
        int count;
        try {
            count = plain.read(in);
        } finally {
            in.flip();
        }
        if (count < 0 && in.hasRemaining()) {
            throw new SSLException(plain + " ended in the middle of a record");
        }
        return count >= 0;
    }

    private static ByteBuffer larger(ByteBuffer full, int wanted) throws SSLException {
        int capacity = Math.max(wanted, full.capacity()) + full.position();
        if (capacity == full.capacity()) {
            throw new SSLException("the engine finds no room in an empty buffer of " + capacity + " bytes, and its session asks for no more");
        }
        return ByteBuffer.allocate(capacity).put(full.flip());
    }

    /** What was read and is no record of this engine: after the end, what comes next on the stream below. */
    ByteBuffer unopened() {
        return in;
    }

    // ---- writing

    /** Whether another record fits without growing. */
    boolean hasRoom() {
        return out.buffer().remaining() >= recordSize();
    }

    boolean hasUnsent() {
        return !out.isEmpty();
    }

    /** Makes one record. */
    SSLEngineResult wrap(ByteBuffer bytes) throws IOException {
        while (true) {
            SSLEngineResult result = engine.wrap(bytes, out.buffer());
            if (result.getStatus() == Status.BUFFER_OVERFLOW) {
                out.replace(larger(out.buffer(), recordSize()));
            } else if (result.getStatus() == Status.CLOSED && bytes.hasRemaining()) {
                throw new StreamClosedException("the peer of " + plain + " has ended TLS, and takes nothing any more", null);
            } else {
                return result;
            }
        }
    }

    /** Sends what was made. */
    void send() throws IOException {
        out.send();
    }

    /** Sends what leaves at once. */
    void trySend() throws IOException {
        out.trySend();
    }

    /** Sends what was made, without tearing it when cancelled. */
    void sendInParts() throws IOException {
        out.sendInParts();
    }

    /**
     * Makes the records that end this side's direction. A wrap that makes nothing ends them too: some engines never say that they
     * are done.
     */
    void wrapEnd() throws IOException {
        engine.closeOutbound();
        boolean more = true;
        while (more) {
            more = !engine.isOutboundDone() && wrap(NOTHING).bytesProduced() > 0;
        }
    }
}
