package dev.espalier.process;

import dev.espalier.core.CancelledError;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes values in the compact form of {@link Tag}. Not thread-safe, not re-entrant.
 */
final class Encoder {
    private static final VarHandle SHORT = view(short[].class);
    private static final VarHandle CHAR = view(char[].class);
    private static final VarHandle INT = view(int[].class);
    private static final VarHandle LONG = view(long[].class);

    private final SymbolTable symbols;
    private byte[] bytes = new byte[512];
    private int size;
    private final Seen seen = new Seen();
    private final LargeArrays large = new LargeArrays();
    private int depth;
    /** So many elements of sets and keys of maps surround what is written now. */
    private int hashed;
    /** What moves with the message; null where nothing may. */
    private @Nullable Departures departures;

    Encoder(SymbolTable symbols) {
        this.symbols = symbols;
    }

    private static VarHandle view(Class<?> arrayClass) {
        return MethodHandles.byteArrayViewVarHandle(arrayClass, ByteOrder.LITTLE_ENDIAN);
    }

    /** For a value inside of an object that the JDK's serialisation writes, so deep in the whole. */
    Encoder(SymbolTable symbols, int depth) {
        this.symbols = symbols;
        this.depth = depth;
    }

    /** From now on shared buffers may move with what is written; whoever sends it has them {@link Departures#leave}. */
    Departures departing() {
        Departures made = departures;
        if (made == null) {
            made = new Departures();
            departures = made;
        }
        return made;
    }

    /** From now on they may not. */
    @Nullable Departures staying() {
        departures = null;
        return null;
    }

    @Nullable Departures departures() {
        return departures;
    }

    /** Forgets what was written; a large array is not kept. */
    void reset() {
        size = 0;
        if (departures != null) {
            departures.forget(0);
        }
        large.reset();
        if (bytes.length > Frames.MAX_CHUNK) {
            bytes = new byte[512];
        }
    }

    byte[] array() {
        return bytes;
    }

    int size() {
        return size;
    }

    /** Everything written since the last reset. */
    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    /** The same, and forgets it. */
    byte[] take() {
        byte[] all = bytes;
        if (size == all.length) {
            // A large array that was written last fills the buffer exactly: it need not be copied once more.
            bytes = new byte[512];
        } else {
            all = Arrays.copyOf(all, size);
        }
        reset();
        return all;
    }

    /** The arrays that go beside what is written. */
    LargeArrays large() {
        return large;
    }

    SymbolTable symbols() {
        return symbols;
    }

    /** Forgets what was written from there on. */
    void truncate(int place) {
        size = place;
    }

    int depth() {
        return depth;
    }

    /**
     * Appends one value of any type, whole or not at all.
     *
     * @throws EncodingException if it cannot travel, also where code of the value itself failed
     */
    void root(@Nullable Object value) {
        int before = size;
        int largeBefore = large.size();
        int outer = depth;
        int leaving = departures == null ? 0 : departures.pending();
        boolean whole = false;
        try {
            value(value);
            whole = true;
        } catch (EncodingException | CancelledError failure) {
            throw failure;
        } catch (StackOverflowError deep) {
            throw new EncodingException("the value is nested too deeply", deep);
        } catch (RuntimeException | Error failure) {
            throw EncodingException.by("writing the value", failure);
        } finally {
            if (!whole) {
                undo(before, leaving);
                large.truncate(largeBefore);
            }
            depth = outer;
            hashed = 0;
            seen.clear();
        }
    }

    private void undo(int before, int leaving) {
        size = before;
        if (departures != null) {
            departures.forget(leaving);
        }
    }

    /** Appends an element of a set or a key of a map. */
    void key(@Nullable Object value) {
        hashed++;
        value(value);
        hashed--;
    }

    /** Appends a value inside another one. */
    void value(@Nullable Object value) {
        int tag = Tag.of(value);
        if (value == null || !Tag.isTracked(tag)) {
            plain(tag, value);
        } else if (hashed > 0) {
            // No reference back: with them, a few bytes could be a value whose hash code takes years to compute.
            nested(tag, value);
        } else {
            int known = seen.find(value);
            if (known < 0) {
                fresh(tag, value);
            } else if (seen.isComplete(known)) {
                putByte(Tag.SAME);
                putLength(known);
            } else {
                throw new EncodingException("an object of " + value.getClass().getName() + " holds itself, and can be"
                        + " made only when all it holds is there");
            }
        }
    }

    private void fresh(int tag, Object value) {
        int number = seen.add(value);
        if (Tag.mayHoldItself(tag)) {
            nested(tag, value);
        } else {
            seen.setComplete(number, false);
            nested(tag, value);
            seen.setComplete(number, true);
        }
    }

    private void nested(int tag, Object value) {
        if (++depth > Tag.MAX_DEPTH) {
            throw new EncodingException("values are nested deeper than " + Tag.MAX_DEPTH + ", or hold themselves");
        }
        switch (tag >> 4) {
            case Tag.ARRAYS -> ArrayCodec.write(this, tag, value);
            case Tag.COLLECTIONS -> CollectionCodec.write(this, tag, value);
            case Tag.NAMED -> RecordCodec.write(this, tag, value);
            default -> other(tag, value);
        }
        depth--;
    }

    private void other(int tag, Object value) {
        if (tag == Tag.CUSTOM) {
            CustomCodec.write(this, value);
        } else if (tag == Tag.BUFFER) {
            BufferCodec.write(this, (SharedBuffer) value);
        } else if (tag == Tag.SHARED) {
            SharedCodec.write(this, value);
        } else {
            JdkCodec.write(this, value);
        }
    }

    private void plain(int tag, @Nullable Object value) {
        switch (tag >> 4) {
            case Tag.SCALARS -> ScalarCodec.write(this, tag, value);
            case Tag.NAMED -> RecordCodec.write(this, tag, value);
            default -> NumberTimeCodec.write(this, tag, value);
        }
    }

    void putByte(int value) {
        room(1);
        bytes[size++] = (byte) value;
    }

    void putShort(short value) {
        int at = reserve(2);
        SHORT.set(bytes, at, value);
    }

    void putChar(char value) {
        int at = reserve(2);
        CHAR.set(bytes, at, value);
    }

    void putFixedInt(int value) {
        int at = reserve(4);
        INT.set(bytes, at, value);
    }

    void putFixedLong(long value) {
        int at = reserve(8);
        LONG.set(bytes, at, value);
    }

    /** A length or an id: 1 to 5 bytes, never negative. */
    void putLength(int value) {
        putUnsigned(value);
    }

    /** 1 to 10 bytes; small absolute values are short. */
    void putLong(long value) {
        putUnsigned((value << 1) ^ (value >> 63));
    }

    private void putUnsigned(long value) {
        room(10);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
    }

    void putBytes(byte[] source, int from, int length) {
        room(length);
        System.arraycopy(source, from, bytes, size, length);
        size += length;
    }

    /** A string with its length: one byte a character where all are below 256, else two. */
    void putString(String value) {
        int length = value.length();
        putLong(length);
        int at = room(length);
        for (int i = 0; i < length; i++) {
            char c = value.charAt(i);
            if (c > 0xFF) {
                wideString(value);
                return;
            }
            bytes[at + i] = (byte) c;
        }
        size += length;
    }

    // The length was just written as a positive number; a negative one says that the characters are wide.
    private void wideString(String value) {
        int length = value.length();
        size -= sizeOfLong(length);
        putLong(-length);
        room(Math.multiplyExact(2, length));
        for (int i = 0; i < length; i++) {
            CHAR.set(bytes, size + 2 * i, value.charAt(i));
        }
        size += 2 * length;
    }

    private static int sizeOfLong(long value) {
        int count = 1;
        for (long rest = ((value << 1) ^ (value >> 63)) >>> 7; rest != 0; rest >>>= 7) {
            count++;
        }
        return count;
    }

    /** Leaves {@code length} bytes to be filled in later and gives the place where they start. */
    int reserve(int length) {
        int from = room(length);
        size += length;
        return from;
    }

    void patchFixedInt(int place, int value) {
        INT.set(bytes, place, value);
    }

    /** Makes room for {@code more} bytes and gives the place where they go. */
    int room(int more) {
        long needed = (long) size + more;
        if (needed > bytes.length) {
            if (needed > Frames.MAX_MESSAGE) {
                throw new EncodingException("the encoded value is longer than " + Frames.MAX_MESSAGE
                        + " bytes; send it in parts, or send the path of a file");
            }
            bytes = Arrays.copyOf(bytes, (int) Math.min(Frames.MAX_MESSAGE, Math.max(needed, bytes.length * 2L)));
        }
        return size;
    }
}
