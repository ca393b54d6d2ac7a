package dev.espalier.process;

import java.nio.ByteOrder;

/**
 * The layout of a frame, the same on the socket and in a ring.
 */
final class Frames {
    // offset 0  int   payload bytes in this frame, 0 to MAX_CHUNK
    //        4  byte  kind
    //        5  byte  flags: MORE = another chunk of the same message follows
    //        6  short zero
    //        8  long  id
    //
    // A message longer than MAX_CHUNK travels as several frames of one kind and id. Frames of other messages may stand
    // between them, so that a control frame never waits behind a large payload.
    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    static final int HEADER = 16;
    static final int MAX_CHUNK = 64 * 1024;
    static final int MORE = 1;
    /** The longest message that is taken, in bytes: what a Java array holds, with room for a header. */
    static final int MAX_MESSAGE = Integer.MAX_VALUE - 64;
    static final int PROTOCOL = 1;

    private static final int KIND_SHIFT = 32;
    private static final int FLAGS_SHIFT = 40;

    private Frames() {
    }

    /** The first eight bytes as one number. */
    static long head(FrameKind kind, boolean more, int length) {
        return (more ? (long) MORE << FLAGS_SHIFT : 0) | (long) kind.number() << KIND_SHIFT | length;
    }

    /** The length in such a number. */
    static int length(long head) throws ProtocolException {
        int length = (int) head;
        if (length < 0 || length > MAX_CHUNK) {
            throw new ProtocolException("a frame claims " + length + " payload bytes; 0 to " + MAX_CHUNK
                    + " are allowed");
        }
        return length;
    }

    static FrameKind kind(long head) throws ProtocolException {
        if (head >>> FLAGS_SHIFT > MORE) {
            throw new ProtocolException("a frame has unknown flags");
        }
        FrameKind kind = FrameKind.of((byte) (head >>> KIND_SHIFT));
        if (kind == null) {
            throw new ProtocolException("a frame has the unknown kind " + (byte) (head >>> KIND_SHIFT));
        }
        return kind;
    }

    static boolean more(long head) {
        return head >>> FLAGS_SHIFT == MORE;
    }
}
