package dev.espalier.process;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The writing end of a {@link Ring}. Never waits. One thread (or one loop) at a time.
 */
final class RingWriter {
    private final Ring ring;
    private final MemorySegment memory;
    private final int capacity;

    // By the writer alone.
    /** Where the next record begins. */
    private long next;
    /** What the reader sees of it. */
    private long published;
    /** Where the reader was when we last looked. */
    private long seenHead;

    RingWriter(Ring ring) {
        this.ring = ring;
        this.memory = ring.memory();
        this.capacity = ring.capacity();
        this.next = ring.tail();
        this.published = next;
    }

    /**
     * Writes a frame of at most {@link Frames#MAX_CHUNK} bytes, which the reader sees after {@link #publish}.
     *
     * @return false when there is no room, and nothing was written
     */
    boolean offer(FrameKind kind, boolean more, long id, byte[] payload, int from, int length) throws IOException {
        try {
            long at = begin(kind, more, id, length);
            if (at < 0) {
                return false;
            }
            // From segment to segment: the first copy from an array takes the JDK four milliseconds.
            MemorySegment.copy(MemorySegment.ofArray(payload), from, memory, at, length);
            next += Ring.record(length);
            return true;
        } catch (InternalError fault) {
            throw Ring.gone(fault);
        }
    }

    /** The same with other memory. */
    boolean offer(FrameKind kind, boolean more, long id, MemorySegment payload, long from, int length) throws IOException {
        try {
            long at = begin(kind, more, id, length);
            if (at < 0) {
                return false;
            }
            MemorySegment.copy(payload, from, memory, at, length);
            next += Ring.record(length);
            return true;
        } catch (InternalError fault) {
            throw Ring.gone(fault);
        }
    }

    /** Writes the header, steps over the end of the ring, and gives where the payload goes; -1 if there is no room. */
    private long begin(FrameKind kind, boolean more, long id, int length) throws ProtocolException {
        int record = Ring.record(length);
        int rest = capacity - (int) (next & (capacity - 1));
        int pad = rest < record ? rest : 0;
        if (!fits(pad + record)) {
            return -1;
        }
        if (pad > 0) {
            memory.set(ValueLayout.JAVA_INT, ring.place(next), Ring.PAD);
            next += pad;
        }
        long at = ring.place(next);
        memory.set(ValueLayout.JAVA_LONG, at, Frames.head(kind, more, length));
        memory.set(ValueLayout.JAVA_LONG, at + 8, id);
        return at + Frames.HEADER;
    }

    private boolean fits(int bytes) throws ProtocolException {
        if (next + bytes - seenHead > capacity) {
            seenHead = ring.head();
        }
        return ring.between(seenHead, next) + bytes <= capacity;
    }

    /** True when a frame with so much payload has room. */
    boolean hasRoom(int length) throws IOException {
        try {
            int record = Ring.record(length);
            int rest = capacity - (int) (next & (capacity - 1));
            return fits(rest < record ? rest + record : record);
        } catch (InternalError fault) {
            throw Ring.gone(fault);
        }
    }

    /**
     * Shows the reader all that was written.
     *
     * @return true when the reader sleeps and the caller has to wake it
     */
    boolean publish() throws IOException {
        try {
            if (published != next) {
                ring.tail(next);
                published = next;
            }
            return ring.takeParked();
        } catch (InternalError fault) {
            throw Ring.gone(fault);
        }
    }

    /** Before a sleep for want of room, true, and a full fence, {@link #hasRoom} again; after it, false. */
    void wantRoom(boolean value) throws IOException {
        try {
            ring.wanted(value);
        } catch (InternalError fault) {
            throw Ring.gone(fault);
        }
    }

    @Override
    public String toString() {
        return "RingWriter[" + (next - seenHead) + " of " + capacity + " bytes]";
    }
}
