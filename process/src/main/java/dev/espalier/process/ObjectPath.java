package dev.espalier.process;

import java.io.Serializable;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds the way to an object that cannot be serialised; the JDK says only of which class it is.
 */
final class ObjectPath {
    private static final int MOST = 10_000;

    private record Place(Object object, String path) {
    }

    // The nearest one is named, so it is a search in breadth.
    private final ArrayDeque<Place> queue = new ArrayDeque<>();
    private final IdentityHashMap<Object, Boolean> seen = new IdentityHashMap<>();
    private final Predicate<Object> culprit;

    private ObjectPath(Predicate<Object> culprit) {
        this.culprit = culprit;
    }

    /** Like {@code .owner.threads[3]}; empty when it is the root itself or was not found among the first. */
    static String find(Object root, Predicate<Object> culprit) {
        try {
            return new ObjectPath(culprit).search(root);
        } catch (RuntimeException | LinkageError unwilling) {
            // A collection or a class of the user refuses to be looked at. It is only the path that is missing then.
            return "";
        }
    }

    private String search(Object root) {
        add(root, "");
        while (!queue.isEmpty() && seen.size() < MOST) {
            Place place = queue.remove();
            if (culprit.test(place.object)) {
                return place.path;
            }
            lookInto(place);
        }
        return "";
    }

    private void add(@Nullable Object object, String path) {
        if (object != null && seen.put(object, true) == null) {
            queue.add(new Place(object, path));
        }
    }

    private void lookInto(Place place) {
        int index = 0;
        switch (place.object) {
            case Object[] array -> {
                for (Object element : array) {
                    add(element, place.path + "[" + index++ + "]");
                }
            }
            case Collection<?> collection -> {
                for (Object element : collection) {
                    add(element, place.path + "[" + index++ + "]");
                }
            }
            case Map<?, ?> map -> map.forEach((key, value) -> {
                add(key, place.path + ".key" + EncodingException.step(key));
                add(value, place.path + EncodingException.step(key));
            });
            default -> fields(place);
        }
    }

    private void fields(Place place) {
        Class<?> type = place.object.getClass();
        while (type != null && (Serializable.class.isAssignableFrom(type) || type.isRecord())) {
            for (Field field : type.getDeclaredFields()) {
                boolean written = (field.getModifiers() & (Modifier.STATIC | Modifier.TRANSIENT)) == 0;
                if (written && !field.getType().isPrimitive() && field.trySetAccessible()) {
                    add(valueOf(field, place.object), place.path + "." + field.getName());
                }
            }
            type = type.getSuperclass();
        }
    }

    private static @Nullable Object valueOf(Field field, Object object) {
        try {
            return field.get(object);
        } catch (IllegalAccessException closed) {
            throw new IllegalStateException(closed);
        }
    }
}
