package dev.espalier.process;

import dev.espalier.core.CancelledError;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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
    private static final byte[] NOTHING = new byte[0];
    private static final @Nullable Object[] NO_ARRAYS = {};
    private static final int KEPT = 1024;
    /** Stands for an object that is not made yet. */
    private static final Object UNFINISHED = new Object();

    private final Symbols symbols;
    private byte[] bytes = NOTHING;
    private @Nullable Object[] large = NO_ARRAYS;
    private int at;
    private int end;
    /** So many elements may still be announced: each takes a byte at least, so there are no more than bytes. */
    private int budget;
    /** The objects of this value, by number, see {@link Seen}. */
    private final ArrayList<Object> made = new ArrayList<>();
    private int depth;
    private int hashed;

    Decoder(Symbols symbols) {
        this.symbols = symbols;
    }

    private static VarHandle view(Class<?> arrayClass) {
        return MethodHandles.byteArrayViewVarHandle(arrayClass, ByteOrder.LITTLE_ENDIAN);
    }

    /** Starts to read these bytes. */
    Decoder over(byte[] source, int from, int to) {
        return over(source, from, to, NO_ARRAYS);
    }

    /** The same, of a message beside which arrays came. */
    Decoder over(byte[] source, int from, int to, @Nullable Object[] arrays) {
        bytes = source;
        large = arrays;
        at = from;
        end = to;
        budget = Math.max(0, to - from);
        depth = 0;
        return this;
    }

    /** Starts to read the inside of an object that the JDK's serialisation reads, so deep in the whole. */
    Decoder inside(byte[] source, int outer) {
        over(source, 0, source.length);
        depth = outer;
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

    int depth() {
        return depth;
    }

    /** Reads one value of any type, after which nothing more may come. */
    @Nullable Object last() {
        Object value = value();
        if (at != end) {
            throw new EncodingException((end - at) + " bytes are left over");
        }
        return value;
    }

    /**
     * Reads one value of any type.
     *
     * @throws EncodingException if the bytes are no value, also where code of the value itself failed
     */
    @Nullable Object value() {
        int outer = depth;
        try {
            return element();
        } catch (EncodingException | CancelledError failure) {
            throw failure;
        } catch (StackOverflowError deep) {
            throw new EncodingException("the value is nested too deeply", deep);
        } catch (RuntimeException | Error failure) {
            throw EncodingException.by("reading the value", failure);
        } finally {
            depth = outer;
            hashed = 0;
            forget();
        }
    }

    private void forget() {
        if (made.size() > KEPT) {
            made.clear();
            made.trimToSize();
        } else {
            made.clear();
        }
    }

    /** Reads an element of a set or a key of a map. */
    @Nullable Object key() {
        hashed++;
        Object key = element();
        hashed--;
        return key;
    }

    /** Reads a value inside another one. */
    @Nullable Object element() {
        int tag = getByte() & 0xFF;
        if (!Tag.isTracked(tag)) {
            return plain(tag);
        }
        if (tag == Tag.SAME) {
            return earlier();
        }
        if (++depth > Tag.MAX_DEPTH) {
            throw new EncodingException("values are nested deeper than " + Tag.MAX_DEPTH);
        }
        int number = -1;
        if (hashed == 0) {
            number = made.size();
            made.add(UNFINISHED);
        }
        Object result = nested(tag, number);
        made(number, result);
        depth--;
        return result;
    }

    /** From here on the value may refer to this object. */
    void made(int number, Object object) {
        if (number >= 0) {
            made.set(number, object);
        }
    }

    private Object earlier() {
        long number = getUnsigned();
        if (hashed > 0 || number < 0 || number >= made.size() || made.get((int) number) == UNFINISHED) {
            throw new EncodingException("there is no object " + number + " to refer to here");
        }
        return made.get((int) number);
    }

    private @Nullable Object plain(int tag) {
        return switch (tag >> 4) {
            case Tag.SCALARS -> ScalarCodec.read(this, tag);
            case Tag.NAMED -> RecordCodec.read(this, tag, -1);
            default -> NumberTimeCodec.read(this, tag);
        };
    }

    private Object nested(int tag, int number) {
        return switch (tag >> 4) {
            case Tag.ARRAYS -> ArrayCodec.read(this, tag);
            case Tag.COLLECTIONS -> CollectionCodec.read(this, tag, number);
            case Tag.NAMED -> RecordCodec.read(this, tag, number);
            default -> other(tag);
        };
    }

    private Object other(int tag) {
        return switch (tag) {
            case Tag.CUSTOM -> CustomCodec.read(this);
            case Tag.BUFFER -> BufferCodec.read(this);
            case Tag.SHARED -> SharedCodec.read(this);
            default -> JdkCodec.read(this, tag);
        };
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

    /** A count of values, each of which takes at least a byte of its own. */
    int getCount() {
        int count = getLength(1);
        budget -= count;
        if (budget < 0) {
            throw new EncodingException("more elements are announced than there are bytes");
        }
        return count;
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

    /** An array that came beside the message; each is given once, and not kept here any longer. */
    Object getLarge() {
        long number = getUnsigned();
        Object array = number < 0 || number >= large.length ? null : large[(int) number];
        if (array == null) {
            throw new EncodingException("there is no array " + number + " beside this message, or no more");
        }
        large[(int) number] = null;
        return array;
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

    /** As {@link #take}, with a length that came in the message. */
    int takeBytes(int length) {
        if (length < 0) {
            throw new EncodingException("an object claims " + length + " bytes");
        }
        return take(length);
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
