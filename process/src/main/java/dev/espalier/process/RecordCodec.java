package dev.espalier.process;

import dev.espalier.core.CancelledError;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Values that are known by the name of their class: records, constants of enums, classes themselves, arrays.
 */
final class RecordCodec {
    /** How to take a record apart and to make one by its canonical constructor. */
    private record Plan(String[] names, String shape, MethodHandle[] accessors, MethodHandle constructor) {
    }

    private static final ClassValue<Plan> PLANS = new ClassValue<>() {
        @Override
        protected Plan computeValue(Class<?> type) {
            try {
                return plan(type);
            } catch (ReflectiveOperationException closed) {
                throw new EncodingException("the record " + type.getName() + " cannot be reached", closed);
            }
        }
    };

    private RecordCodec() {
    }

    /** False for a record in a package that is not open to us; the JDK's serialisation may still reach it. */
    static boolean canReach(Class<?> type) {
        try {
            PLANS.get(type);
            return true;
        } catch (RuntimeException closed) {
            return false;
        }
    }

    /** Types and names of the components, on which two builds must agree; empty for what is no record within reach. */
    static String shapeOf(Class<?> type) {
        return type.isRecord() && canReach(type) ? PLANS.get(type).shape : "";
    }

    static void write(Encoder out, int tag, @Nullable Object nullable) {
        Object value = Objects.requireNonNull(nullable);
        out.putByte(tag);
        switch (tag) {
            case Tag.RECORD -> writeRecord(out, value);
            case Tag.ARRAY -> writeArray(out, (@Nullable Object[]) value);
            case Tag.ENUM -> {
                out.putLength(out.symbols().ofClass(((Enum<?>) value).getDeclaringClass()));
                out.putString(((Enum<?>) value).name());
            }
            default -> out.putLength(out.symbols().ofClass((Class<?>) value));
        }
    }

    static Object read(Decoder in, int tag, int number) {
        Class<?> type = in.symbols().classOf(in.getSymbol());
        return switch (tag) {
            case Tag.RECORD -> readRecord(in, type);
            case Tag.ARRAY -> readArray(in, type, number);
            case Tag.ENUM -> constant(type, in.getString());
            case Tag.CLASS -> type;
            default -> throw new EncodingException("the tag " + tag + " is unknown");
        };
    }

    private static void writeRecord(Encoder out, Object value) {
        Plan plan = PLANS.get(value.getClass());
        out.putLength(out.symbols().ofClass(value.getClass()));
        for (int i = 0; i < plan.accessors.length; i++) {
            try {
                out.value(component(plan, i, value));
            } catch (EncodingException bad) {
                throw bad.under("." + plan.names[i]);
            }
        }
    }

    private static @Nullable Object component(Plan plan, int index, Object value) {
        try {
            return plan.accessors[index].invokeExact(value);
        } catch (CancelledError cancelled) {
            throw cancelled;
        } catch (Throwable thrown) {
            throw EncodingException.by("the accessor of ." + plan.names[index], thrown);
        }
    }

    private static Object readRecord(Decoder in, Class<?> type) {
        if (!type.isRecord()) {
            throw new EncodingException(type.getName() + " is no record");
        }
        Plan plan = PLANS.get(type);
        @Nullable Object[] components = new @Nullable Object[plan.accessors.length];
        for (int i = 0; i < components.length; i++) {
            components[i] = in.element();
        }
        try {
            return (Object) plan.constructor.invokeExact(components);
        } catch (CancelledError cancelled) {
            throw cancelled;
        } catch (Throwable refused) {
            throw EncodingException.by("the constructor of " + type.getName(), refused);
        }
    }

    private static void writeArray(Encoder out, @Nullable Object[] array) {
        out.putLength(out.symbols().ofClass(array.getClass().componentType()));
        out.putLength(array.length);
        for (int i = 0; i < array.length; i++) {
            try {
                out.value(array[i]);
            } catch (EncodingException bad) {
                throw bad.under("[" + i + "]");
            }
        }
    }

    private static Object readArray(Decoder in, Class<?> component, int number) {
        if (component.isPrimitive()) {
            throw new EncodingException("an array of " + component + " came as one of objects");
        }
        @Nullable Object[] array = (@Nullable Object[]) Array.newInstance(component, in.getCount());
        in.made(number, array);
        for (int i = 0; i < array.length; i++) {
            Object element = in.element();
            if (element != null && !component.isInstance(element)) {
                throw new EncodingException("an array of " + component.getName() + " holds a "
                        + element.getClass().getName());
            }
            array[i] = element;
        }
        return array;
    }

    private static Object constant(Class<?> type, String name) {
        if (!type.isEnum()) {
            throw new EncodingException(type.getName() + " is no enum");
        }
        return valueOf(type.asSubclass(Enum.class), name);
    }

    // The bound of Enum.valueOf cannot be written for a class that is known only now.
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Object valueOf(Class<? extends Enum> type, String name) {
        try {
            return Enum.valueOf(type, name);
        } catch (IllegalArgumentException unknown) {
            throw new EncodingException(type.getName() + " has no constant " + name, unknown);
        }
    }

    private static Plan plan(Class<?> type) throws ReflectiveOperationException {
        RecordComponent[] components = type.getRecordComponents();
        String[] names = new String[components.length];
        MethodHandle[] accessors = new MethodHandle[components.length];
        Class<?>[] types = new Class<?>[components.length];
        StringBuilder shape = new StringBuilder();
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        for (int i = 0; i < components.length; i++) {
            Method accessor = components[i].getAccessor();
            accessor.setAccessible(true);
            names[i] = components[i].getName();
            types[i] = components[i].getType();
            shape.append(i == 0 ? "" : ", ").append(types[i].getName()).append(' ').append(names[i]);
            accessors[i] = lookup.unreflect(accessor).asType(MethodType.methodType(Object.class, Object.class));
        }
        var constructor = type.getDeclaredConstructor(types);
        constructor.setAccessible(true);
        MethodHandle make = lookup.unreflectConstructor(constructor)
                .asSpreader(Object[].class, types.length)
                .asType(MethodType.methodType(Object.class, Object[].class));
        return new Plan(names, shape.toString(), accessors, make);
    }
}
