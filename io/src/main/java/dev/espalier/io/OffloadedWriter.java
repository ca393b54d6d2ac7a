package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.CancelledError;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/** Writes to a stream that blocks, on offload threads. What was handed to a thread counts as sent. */
final class OffloadedWriter extends WritingStream {
    private final OutputStream out;

    OffloadedWriter(OutputStream out, LoopShare share) {
        super(share);
        this.out = out;
    }

    @Override
    void sendAll(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            byte[] piece = new byte[Math.min(bytes.remaining(), LoopShare.CHUNK)];
            bytes.get(piece);
            send(bytes, piece, !bytes.hasRemaining());
        }
    }

    private void send(ByteBuffer bytes, byte[] piece, boolean last) throws IOException {
        var begun = new AtomicBoolean(); // by the offload thread, and read after it
        try {
            Async.<IOException>offload(() -> {
                begun.set(true);
                out.write(piece);
                if (last) {
                    out.flush();
                }
            });
        } catch (CancelledError e) {
            if (!begun.get()) {
                bytes.position(bytes.position() - piece.length);
            }
            throw e;
        }
    }

    @Override
    int trySend(ByteBuffer bytes) {
        return 0; // it might block
    }

    @Override
    void awaitRoom() {
        // It does not tell: a thread waits, and not we.
    }

    @Override
    void sendKept() throws IOException {
        Async.<IOException>offload(out::flush);
    }

    @Override
    void sendEnd() throws IOException {
        outputEnded = true;
        sendRestOfEnd();
    }

    @Override
    void sendRestOfEnd() throws IOException {
        Async.<IOException>offload(out::close);
    }

    /** Who made the stream below closes it, if it has not ended. */
    @Override
    void release(boolean reset) {
        released = true;
    }

    @Override
    public String toString() {
        return "writer of " + out;
    }
}
