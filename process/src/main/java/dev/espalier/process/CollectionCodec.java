package dev.espalier.process;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The collections of {@code java.util} that are used most. What comes out has the same kind: changeable where the
 * original was, unchangeable where it was not.
 */
final class CollectionCodec {
    private CollectionCodec() {
    }

    static void write(Encoder out, int tag, @Nullable Object nullable) {
        Object value = Objects.requireNonNull(nullable);
        out.putByte(tag);
        switch (tag) {
            case Tag.HASH_MAP, Tag.LINKED_MAP, Tag.FIXED_MAP -> writeMap(out, (Map<?, ?>) value);
            case Tag.OPTIONAL -> out.value(((Optional<?>) value).orElse(null));
            default -> writeElements(out, (Collection<?>) value);
        }
    }

    static Object read(Decoder in, int tag) {
        if (tag == Tag.OPTIONAL) {
            return Optional.ofNullable(in.value());
        }
        return switch (tag) {
            case Tag.HASH_MAP, Tag.LINKED_MAP, Tag.FIXED_MAP -> readMap(in, tag);
            case Tag.ARRAY_LIST, Tag.FIXED_LIST, Tag.WRAPPED_LIST -> readList(in, tag);
            case Tag.HASH_SET, Tag.LINKED_SET, Tag.FIXED_SET -> readSet(in, tag);
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

    private static void writeMap(Encoder out, Map<?, ?> map) {
        Object[] entries = map.entrySet().toArray();
        out.putLength(entries.length);
        for (Object each : entries) {
            Map.Entry<?, ?> entry = (Map.Entry<?, ?>) each;
            try {
                out.value(entry.getKey());
                out.value(entry.getValue());
            } catch (EncodingException bad) {
                throw bad.under("[" + entry.getKey() + "]");
            }
        }
    }

    private static List<@Nullable Object> readList(Decoder in, int tag) {
        @Nullable Object[] elements = elements(in);
        if (tag == Tag.ARRAY_LIST) {
            return new ArrayList<@Nullable Object>(Arrays.asList(elements));
        }
        // Stream.toList() makes unchangeable lists that may hold nulls; they share a class with those of List.of().
        return tag == Tag.FIXED_LIST ? Arrays.stream(elements).toList() : Arrays.asList(elements);
    }

    private static Set<@Nullable Object> readSet(Decoder in, int tag) {
        List<@Nullable Object> elements = Arrays.asList(elements(in));
        return switch (tag) {
            case Tag.HASH_SET -> new HashSet<>(elements);
            case Tag.LINKED_SET -> new LinkedHashSet<>(elements);
            default -> fixedSet(elements);
        };
    }

    private static Set<@Nullable Object> fixedSet(List<@Nullable Object> elements) {
        if (elements.contains(null)) {
            throw new EncodingException("an unchangeable set holds null");
        }
        return Set.copyOf(elements);
    }

    private static @Nullable Object[] elements(Decoder in) {
        @Nullable Object[] elements = new @Nullable Object[in.getLength(1)];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = in.value();
        }
        return elements;
    }

    private static Map<@Nullable Object, @Nullable Object> readMap(Decoder in, int tag) {
        int size = in.getLength(2);
        Map<@Nullable Object, @Nullable Object> map = tag == Tag.HASH_MAP ? HashMap.newHashMap(size)
                : LinkedHashMap.newLinkedHashMap(size);
        for (int i = 0; i < size; i++) {
            Object key = in.value();
            map.put(key, in.value());
        }
        if (tag != Tag.FIXED_MAP) {
            return map;
        }
        if (map.containsKey(null) || map.containsValue(null)) {
            throw new EncodingException("an unchangeable map holds null");
        }
        return Map.copyOf(map);
    }
}
