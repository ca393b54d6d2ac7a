package dev.espalier.io;

import java.nio.ByteBuffer;
import java.util.zip.ZipException;

/** What comes before the packed bytes of GZIP (RFC 1952, 2.3): found, and not kept. It may have a name and a comment of any length. */
final class GzipHead implements Framing {
    /** With none of what it may have. */
    static final byte[] SHORTEST = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};

    /** Far more than a name, a comment and what programs add need. */
    private static final int LONGEST = 128 << 10;

    private static final int FLAGS = 3;
    private static final int CHECKSUM = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;
    private static final int UNKNOWN = 0xe0;

    @Override
    public Look look(ByteBuffer bytes, int seen) throws ZipException {
        for (int i = 0; i < Math.min(bytes.limit(), FLAGS); i++) {
            if (bytes.get(i) != SHORTEST[i]) {
                throw new ZipException("what follows is not packed as GZIP: it has " + Byte.toUnsignedInt(bytes.get(i)) + " as byte " + i
                        + ", and not " + Byte.toUnsignedInt(SHORTEST[i]));
            }
        }
        if (bytes.limit() < SHORTEST.length) {
            return new More(SHORTEST.length);
        }
        int end = end(bytes, bytes.get(FLAGS));
        if (end >= 0 && end <= bytes.limit()) {
            return new Frame(end);
        }
        if (bytes.limit() > LONGEST) {
            throw new ZipException("what comes before the packed bytes of GZIP has more than " + LONGEST + " bytes");
        }
        return new More(Math.max(bytes.limit() + 1, end));
    }

    /** Where it ends; more than there is, or -1, if that is not known yet. */
    private static int end(ByteBuffer bytes, int flags) throws ZipException {
        if ((flags & UNKNOWN) != 0) {
            throw new ZipException("a head of GZIP has flags that nobody knows: " + Integer.toHexString(Byte.toUnsignedInt((byte) flags)));
        }
        int at = SHORTEST.length;
        if ((flags & EXTRA) != 0) {
            if (bytes.limit() < at + 2) {
                return at + 2;
            }
            at += 2 + Byte.toUnsignedInt(bytes.get(at)) + (Byte.toUnsignedInt(bytes.get(at + 1)) << Byte.SIZE);
        }
        at = (flags & NAME) != 0 ? afterZero(bytes, at) : at;
        at = (flags & COMMENT) != 0 && at >= 0 ? afterZero(bytes, at) : at;
        return (flags & CHECKSUM) != 0 && at >= 0 ? at + 2 : at;
    }

    private static int afterZero(ByteBuffer bytes, int from) {
        int at = from;
        while (at < bytes.limit() && bytes.get(at) != 0) {
            at++;
        }
        return at < bytes.limit() ? at + 1 : -1;
    }
}
