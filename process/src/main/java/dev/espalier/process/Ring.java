package dev.espalier.process;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * A queue of frames in memory that two processes share: one writes, the other reads. Each side makes its own end.
 */
final class Ring {
    // offset 0    long  HEAD    bytes that were read; by the reader, after it is done with them
    //        128  long  TAIL    bytes that were written and may be read; by the writer
    //        256  int   PARKED  1: the reader sleeps and wants a bell; set by it, cleared by it or by who wakes it
    //        384  int   WANTED  1: the writer sleeps for want of room; set by it, cleared by it or by who wakes it
    //        512        the records
    //
    // Each word has a line of memory of its own (two, for processors that fetch pairs), so that what one side writes
    // does not take away what the other one reads. HEAD and TAIL only grow; the place of a byte is its number modulo
    // the capacity.
    //
    // A record is a frame as in Frames, in one piece, with zero to seven bytes behind it, so that each begins at a
    // multiple of eight. Where the rest of the ring is too short for the next record, it begins with PAD and is
    // skipped.
    //
    // No wake-up is lost: one side publishes, full fence, reads the flag, and swaps it to 0 before it rings; the other
    // one sets the flag, full fence, looks again, and sleeps. One of the two sees the other, and there is one bell for
    // a sleep.
    //
    // Neither side trusts the other: a position or a length that cannot be is a broken protocol. What is not published
    // when the writer is killed is not there. Memory that was taken away (a truncated file) is an InternalError at any
    // access, which ends as an IOException.
    static final int PAD = -1;
    private static final int HEAD = 0;
    private static final int TAIL = 128;
    private static final int PARKED = 256;
    private static final int WANTED = 384;
    private static final int RECORDS = 512;

    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    private final MemorySegment memory;
    private final int capacity;

    private Ring(MemorySegment memory, int capacity) {
        this.memory = memory;
        this.capacity = capacity;
    }

    /** Bytes of memory for a ring of this capacity, which is a power of two. */
    static long size(int capacity) {
        return RECORDS + (long) capacity;
    }

    /** Over memory of {@link #size}, which was all zero when the first end was made. */
    static Ring over(MemorySegment memory) {
        long capacity = memory.byteSize() - RECORDS;
        if (capacity < 2L * largest() || Long.bitCount(capacity) != 1 || capacity > 1 << 30) {
            throw new IllegalArgumentException("a ring of " + capacity + " bytes; it must be a power of two from "
                    + 2 * largest() + " to " + (1 << 30));
        }
        return new Ring(memory, (int) capacity);
    }

    RingWriter writer() {
        return new RingWriter(this);
    }

    RingReader reader() {
        return new RingReader(this);
    }

    /** The longest record. */
    static int largest() {
        return record(Frames.MAX_CHUNK);
    }

    /** Bytes of the record with so much payload. */
    static int record(int payload) {
        return (Frames.HEADER + payload + 7) & ~7;
    }

    int capacity() {
        return capacity;
    }

    MemorySegment memory() {
        return memory;
    }

    /** Where in {@link #memory} the byte with this number is. */
    long place(long number) {
        return RECORDS + (number & (capacity - 1));
    }

    long head() {
        return (long) LONG.getAcquire(memory, (long) HEAD);
    }

    void head(long value) {
        LONG.setRelease(memory, (long) HEAD, value);
    }

    long tail() {
        return (long) LONG.getAcquire(memory, (long) TAIL);
    }

    void tail(long value) {
        LONG.setRelease(memory, (long) TAIL, value);
    }

    /** Bytes between the two positions, of which the other process has written one. */
    int between(long head, long tail) throws ProtocolException {
        long bytes = tail - head;
        if (bytes < 0 || bytes > capacity || (bytes & 7) != 0) {
            throw new ProtocolException("a ring of " + capacity + " bytes claims to hold " + bytes);
        }
        return (int) bytes;
    }

    void parked(boolean value) {
        INT.setVolatile(memory, (long) PARKED, value ? 1 : 0);
    }

    void wanted(boolean value) {
        INT.setVolatile(memory, (long) WANTED, value ? 1 : 0);
    }

    boolean isParked() {
        return (int) INT.getVolatile(memory, (long) PARKED) != 0;
    }

    /** After a publication: true for the one who must ring for the reader. */
    boolean takeParked() {
        return take(PARKED);
    }

    /** After a release: true for the one who must ring for the writer. */
    boolean takeWanted() {
        return take(WANTED);
    }

    private boolean take(long flag) {
        VarHandle.fullFence();
        return (int) INT.getOpaque(memory, flag) != 0 && INT.compareAndSet(memory, flag, 1, 0);
    }

    /** What an access to memory that is not there any more comes to. */
    static IOException gone(InternalError fault) {
        return new IOException("the shared memory is gone; was its file truncated?", fault);
    }
}
