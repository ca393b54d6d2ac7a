package dev.espalier.process;

import java.lang.foreign.MemorySegment;

/** A message on its way out, of which frames were cut off so far up to {@link #at}. Written by whoever cuts it. */
final class Outgoing {
    /** So many fill a ring to the last byte; and while one side writes the next, the other reads the one before. */
    private static final int CUT = 32 * 1024 - Frames.HEADER;

    final FrameKind kind;
    final long id;
    final MemorySegment payload;
    final int end;
    int at;

    Outgoing(FrameKind kind, long id, byte[] payload, int from, int end) {
        this.kind = kind;
        this.id = id;
        this.payload = MemorySegment.ofArray(payload);
        this.at = from;
        this.end = end;
    }

    /** The bytes of an array, which was announced before. */
    Outgoing(long id, LargeArray array) {
        this.kind = FrameKind.ARRAY;
        this.id = id;
        this.payload = array.bytes();
        this.end = (int) payload.byteSize();
    }

    /** How long the next frame's part is. */
    int length() {
        return Math.min(end - at, CUT);
    }

    /** Whether another part comes after the next one. */
    boolean hasMore() {
        return at + length() < end;
    }
}
