package dev.espalier.io;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Unsigned numbers of variable length: seven bits a byte, the lowest first, and the high bit says that more follow (LEB128, the
 * varint of Protocol Buffers).
 */
final class Varint {
    private static final int LONGEST = 10;

    private Varint() {}

    /** How long the number at the beginning is; 0 if its end has not come. */
    static int length(ByteBuffer bytes) throws ProtocolException {
        int length = 0;
        while (length < Math.min(bytes.limit(), LONGEST)) {
            byte next = bytes.get(length++);
            if (length == LONGEST && (next & 0xFE) != 0) {
                throw new ProtocolException("a number of variable length has at most " + LONGEST
                        + " bytes and 64 bits, and more came; they can still be read");
            }
            if (next >= 0) {
                return length;
            }
        }
        return 0;
    }

    /** The number at the beginning, which is complete; more than a long can say is negative. */
    static long value(ByteBuffer bytes) {
        long value = 0;
        int at = 0;
        byte next;
        do {
            next = bytes.get(at);
            value |= (next & 0x7FL) << (7 * at++);
        } while (next < 0);
        return value;
    }

    static byte[] of(long value) {
        byte[] bytes = new byte[LONGEST];
        int length = 0;
        long left = value;
        while ((left & ~0x7FL) != 0) {
            bytes[length++] = (byte) (left | 0x80);
            left >>>= 7;
        }
        bytes[length++] = (byte) left;
        return Arrays.copyOf(bytes, length);
    }
}
