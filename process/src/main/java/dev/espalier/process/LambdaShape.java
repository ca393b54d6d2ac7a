package dev.espalier.process;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * A lambda or method reference without the values it captured: what is the same for every evaluation of one place in
 * the source. It travels once to each worker; captured values travel with every call.
 */
final class LambdaShape {
    private final String capturingClass;
    /** Interface and its method, name and descriptor; then the same of the implementation; then the method's type. */
    private final String[] parts;
    private final int kind;
    /** Of the build that numbered the lambda, see {@link ClassPrint}. */
    private final long print;

    private LambdaShape(String capturingClass, long print, int kind, String... parts) {
        this.capturingClass = capturingClass;
        this.print = print;
        this.kind = kind;
        this.parts = parts;
    }

    /** Of a lambda whose class, made at run time, is this one. */
    static LambdaShape of(SerializedLambda lambda, Class<?> made) {
        String capturing = lambda.getCapturingClass().replace('/', '.');
        return new LambdaShape(capturing, printOf(capturing, made), lambda.getImplMethodKind(),
                lambda.getFunctionalInterfaceClass(), lambda.getFunctionalInterfaceMethodName(),
                lambda.getFunctionalInterfaceMethodSignature(), lambda.getImplClass(), lambda.getImplMethodName(),
                lambda.getImplMethodSignature(), lambda.getInstantiatedMethodType());
    }

    private static long printOf(String capturing, Class<?> made) {
        try {
            return ClassPrint.of(Class.forName(capturing, false, made.getClassLoader()));
        } catch (ClassNotFoundException hidden) {
            // The lambda stands in a class without a name. The other side will not find it either, and say so.
            return ClassPrint.NONE;
        }
    }

    static LambdaShape read(Decoder in) {
        String capturingClass = in.getString();
        long print = in.getFixedLong();
        int kind = in.getByte();
        String[] parts = new String[7];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = in.getString();
        }
        return new LambdaShape(capturingClass, print, kind, parts);
    }

    void write(Encoder out) {
        out.putString(capturingClass);
        out.putFixedLong(print);
        out.putByte(kind);
        for (String part : parts) {
            out.putString(part);
        }
    }

    String capturingClass() {
        return capturingClass;
    }

    /** What makes lambdas of this shape in this process; initialises the capturing class when first used. */
    Maker maker(Class<?> capturing) {
        long here = ClassPrint.of(capturing);
        if (here != print && here != ClassPrint.NONE && print != ClassPrint.NONE) {
            throw new EncodingException("the class " + capturingClass + " is of another build here than where its"
                    + " lambda comes from, so the lambda may be another one; give both processes the same class path");
        }
        try {
            Method make = capturing.getDeclaredMethod("$deserializeLambda$", SerializedLambda.class);
            make.setAccessible(true);
            return new Maker(this, capturing, MethodHandles.lookup().unreflect(make));
        } catch (InaccessibleObjectException closed) {
            return new Maker(this, capturing, null);
        } catch (ReflectiveOperationException missing) {
            throw new EncodingException(capturing.getName() + " has no serialisable lambda like the parent's;"
                    + " do both run the same build?", missing);
        }
    }

    /** Makes lambdas of one shape. */
    static final class Maker {
        private static final @Nullable Object[] NONE = {};

        private final LambdaShape shape;
        private final Class<?> capturing;
        /** Null when the class is in a module that is closed to us. */
        private final @Nullable MethodHandle deserialize;

        /** The one lambda of a shape that captures nothing. */
        private @Nullable Object constant;

        private Maker(LambdaShape shape, Class<?> capturing, @Nullable MethodHandle deserialize) {
            this.shape = shape;
            this.capturing = capturing;
            this.deserialize = deserialize;
        }

        Object constant() {
            Object made = constant;
            if (made == null) {
                made = make(NONE);
                constant = made;
            }
            return made;
        }

        Object make(@Nullable Object[] captured) {
            String[] p = shape.parts;
            var lambda = new SerializedLambda(capturing, p[0], p[1], p[2], shape.kind, p[3], p[4], p[5], p[6],
                    captured);
            try {
                return deserialize == null ? throughTheJdk(lambda) : (Object) deserialize.invoke(lambda);
            } catch (Throwable refused) {
                throw EncodingException.by("making the lambda " + p[4] + " of " + capturing.getName(), refused);
            }
        }

        // Only the JDK itself may call the method then, and does so when it reads the object.
        private static Object throughTheJdk(SerializedLambda lambda) throws IOException, ClassNotFoundException {
            var bytes = new ByteArrayOutputStream();
            try (var out = new ObjectOutputStream(bytes)) {
                out.writeObject(lambda);
            }
            try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
                return in.readObject();
            }
        }
    }
}
