package dev.espalier.process;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link Encoder} wrote. Every length is checked against what is there before anything is allocated, so bad
 * bytes give an {@link EncodingException} and never an exhausted heap. Not thread-safe, not re-entrant.
 */
final class Decoder {
    private static final VarHandle SHORT = view(short[].class);
    private static final VarHandle CHAR = view(char[].class);
    private static final VarHandle INT = view(int[].class);
    private static final VarHandle LONG = view(long[].class);
    private static final int MAX_DEPTH = 256;
    private static final byte[] NOTHING = new byte[0];

    private final Symbols symbols;
    private byte[] bytes = NOTHING;
    private int at;
    private int end;
    private int depth;

    Decoder(Symbols symbols) {
        this.symbols = symbols;
    }

    private static VarHandle view(Class<?> arrayClass) {
        return MethodHandles.byteArrayViewVarHandle(arrayClass, ByteOrder.LITTLE_ENDIAN);
    }

    /** Starts to read these bytes. */
    Decoder over(byte[] source, int from, int to) {
        bytes = source;
        at = from;
        end = to;
        depth = 0;
        return this;
    }

    Symbols symbols() {
        return symbols;
    }

    boolean atEnd() {
        return at == end;
    }

    int remaining() {
        return end - at;
    }

    /** Reads one value of any type. */
    @Nullable Object value() {
        int tag = getByte() & 0xFF;
        if (tag < Tag.FIRST_NESTED) {
            return switch (tag >> 4) {
                case Tag.SCALARS -> ScalarCodec.read(this, tag);
                case Tag.ARRAYS -> ArrayCodec.read(this, tag);
                default -> NumberTimeCodec.read(this, tag);
            };
        }
        if (++depth > MAX_DEPTH) {
            throw new EncodingException("values are nested deeper than " + MAX_DEPTH);
        }
        Object result = switch (tag >> 4) {
            case Tag.COLLECTIONS -> CollectionCodec.read(this, tag);
            case Tag.NAMED -> RecordCodec.read(this, tag);
            default -> JdkCodec.read(this, tag);
        };
        depth--;
        return result;
    }

    int getByte() {
        return bytes[take(1)];
    }

    short getShort() {
        return (short) SHORT.get(bytes, take(2));
    }

    char getChar() {
        return (char) CHAR.get(bytes, take(2));
    }

    int getFixedInt() {
        return (int) INT.get(bytes, take(4));
    }

    long getFixedLong() {
        return (long) LONG.get(bytes, take(8));
    }

    /** A count of things that take at least {@code unit} bytes each. */
    int getLength(int unit) {
        long length = getUnsigned();
        if (length < 0 || length > remaining() / unit) {
            throw new EncodingException("a length of " + length + " is more than the " + remaining() + " bytes left");
        }
        return (int) length;
    }

    /** The number of a symbol. */
    int getSymbol() {
        long number = getUnsigned();
        if (number < 0 || number >= symbols.size()) {
            throw new EncodingException("the symbol " + number + " was never defined");
        }
        return (int) number;
    }

    long getLong() {
        long raw = getUnsigned();
        return (raw >>> 1) ^ -(raw & 1);
    }

    int getInt() {
        long value = getLong();
        if (value != (int) value) {
            throw new EncodingException("the number " + value + " is no int");
        }
        return (int) value;
    }

    private long getUnsigned() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte next = bytes[take(1)];
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new EncodingException("a number is longer than 10 bytes");
    }

    void getBytes(byte[] target) {
        System.arraycopy(bytes, take(target.length), target, 0, target.length);
    }

    String getString() {
        long length = getLong();
        if (length >= 0) {
            checkLeft(length, 1);
            return new String(bytes, take((int) length), (int) length, StandardCharsets.ISO_8859_1);
        }
        checkLeft(-length, 2);
        char[] wide = new char[(int) -length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = getChar();
        }
        return new String(wide);
    }

    private void checkLeft(long length, int unit) {
        if (length < 0 || length > remaining() / unit) {
            throw new EncodingException("a string of " + length + " characters is more than the bytes left");
        }
    }

    byte[] array() {
        return bytes;
    }

    /** Steps over {@code length} bytes and gives the place where they start. */
    int take(int length) {
        int from = at;
        if (length > end - from) {
            throw new EncodingException("the value ends early: " + length + " bytes wanted, " + (end - from) + " left");
        }
        at = from + length;
        return from;
    }
}
