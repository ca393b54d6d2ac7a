package dev.espalier.process;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The reading end of a {@link Ring}. Never waits, and trusts nothing it reads. One thread (or one loop) at a time.
 */
final class RingReader {
    /** Takes one frame where it lies; the memory is the writer's again when this returns. */
    interface Sink {
        void frame(FrameKind kind, boolean more, long id, MemorySegment memory, long from, int length)
                throws IOException;
    }

    private final Ring ring;
    private final MemorySegment memory;
    private final int capacity;

    // By the reader alone.
    /** Where the next record begins. */
    private long next;
    /** Where the writer was when we last looked. */
    private long seenTail;

    RingReader(Ring ring) {
        this.ring = ring;
        this.memory = ring.memory();
        this.capacity = ring.capacity();
        this.next = ring.head();
        this.seenTail = next;
    }

    /** Whether there is something to read. Memory that is gone is news, too: {@link #poll} tells of it. */
    boolean hasNews() {
        try {
            if (next == seenTail) {
                seenTail = ring.tail();
            }
            return next != seenTail;
        } catch (InternalError fault) {
            return true;
        }
    }

    /**
     * Hands over the oldest frame, and then gives its memory back; false when there is none.
     *
     * @throws ProtocolException when it is no frame
     * @throws IOException when the memory is gone, and from the sink
     */
    boolean poll(Sink sink) throws IOException {
        try {
            return hasNews() && frame(sink);
        } catch (InternalError fault) {
            throw Ring.gone(fault);
        }
    }

    private boolean frame(Sink sink) throws IOException {
        int available = ring.between(next, seenTail);
        int rest = capacity - (int) (next & (capacity - 1));
        int pad = memory.get(ValueLayout.JAVA_INT, ring.place(next)) == Ring.PAD ? rest : 0;
        if (available - pad < Frames.HEADER || (pad == 0 && rest < Frames.HEADER)) {
            throw new ProtocolException("a ring holds " + available + " bytes, which is no frame");
        }
        long at = ring.place(next + pad);
        // Read once: what is checked is what is used.
        long head = memory.get(ValueLayout.JAVA_LONG, at);
        FrameKind kind = Frames.kind(head);
        int length = Frames.length(head);
        int record = Ring.record(length);
        if (record > available - pad || record > (pad > 0 ? capacity : rest)) {
            throw new ProtocolException("a frame claims " + length + " payload bytes, more than the ring holds");
        }
        sink.frame(kind, Frames.more(head), memory.get(ValueLayout.JAVA_LONG, at + 8), memory, at + Frames.HEADER,
                length);
        next += pad + record;
        ring.head(next);
        return true;
    }

    /**
     * After some frames were taken.
     *
     * @return true when the writer sleeps for want of room and the caller has to wake it
     */
    boolean mustTellOfRoom() throws IOException {
        try {
            return ring.takeWanted();
        } catch (InternalError fault) {
            throw Ring.gone(fault);
        }
    }

    /** Before a sleep, true, a full fence, and {@link #hasNews} again; after it, false. */
    void parked(boolean value) {
        try {
            ring.parked(value);
        } catch (InternalError fault) {
            // hasNews says that there is news, so nobody sleeps.
        }
    }

    /** Whether the last {@code parked(true)} still stands: nobody has rung for it. */
    boolean isParked() {
        try {
            return ring.isParked();
        } catch (InternalError fault) {
            return false;
        }
    }

    @Override
    public String toString() {
        return "RingReader[" + (seenTail - next) + " of " + capacity + " bytes]";
    }
}
