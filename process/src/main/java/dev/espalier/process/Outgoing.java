package dev.espalier.process;

/** A message on its way out, of which frames were cut off so far up to {@link #at}. Written by whoever cuts it. */
final class Outgoing {
    final FrameKind kind;
    final long id;
    final byte[] payload;
    final int end;
    int at;

    Outgoing(FrameKind kind, long id, byte[] payload, int from, int end) {
        this.kind = kind;
        this.id = id;
        this.payload = payload;
        this.at = from;
        this.end = end;
    }

    /** How long the next frame's part is. */
    int length() {
        return Math.min(end - at, Frames.MAX_CHUNK);
    }

    /** Whether another part comes after the next one. */
    boolean hasMore() {
        return at + length() < end;
    }
}
