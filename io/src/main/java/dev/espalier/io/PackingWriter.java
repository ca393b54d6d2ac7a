package dev.espalier.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Packs what is written. What the deflater has taken counts as sent, since it cannot be taken back; what it has made leaves before it
 * takes more.
 *
 * <p>Written and read by the holder of the writers' permit.
 */
final class PackingWriter extends WritingStream {
    /** Bytes that are packed without letting others run. */
    private static final int PIECE = 16 << 10;

    private static final int CHECK_BYTES = 8;

    private final Compression form;
    private final StreamWriter plain;
    private final Deflater deflater;
    private final CRC32 checksum = new CRC32(); // for GZIP
    private final Outbox outbox;
    private boolean packed; // all of it is in the outbox, or was sent
    private boolean ended; // the stream below knows

    PackingWriter(Compression form, StreamWriter plain, int level) {
        super(LoopShare.current());
        this.form = form;
        this.plain = plain;
        this.deflater = new Deflater(level, form.isBare());
        this.outbox = new Outbox(plain, PIECE);
        if (form == Compression.GZIP) {
            outbox.buffer().put(GzipHead.SHORTEST);
        }
    }

    @Override
    void sendAll(ByteBuffer bytes) throws IOException {
        outbox.sendInParts(); // of writes before this one, which a cancellation must not tear
        while (bytes.hasRemaining()) {
            pack(bytes);
            if (bytes.hasRemaining()) {
                pass(); // also if nothing has become ready
            }
            if (!outbox.isEmpty()) {
                outbox.send();
            }
        }
    }

    /** Takes a piece of it. */
    private void pack(ByteBuffer bytes) {
        ByteBuffer piece = bytes.slice(bytes.position(), Math.min(bytes.remaining(), PIECE));
        checksum.update(piece.duplicate());
        bytes.position(bytes.position() + piece.remaining());
        deflater.setInput(piece);
        while (!deflater.needsInput()) {
            deflate(Deflater.NO_FLUSH);
        }
    }

    /** Whether there may be more to come. */
    private boolean deflate(int flush) {
        if (!outbox.buffer().hasRemaining()) {
            ByteBuffer full = outbox.buffer();
            outbox.replace(ByteBuffer.allocate(2 * full.capacity()).put(full.flip()));
        }
        deflater.deflate(outbox.buffer(), flush);
        return !outbox.buffer().hasRemaining();
    }

    @Override
    int trySend(ByteBuffer bytes) throws IOException {
        outbox.trySend();
        if (!outbox.isEmpty() || !bytes.hasRemaining()) {
            return 0;
        }
        pack(bytes);
        outbox.trySend(); // what the system does not take leaves before the next
        return bytes.position();
    }

    @Override
    void awaitRoom() throws IOException {
        outbox.sendInParts();
        plain.awaitWritable();
    }

    @Override
    void sendKept() throws IOException {
        boolean more = true;
        while (more) {
            more = deflate(Deflater.SYNC_FLUSH);
        }
        outbox.sendInParts();
        plain.flush();
    }

    @Override
    void sendEnd() throws IOException {
        outputEnded = true;
        sendRestOfEnd();
    }

    @Override
    void sendRestOfEnd() throws IOException {
        if (ended) {
            return;
        }
        if (!packed) {
            packRest();
            packed = true;
        }
        outbox.sendInParts();
        plain.writeEnd();
        ended = true;
    }

    private void packRest() {
        long written = deflater.getBytesRead();
        deflater.finish();
        while (!deflater.finished()) {
            deflate(Deflater.NO_FLUSH);
        }
        deflater.end();
        if (form == Compression.GZIP) {
            ByteBuffer made = outbox.buffer();
            ByteBuffer check = ByteBuffer.allocate(CHECK_BYTES).order(ByteOrder.LITTLE_ENDIAN)
                    .putInt((int) checksum.getValue()).putInt((int) written).flip();
            outbox.replace(ByteBuffer.allocate(made.position() + CHECK_BYTES).put(made.flip()).put(check));
        }
    }

    /** Who made the stream below closes it. */
    @Override
    void release(boolean reset) {
        released = true;
        deflater.end();
    }

    @Override
    public String toString() {
        return "writer of " + form + " to " + plain;
    }
}
