package dev.espalier.process;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The first byte of every encoded value. The upper four bits name the class that reads and writes it.
 */
final class Tag {
    static final int SCALARS = 0;
    static final int ARRAYS = 1;
    static final int NUMBERS_AND_TIMES = 2;
    static final int COLLECTIONS = 3;
    static final int NAMED = 4;
    static final int OTHER = 5;

    static final int NULL = 0x00;
    static final int TRUE = 0x01;
    static final int FALSE = 0x02;
    static final int BYTE = 0x03;
    static final int SHORT = 0x04;
    static final int CHAR = 0x05;
    static final int INT = 0x06;
    static final int LONG = 0x07;
    static final int FLOAT = 0x08;
    static final int DOUBLE = 0x09;
    static final int STRING = 0x0A;

    static final int BYTES = 0x10;
    static final int BOOLEANS = 0x11;
    static final int SHORTS = 0x12;
    static final int CHARS = 0x13;
    static final int INTS = 0x14;
    static final int LONGS = 0x15;
    static final int FLOATS = 0x16;
    static final int DOUBLES = 0x17;
    static final int STRINGS = 0x18;
    /** An array that came beside the message; its number follows. */
    static final int LARGE = 0x19;

    static final int BIG_INTEGER = 0x20;
    static final int BIG_DECIMAL = 0x21;
    static final int UUID_ = 0x22;
    static final int DURATION = 0x23;
    static final int INSTANT = 0x24;
    static final int DATE = 0x25;
    static final int TIME = 0x26;
    static final int DATE_TIME = 0x27;
    static final int OFFSET = 0x28;
    static final int OFFSET_DATE_TIME = 0x29;
    static final int ZONED_DATE_TIME = 0x2A;

    static final int FIRST_NESTED = 0x30;
    static final int ARRAY_LIST = 0x30;
    static final int FIXED_LIST = 0x31;
    static final int HASH_MAP = 0x32;
    static final int LINKED_MAP = 0x33;
    static final int FIXED_MAP = 0x34;
    static final int HASH_SET = 0x35;
    static final int LINKED_SET = 0x36;
    static final int FIXED_SET = 0x37;
    static final int OPTIONAL = 0x38;
    static final int WRAPPED_LIST = 0x39;
    static final int TREE_MAP = 0x3A;
    static final int TREE_SET = 0x3B;
    static final int ARRAY_DEQUE = 0x3C;
    static final int LINKED_LIST = 0x3D;
    static final int ENTRY = 0x3E;

    static final int ENUM = 0x40;
    static final int RECORD = 0x41;
    static final int CLASS = 0x42;
    static final int ARRAY = 0x43;

    static final int JDK = 0x50;
    static final int CUSTOM = 0x51;
    /** The same object as an earlier one of this value; its number follows. */
    static final int SAME = 0x52;
    /** A shared buffer, which moves with the message. */
    static final int BUFFER = 0x53;
    /** A lock, semaphore or counter. */
    static final int SHARED = 0x54;

    /** So deep may values be nested. */
    static final int MAX_DEPTH = 512;

    // Exact classes only: a subclass may carry more than its parent, and goes to the JDK's serialisation.
    private static final IdentityHashMap<Class<?>, Integer> BUILT_IN = builtIn();

    private static final ClassValue<Integer> OF = new ClassValue<>() {
        @Override
        protected Integer computeValue(Class<?> type) {
            Integer known = BUILT_IN.get(type);
            if (known != null) {
                return known;
            }
            if (type.isRecord() && RecordCodec.canReach(type)) {
                return RECORD;
            }
            if (Enum.class.isAssignableFrom(type) && type != Enum.class) {
                return ENUM;
            }
            if (type.isArray()) {
                return ARRAY;
            }
            return CustomCodec.handles(type) ? CUSTOM : viewOrOther(type);
        }
    };

    private Tag() {
    }

    /** The tag of a value. */
    static int of(@Nullable Object value) {
        if (value == null) {
            return NULL;
        }
        Class<?> type = value.getClass();
        if (type == String.class) {
            return STRING;
        }
        if (type == Integer.class) {
            return INT;
        }
        if (type == Boolean.class) {
            return (Boolean) value ? TRUE : FALSE;
        }
        return OF.get(type);
    }

    // Parts of collections: nobody expects that a list cannot travel because it is a part of another one.
    private static int viewOrOther(Class<?> type) {
        if (Serializable.class.isAssignableFrom(type) || !type.getName().startsWith("java.util.")) {
            return JDK;
        }
        if (Map.class.isAssignableFrom(type)) {
            return LINKED_MAP;
        }
        if (Map.Entry.class.isAssignableFrom(type)) {
            return ENTRY;
        }
        if (Set.class.isAssignableFrom(type)) {
            return LINKED_SET;
        }
        return Collection.class.isAssignableFrom(type) ? ARRAY_LIST : JDK;
    }

    /** True for what has an identity that a message keeps: not for numbers, strings, times, constants and classes. */
    static boolean isTracked(int tag) {
        return tag >= FIRST_NESTED ? tag != ENUM && tag != CLASS : tag >> 4 == ARRAYS;
    }

    /** True where the reader has the object before it reads what it holds, so that this may refer back to it. */
    static boolean mayHoldItself(int tag) {
        return switch (tag) {
            case ARRAY_LIST, WRAPPED_LIST, LINKED_LIST, ARRAY_DEQUE, HASH_MAP, LINKED_MAP, TREE_MAP, ARRAY -> true;
            default -> false;
        };
    }

    private static IdentityHashMap<Class<?>, Integer> builtIn() {
        var map = new IdentityHashMap<Class<?>, Integer>(128);
        scalars(map);
        arrays(map);
        numbersAndTimes(map);
        collections(map);
        map.put(Class.class, CLASS);
        map.put(SharedBuffer.class, BUFFER);
        map.put(SharedLock.class, SHARED);
        map.put(SharedSemaphore.class, SHARED);
        map.put(SharedCounter.class, SHARED);
        return map;
    }

    private static void scalars(Map<Class<?>, Integer> map) {
        map.put(Byte.class, BYTE);
        map.put(Short.class, SHORT);
        map.put(Character.class, CHAR);
        map.put(Long.class, LONG);
        map.put(Float.class, FLOAT);
        map.put(Double.class, DOUBLE);
    }

    private static void arrays(Map<Class<?>, Integer> map) {
        map.put(byte[].class, BYTES);
        map.put(boolean[].class, BOOLEANS);
        map.put(short[].class, SHORTS);
        map.put(char[].class, CHARS);
        map.put(int[].class, INTS);
        map.put(long[].class, LONGS);
        map.put(float[].class, FLOATS);
        map.put(double[].class, DOUBLES);
        map.put(String[].class, STRINGS);
    }

    private static void numbersAndTimes(Map<Class<?>, Integer> map) {
        map.put(BigInteger.class, BIG_INTEGER);
        map.put(BigDecimal.class, BIG_DECIMAL);
        map.put(UUID.class, UUID_);
        map.put(Duration.class, DURATION);
        map.put(Instant.class, INSTANT);
        map.put(LocalDate.class, DATE);
        map.put(LocalTime.class, TIME);
        map.put(LocalDateTime.class, DATE_TIME);
        map.put(ZoneOffset.class, OFFSET);
        map.put(OffsetDateTime.class, OFFSET_DATE_TIME);
        map.put(ZonedDateTime.class, ZONED_DATE_TIME);
    }

    private static void collections(Map<Class<?>, Integer> map) {
        map.put(ArrayList.class, ARRAY_LIST);
        map.put(Arrays.asList("").getClass(), WRAPPED_LIST);
        map.put(List.of().getClass(), FIXED_LIST);
        map.put(List.of("").getClass(), FIXED_LIST);
        map.put(HashMap.class, HASH_MAP);
        map.put(LinkedHashMap.class, LINKED_MAP);
        map.put(Map.of().getClass(), FIXED_MAP);
        map.put(Map.of("", "").getClass(), FIXED_MAP);
        map.put(HashSet.class, HASH_SET);
        map.put(LinkedHashSet.class, LINKED_SET);
        map.put(Set.of().getClass(), FIXED_SET);
        map.put(Set.of("").getClass(), FIXED_SET);
        map.put(Optional.class, OPTIONAL);
        map.put(TreeMap.class, TREE_MAP);
        map.put(TreeSet.class, TREE_SET);
        map.put(ArrayDeque.class, ARRAY_DEQUE);
        map.put(LinkedList.class, LINKED_LIST);
        map.put(Map.entry("", "").getClass(), ENTRY);
    }
}
