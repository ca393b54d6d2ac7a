package dev.espalier.io;

import dev.espalier.core.Promise;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One direction between two streams in memory: a ring of bytes, and what a writer lends while the ring is full. The reader takes from
 * either without a copy in between, so a pipe without a ring hands over from one buffer to the other.
 *
 * <p>One task reads and one writes at a time; the streams see to that. Written and read by the holder of the turn.
 */
final class MemoryPipe {
    private static final byte[] NONE = {};
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final int capacity;
    private byte[] ring = NONE; // made by the first write
    private int head;
    private int size;
    private ByteBuffer lent = NOTHING; // of a writer that waits; comes after what is in the ring

    private boolean ended; // by the writer: what is in it can still be read
    private boolean refused; // by the reader, who has left
    private boolean reset; // by either: what is in it is lost
    private @Nullable Promise<Boolean> readerWaits;
    private @Nullable Promise<Boolean> writerWaits;

    MemoryPipe(int capacity) {
        if (capacity < 0) {
            throw new IllegalArgumentException("a stream in memory holds 0 bytes or more, not " + capacity);
        }
        this.capacity = capacity;
    }

    // ---- the reader

    /** Waits until there is something to take or to tell. */
    void awaitChange() {
        if (size == 0 && !lent.hasRemaining() && !ended && !refused && !reset) {
            Promise<Boolean> change = Promise.create("bytes from a stream in memory");
            readerWaits = change;
            writerWaits = wake(writerWaits); // without a ring, this is its room
            try {
                change.await();
            } finally {
                readerWaits = null;
            }
        }
    }

    /**
     * Takes what lies together; null at the end. It is valid until the next await.
     *
     * @throws IOException if the direction was reset
     */
    @Nullable ByteBuffer take() throws IOException {
        checkReset();
        ByteBuffer taken = null;
        if (size > 0) {
            int count = Math.min(size, ring.length - head);
            taken = ByteBuffer.wrap(ring, head, count);
            head = (head + count) % ring.length;
            size -= count;
        } else if (lent.hasRemaining()) {
            int count = Math.min(lent.remaining(), LoopShare.CHUNK);
            taken = lent.slice(lent.position(), count);
            lent.position(lent.position() + count);
        }
        writerWaits = wake(writerWaits);
        return taken;
    }

    /** The reader has left: what is and will be written is lost, and the writer learns of it. */
    void refuse() {
        refused = true;
        drop();
    }

    // ---- the writer

    /** Returns when all of it is in the ring or was taken. */
    void putAll(ByteBuffer source) throws IOException {
        put(source);
        try {
            while (source.hasRemaining()) {
                lent = source;
                Promise<Boolean> change = Promise.create("room in a stream in memory");
                writerWaits = change;
                readerWaits = wake(readerWaits);
                change.await();
                put(source);
            }
        } finally {
            lent = NOTHING;
        }
    }

    /** Takes what there is room for. */
    void put(ByteBuffer source) throws IOException {
        checkTaken();
        if (ring == NONE && capacity > 0) {
            ring = new byte[capacity];
        }
        while (source.hasRemaining() && size < ring.length) {
            int tail = (head + size) % ring.length;
            int count = Math.min(source.remaining(), Math.min(ring.length - size, ring.length - tail));
            source.get(ring, tail, count);
            size += count;
        }
        if (size > 0) {
            readerWaits = wake(readerWaits);
        }
    }

    /** Waits until there is room, or somebody who reads without a ring. */
    void awaitRoom() throws IOException {
        while (!refused && !reset && (capacity > 0 ? size == capacity : readerWaits == null)) {
            Promise<Boolean> change = Promise.create("room in a stream in memory");
            writerWaits = change;
            change.await();
        }
        checkTaken();
    }

    private void checkTaken() throws IOException {
        checkReset();
        if (refused) {
            throw new IOException("Broken pipe");
        }
    }

    void end() {
        ended = true;
        readerWaits = wake(readerWaits);
    }

    // ---- either

    void reset() {
        reset = true;
        drop();
    }

    private void drop() {
        size = 0;
        ring = NONE;
        readerWaits = wake(readerWaits);
        writerWaits = wake(writerWaits);
    }

    private void checkReset() throws IOException {
        if (reset) {
            throw new IOException("Connection reset by peer");
        }
    }

    private static @Nullable Promise<Boolean> wake(@Nullable Promise<Boolean> waiter) {
        if (waiter != null) {
            waiter.trySucceed(true);
        }
        return null;
    }

    /** How many bytes can be read. */
    int size() {
        return size + lent.remaining();
    }

    @Override
    public String toString() {
        return size() + " bytes" + (reset ? ", reset" : refused ? ", refused" : ended ? ", ended" : "");
    }
}
