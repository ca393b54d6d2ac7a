package dev.espalier.process;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Arrays of primitives, and of strings.
 */
final class ArrayCodec {
    private ArrayCodec() {
    }

    static void write(Encoder out, int tag, Object array) {
        if (out.large().takes(tag, array)) {
            out.putByte(Tag.LARGE);
            out.putLength(out.large().add(tag, array));
            return;
        }
        out.putByte(tag);
        switch (tag) {
            case Tag.BYTES -> writeBytes(out, (byte[]) array);
            case Tag.BOOLEANS -> writeBooleans(out, (boolean[]) array);
            case Tag.STRINGS -> writeStrings(out, (@Nullable String[]) array);
            default -> writeWide(out, tag, array);
        }
    }

    static Object read(Decoder in, int tag) {
        return switch (tag) {
            case Tag.BYTES -> {
                byte[] bytes = new byte[in.getLength(1)];
                in.getBytes(bytes);
                yield bytes;
            }
            case Tag.BOOLEANS -> readBooleans(in);
            case Tag.STRINGS -> readStrings(in);
            case Tag.SHORTS -> readShorts(in);
            case Tag.CHARS -> readChars(in);
            case Tag.INTS -> readInts(in);
            case Tag.LONGS -> readLongs(in);
            case Tag.FLOATS -> readFloats(in);
            case Tag.DOUBLES -> readDoubles(in);
            case Tag.LARGE -> in.getLarge();
            default -> throw new EncodingException("the tag " + tag + " is unknown");
        };
    }

    private static void writeBytes(Encoder out, byte[] bytes) {
        out.putLength(bytes.length);
        out.putBytes(bytes, 0, bytes.length);
    }

    private static void writeBooleans(Encoder out, boolean[] values) {
        out.putLength(values.length);
        for (boolean value : values) {
            out.putByte(value ? 1 : 0);
        }
    }

    private static void writeStrings(Encoder out, @Nullable String[] values) {
        out.putLength(values.length);
        for (String value : values) {
            out.value(value);
        }
    }

    private static void writeWide(Encoder out, int tag, Object array) {
        switch (tag) {
            case Tag.SHORTS -> { var a = (short[]) array; target(out, a.length, 2).asShortBuffer().put(a); }
            case Tag.CHARS -> { var a = (char[]) array; target(out, a.length, 2).asCharBuffer().put(a); }
            case Tag.INTS -> { var a = (int[]) array; target(out, a.length, 4).asIntBuffer().put(a); }
            case Tag.LONGS -> { var a = (long[]) array; target(out, a.length, 8).asLongBuffer().put(a); }
            case Tag.FLOATS -> { var a = (float[]) array; target(out, a.length, 4).asFloatBuffer().put(a); }
            case Tag.DOUBLES -> { var a = (double[]) array; target(out, a.length, 8).asDoubleBuffer().put(a); }
            default -> throw new AssertionError(tag);
        }
    }

    // Buffers copy whole arrays at memory speed.
    private static ByteBuffer target(Encoder out, int length, int unit) {
        if (length > Frames.MAX_MESSAGE / unit) {
            throw tooLong(length);
        }
        out.putLength(length);
        int from = out.reserve(length * unit);
        return ByteBuffer.wrap(out.array(), from, length * unit).order(Frames.ORDER);
    }

    static EncodingException tooLong(int length) {
        return new EncodingException("an array of " + length + " elements is longer than " + Frames.MAX_MESSAGE
                + " bytes; send it in parts");
    }

    private static ByteBuffer source(Decoder in, int bytes) {
        return ByteBuffer.wrap(in.array(), in.take(bytes), bytes).order(Frames.ORDER);
    }

    private static boolean[] readBooleans(Decoder in) {
        boolean[] values = new boolean[in.getLength(1)];
        for (int i = 0; i < values.length; i++) {
            values[i] = in.getByte() != 0;
        }
        return values;
    }

    private static @Nullable String[] readStrings(Decoder in) {
        @Nullable String[] values = new @Nullable String[in.getCount()];
        for (int i = 0; i < values.length; i++) {
            Object value = in.element();
            if (value != null && value.getClass() != String.class) {
                throw new EncodingException("an array of strings holds a " + value.getClass().getName());
            }
            values[i] = (String) value;
        }
        return values;
    }

    private static short[] readShorts(Decoder in) {
        short[] values = new short[in.getLength(2)];
        source(in, values.length * 2).asShortBuffer().get(values);
        return values;
    }

    private static char[] readChars(Decoder in) {
        char[] values = new char[in.getLength(2)];
        source(in, values.length * 2).asCharBuffer().get(values);
        return values;
    }

    private static int[] readInts(Decoder in) {
        int[] values = new int[in.getLength(4)];
        source(in, values.length * 4).asIntBuffer().get(values);
        return values;
    }

    private static long[] readLongs(Decoder in) {
        long[] values = new long[in.getLength(8)];
        source(in, values.length * 8).asLongBuffer().get(values);
        return values;
    }

    private static float[] readFloats(Decoder in) {
        float[] values = new float[in.getLength(4)];
        source(in, values.length * 4).asFloatBuffer().get(values);
        return values;
    }

    private static double[] readDoubles(Decoder in) {
        double[] values = new double[in.getLength(8)];
        source(in, values.length * 8).asDoubleBuffer().get(values);
        return values;
    }
}
