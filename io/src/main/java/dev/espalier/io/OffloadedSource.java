package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.CancelledError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a stream that blocks, read on offload threads. Nobody can take back a read that has begun: if the task that waits for it
 * is cancelled it goes on, and what it reads is for the next one.
 */
final class OffloadedSource implements StreamReader.Source {
    private final InputStream in;
    private @Nullable Piece underWay; // by the task that reads

    OffloadedSource(InputStream in) {
        this.in = in;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        Piece piece = underWay == null ? begin(target.remaining()) : underWay;
        int count = Async.await(piece.end.copy(), IOException.class); // a cancellation must not reach the read
        underWay = null;
        target.put(piece.bytes, 0, Math.max(0, count));
        return count;
    }

    private Piece begin(int room) {
        var piece = new Piece(new byte[room]);
        underWay = piece;
        try {
            Async.offloadAbandoning(() -> piece.read(in));
        } catch (CancelledError e) {
            if (piece.claim()) {
                underWay = null; // it had not begun, and never will
            }
            throw e;
        }
        return piece;
    }

    @Override
    public String toString() {
        return "reader of " + in;
    }

    private static final class Piece {
        private final byte[] bytes;
        private final AtomicBoolean claimed = new AtomicBoolean(); // by the thread that reads, or the task that gives up
        private final CompletableFuture<Integer> end = new CompletableFuture<>();

        private Piece(byte[] bytes) {
            this.bytes = bytes;
        }

        private boolean claim() {
            return claimed.compareAndSet(false, true);
        }

        /** On an offload thread. */
        private void read(InputStream in) {
            if (claim()) {
                try {
                    end.complete(in.read(bytes));
                } catch (IOException | RuntimeException | Error e) {
                    end.completeExceptionally(e);
                }
            }
        }
    }
}
