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

    private Frames() {
    }
}
