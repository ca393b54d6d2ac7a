package dev.espalier.process;

import java.util.AbstractMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The collections of {@code java.util} that are used most. What comes out has the same kind: changeable where the
 * original was, unchangeable where it was not. Views such as {@code subList} and {@code keySet} become collections of
 * their own.
 */
final class CollectionCodec {
    private CollectionCodec() {
    }

    static void write(Encoder out, int tag, Object value) {
        out.putByte(tag);
        switch (tag) {
            case Tag.TREE_MAP -> {
                out.value(((SortedMap<?, ?>) value).comparator());
                writeMap(out, (Map<?, ?>) value);
            }
            case Tag.TREE_SET -> {
                out.value(((SortedSet<?>) value).comparator());
                writeKeys(out, (Set<?>) value);
            }
            case Tag.HASH_MAP, Tag.LINKED_MAP, Tag.FIXED_MAP -> writeMap(out, (Map<?, ?>) value);
            case Tag.HASH_SET, Tag.LINKED_SET, Tag.FIXED_SET -> writeKeys(out, (Set<?>) value);
            case Tag.OPTIONAL -> out.value(((Optional<?>) value).orElse(null));
            case Tag.ENTRY -> {
                out.value(((Map.Entry<?, ?>) value).getKey());
                out.value(((Map.Entry<?, ?>) value).getValue());
            }
            default -> writeElements(out, (Collection<?>) value);
        }
    }

    /** Objects that may hold themselves are made known under their number before their elements are read. */
    @SuppressWarnings("JdkObsolete") // whoever sent a LinkedList gets one
    static Object read(Decoder in, int tag, int number) {
        return switch (tag) {
            case Tag.OPTIONAL -> Optional.ofNullable(in.element());
            case Tag.ENTRY -> entry(in);
            case Tag.FIXED_LIST -> fixedList(in);
            case Tag.WRAPPED_LIST -> wrappedList(in, number);
            case Tag.ARRAY_LIST -> fill(in, number, new ArrayList<>());
            case Tag.LINKED_LIST -> fill(in, number, new LinkedList<>());
            case Tag.ARRAY_DEQUE -> fill(in, number, new ArrayDeque<>());
            case Tag.HASH_SET -> fillSet(in, new HashSet<>());
            case Tag.LINKED_SET -> fillSet(in, new LinkedHashSet<>());
            case Tag.TREE_SET -> fillSet(in, new TreeSet<@Nullable Object>(comparator(in)));
            case Tag.FIXED_SET -> Set.copyOf(fillSet(in, new HashSet<>()));
            case Tag.HASH_MAP -> fillMap(in, number, new HashMap<>());
            case Tag.LINKED_MAP -> fillMap(in, number, new LinkedHashMap<>());
            case Tag.TREE_MAP -> fillMap(in, number, new TreeMap<@Nullable Object, @Nullable Object>(comparator(in)));
            case Tag.FIXED_MAP -> Map.copyOf(fillMap(in, -1, new HashMap<>()));
            default -> throw new EncodingException("the tag " + tag + " is unknown");
        };
    }

    private static void writeElements(Encoder out, Collection<?> elements) {
        Object[] snapshot = elements.toArray();
        out.putLength(snapshot.length);
        for (int i = 0; i < snapshot.length; i++) {
            try {
                out.value(snapshot[i]);
            } catch (EncodingException bad) {
                throw bad.under("[" + i + "]");
            }
        }
    }

    private static void writeKeys(Encoder out, Set<?> elements) {
        Object[] snapshot = elements.toArray();
        out.putLength(snapshot.length);
        for (Object each : snapshot) {
            try {
                out.key(each);
            } catch (EncodingException bad) {
                throw bad.under(EncodingException.step(each));
            }
        }
    }

    private static void writeMap(Encoder out, Map<?, ?> map) {
        Object[] entries = map.entrySet().toArray();
        out.putLength(entries.length);
        for (Object each : entries) {
            Map.Entry<?, ?> entry = (Map.Entry<?, ?>) each;
            try {
                out.key(entry.getKey());
                out.value(entry.getValue());
            } catch (EncodingException bad) {
                throw bad.under(EncodingException.step(entry.getKey()));
            }
        }
    }

    private static List<@Nullable Object> fixedList(Decoder in) {
        // Stream.toList() makes unchangeable lists that may hold nulls; they share a class with those of List.of().
        return Arrays.stream(elements(in, new @Nullable Object[in.getCount()])).toList();
    }

    private static List<@Nullable Object> wrappedList(Decoder in, int number) {
        @Nullable Object[] elements = new @Nullable Object[in.getCount()];
        List<@Nullable Object> list = Arrays.asList(elements);
        in.made(number, list);
        elements(in, elements);
        return list;
    }

    private static @Nullable Object[] elements(Decoder in, @Nullable Object[] elements) {
        for (int i = 0; i < elements.length; i++) {
            elements[i] = in.element();
        }
        return elements;
    }

    private static Map.Entry<@Nullable Object, @Nullable Object> entry(Decoder in) {
        Object key = in.element();
        Object value = in.element();
        return key == null || value == null ? new AbstractMap.SimpleImmutableEntry<>(key, value) : Map.entry(key, value);
    }

    private static <C extends Collection<@Nullable Object>> C fill(Decoder in, int number, C collection) {
        in.made(number, collection);
        int count = in.getCount();
        if (collection instanceof ArrayList<?> list) {
            list.ensureCapacity(count);
        }
        for (int i = 0; i < count; i++) {
            collection.add(in.element());
        }
        return collection;
    }

    private static Set<@Nullable Object> fillSet(Decoder in, Set<@Nullable Object> set) {
        int count = in.getCount();
        for (int i = 0; i < count; i++) {
            set.add(in.key());
        }
        return set;
    }

    private static Map<@Nullable Object, @Nullable Object> fillMap(Decoder in, int number,
            Map<@Nullable Object, @Nullable Object> map) {
        in.made(number, map);
        int count = in.getCount();
        for (int i = 0; i < count; i++) {
            Object key = in.key();
            map.put(key, in.element());
        }
        return map;
    }

    // Whether it fits the elements shows when they are compared, as everywhere in Java.
    @SuppressWarnings("unchecked")
    private static @Nullable Comparator<@Nullable Object> comparator(Decoder in) {
        Object comparator = in.element();
        if (comparator == null || comparator instanceof Comparator<?>) {
            return (Comparator<@Nullable Object>) comparator;
        }
        throw new EncodingException("a " + comparator.getClass().getName() + " is no comparator");
    }
}
