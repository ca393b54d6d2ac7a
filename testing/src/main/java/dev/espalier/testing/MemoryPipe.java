package dev.espalier.testing;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import dev.espalier.core.Promise;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One direction between two streams in memory. One task reads and one writes at a time; the streams see to that.
 *
 * <p>Written and read by the holder of the turn.
 */
final class MemoryPipe {
    private final byte[] bytes; // a ring
    private final IntUnaryOperator piece; // of so many bytes, how many are read at once
    private final Duration perByte;
    private final boolean lockstep;

    private int head;
    private int size;
    private boolean ended; // by the writer: what is in it can still be read
    private boolean refused; // by the reader, who has left
    private boolean reset; // by either: what is in it is lost
    private Promise<Boolean> change = Promise.create(); // ended and replaced when anything here changes

    MemoryPipe(int capacity, IntUnaryOperator piece, Duration perByte, boolean lockstep) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a stream in memory holds at least 1 byte, not " + capacity);
        }
        this.bytes = new byte[capacity];
        this.piece = piece;
        this.perByte = perByte;
        this.lockstep = lockstep;
    }

    private void changed() {
        Promise<Boolean> before = change;
        change = Promise.create("bytes or room in a stream in memory");
        before.succeed(true);
    }

    // ---- the reader

    /** At least one byte; -1 at the end. Takes nothing before it is done waiting. */
    @Awaits
    int read(ByteBuffer target) throws IOException {
        while (size == 0 && !ended && !reset) {
            change.await();
        }
        if (reset) {
            throw new IOException("Connection reset by peer");
        }
        if (size == 0) {
            return -1;
        }
        int count = piece.applyAsInt(Math.min(target.remaining(), size));
        if (!perByte.isZero()) {
            Async.sleep(perByte.multipliedBy(count));
        }
        if (reset) {
            throw new IOException("Connection reset by peer");
        }
        for (int i = 0; i < count; i++) {
            target.put(bytes[(head + i) % bytes.length]);
        }
        head = (head + count) % bytes.length;
        size -= count;
        changed();
        return count;
    }

    /** The reader has left: what is and will be written is lost, and the writer learns of it. */
    void refuse() {
        refused = true;
        size = 0;
        changed();
    }

    // ---- the writer

    @Awaits
    void write(ByteBuffer source) throws IOException {
        checkTaken();
        while (source.hasRemaining()) {
            if (take(source) == 0) {
                change.await();
            }
            checkTaken();
        }
        while (lockstep && size > 0) {
            change.await();
            checkTaken();
        }
    }

    /** Takes what there is room for. */
    int take(ByteBuffer source) throws IOException {
        checkTaken();
        int count = Math.min(source.remaining(), bytes.length - size);
        for (int i = 0; i < count; i++) {
            bytes[(head + size + i) % bytes.length] = source.get();
        }
        size += count;
        if (count > 0) {
            changed();
        }
        return count;
    }

    private void checkTaken() throws IOException {
        if (reset) {
            throw new IOException("Connection reset by peer");
        }
        if (refused) {
            throw new IOException("Broken pipe");
        }
    }

    void end() {
        ended = true;
        changed();
    }

    // ---- either

    void reset() {
        reset = true;
        size = 0;
        changed();
    }

    int size() {
        return size;
    }

    @Nullable String state() {
        return reset ? "reset" : ended ? "ended" : null;
    }
}
