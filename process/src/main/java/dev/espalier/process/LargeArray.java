package dev.espalier.process;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * An array that travels beside the message it belongs to, in frames of its own: straight from the array into the memory on the
 * way, and from there into the array at the other end. Nothing of it is copied a second time.
 */
final class LargeArray {
    /** So many bytes at least; a shorter array is a part of the message. */
    static final int LEAST = 32 * 1024;
    /** Bytes of the announcement: the tag, and the number of elements in four bytes. */
    static final int HEADER = 5;

    private final int tag;
    private final Object array;
    private final MemorySegment bytes;

    private LargeArray(int tag, Object array, MemorySegment bytes) {
        this.tag = tag;
        this.array = array;
        this.bytes = bytes;
    }

    /** Around an array that nobody changes until it has gone. */
    static LargeArray around(int tag, Object array) {
        return new LargeArray(tag, array, switch (array) {
            case byte[] a -> MemorySegment.ofArray(a);
            case short[] a -> MemorySegment.ofArray(a);
            case char[] a -> MemorySegment.ofArray(a);
            case int[] a -> MemorySegment.ofArray(a);
            case long[] a -> MemorySegment.ofArray(a);
            case float[] a -> MemorySegment.ofArray(a);
            case double[] a -> MemorySegment.ofArray(a);
            default -> throw new AssertionError(array);
        });
    }

    /** A copy, which is as the array is now. */
    static LargeArray copy(int tag, Object array) {
        // A clone is not filled with zeros before.
        return around(tag, switch (array) {
            case byte[] a -> a.clone();
            case short[] a -> a.clone();
            case char[] a -> a.clone();
            case int[] a -> a.clone();
            case long[] a -> a.clone();
            case float[] a -> a.clone();
            case double[] a -> a.clone();
            default -> throw new AssertionError(array);
        });
    }

    /** A new one, of zeros. */
    private static LargeArray create(int tag, int count) {
        return around(tag, switch (tag) {
            case Tag.BYTES -> new byte[count];
            case Tag.SHORTS -> new short[count];
            case Tag.CHARS -> new char[count];
            case Tag.INTS -> new int[count];
            case Tag.LONGS -> new long[count];
            case Tag.FLOATS -> new float[count];
            case Tag.DOUBLES -> new double[count];
            default -> throw new AssertionError(tag);
        });
    }

    /** Bytes of an element of such an array; 0 for arrays that cannot travel so. */
    static int unit(int tag) {
        return switch (tag) {
            case Tag.BYTES -> 1;
            case Tag.SHORTS, Tag.CHARS -> 2;
            case Tag.INTS, Tag.FLOATS -> 4;
            case Tag.LONGS, Tag.DOUBLES -> 8;
            default -> 0;
        };
    }

    /** What is sent before its bytes. */
    byte[] header() {
        return ByteBuffer.allocate(HEADER).order(Frames.ORDER).put((byte) tag)
                .putInt((int) (bytes.byteSize() / unit(tag))).array();
    }

    /** An array that will come. */
    record Announcement(int tag, int count) {
        long bytes() {
            return (long) count * unit(tag);
        }

        /**
         * Makes it; of many megabytes that takes milliseconds.
         *
         * @throws ProtocolException if there is no memory for it
         */
        LargeArray create() throws ProtocolException {
            try {
                return LargeArray.create(tag, count);
            } catch (OutOfMemoryError full) {
                throw new ProtocolException("an array of " + bytes() + " bytes is announced, for which there is no memory ("
                        + full.getMessage() + ")");
            }
        }
    }

    /**
     * Reads a header.
     *
     * @param most bytes that the array may have
     * @throws ProtocolException if it is none, or longer
     */
    static Announcement announced(byte[] header, long most) throws ProtocolException {
        if (header.length != HEADER) {
            throw new ProtocolException("an array is announced in " + header.length + " bytes, not in " + HEADER);
        }
        ByteBuffer in = ByteBuffer.wrap(header).order(Frames.ORDER);
        int tag = in.get();
        int count = in.getInt();
        if (unit(tag) == 0 || count < 0 || (long) count * unit(tag) < LEAST || (long) count * unit(tag) > most) {
            throw new ProtocolException("an array of " + count + " elements with the tag " + tag
                    + " is announced; from " + LEAST + " to " + most + " bytes are allowed");
        }
        return new Announcement(tag, count);
    }

    Object array() {
        return array;
    }

    /** Its bytes, in the order of this machine. */
    MemorySegment bytes() {
        return bytes;
    }

    @Override
    public String toString() {
        return array.getClass().getSimpleName() + " of " + bytes.byteSize() + " bytes";
    }
}
