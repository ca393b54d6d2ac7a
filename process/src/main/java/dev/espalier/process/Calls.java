package dev.espalier.process;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleInfo;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * A call as bytes: the function, then its arguments. Written by the parent, read and run by the child.
 */
final class Calls {
    private static final int LAMBDA = 0;
    private static final int OBJECT = 1;
    private static final int MANY = 2;
    /** An envelope of {@link ChildRuntime}. */
    static final int CHILD = 3;

    /** How to take the lambdas of one class apart: {@code writeReplace}, or null where it cannot be called. */
    private static final class Access {
        final boolean lambda;
        final @Nullable MethodHandle writeReplace;

        Access(boolean lambda, @Nullable MethodHandle writeReplace) {
            this.lambda = lambda;
            this.writeReplace = writeReplace;
        }
    }

    private static final ClassValue<Access> ACCESS = new ClassValue<>() {
        @Override
        protected Access computeValue(Class<?> type) {
            // A lambda's class is hidden and synthetic; nothing else that can be serialised is.
            if (!type.isHidden() || !type.isSynthetic()) {
                return new Access(false, null);
            }
            try {
                Method method = type.getDeclaredMethod("writeReplace");
                method.setAccessible(true);
                return new Access(true, MethodHandles.lookup().unreflect(method));
            } catch (ReflectiveOperationException | RuntimeException closed) {
                return new Access(true, null);
            }
        }
    };

    private Calls() {
    }

    /** Writes a call. */
    static void write(Encoder out, Serializable function, @Nullable Object... arguments) {
        function(out, function);
        for (int i = 0; i < arguments.length; i++) {
            try {
                out.root(arguments[i]);
            } catch (EncodingException bad) {
                throw bad.under(arguments.length == 1 ? "argument" : "argument " + (i + 1));
            }
        }
    }

    /** Writes the head of a call for many arguments, see {@link ManyCalls}. */
    static void writeMany(Encoder out, Serializable function) {
        out.putByte(MANY);
        function(out, function);
    }

    static boolean isMany(byte[] call) {
        return call.length > 0 && call[0] == MANY;
    }

    /** Reads the head of a call for many arguments. */
    @SuppressWarnings("unchecked") // The parent's compiler has checked the type of the arguments.
    static RemoteFunction<@Nullable Object, @Nullable Object, Throwable> readMany(Decoder in) {
        if (in.getByte() == MANY && read(in, in.getByte()) instanceof RemoteFunction<?, ?, ?> function) {
            return (RemoteFunction<@Nullable Object, @Nullable Object, Throwable>) function;
        }
        throw new EncodingException("a call for many arguments has no function");
    }

    /** Runs the call that these bytes are, and gives its value. */
    static @Nullable Object run(Decoder in) throws Throwable {
        int sort = in.getByte();
        if (sort == CHILD) {
            return ChildRuntime.run(in);
        }
        return apply(read(in, sort), in);
    }

    @SuppressWarnings("unchecked") // The parent's compiler has checked the types of the arguments.
    private static @Nullable Object apply(@Nullable Object function, Decoder in) throws Throwable {
        if (function instanceof RemoteFunction<?, ?, ?>) {
            return ((RemoteFunction<@Nullable Object, @Nullable Object, Throwable>) function).apply(in.last());
        }
        if (function instanceof RemoteFunction.Of2<?, ?, ?, ?>) {
            return ((RemoteFunction.Of2<@Nullable Object, @Nullable Object, @Nullable Object, Throwable>) function)
                    .apply(in.value(), in.last());
        }
        if (function instanceof RemoteFunction.Of3<?, ?, ?, ?, ?>) {
            return ((RemoteFunction.Of3<@Nullable Object, @Nullable Object, @Nullable Object, @Nullable Object,
                    Throwable>) function).apply(in.value(), in.value(), in.last());
        }
        if (function instanceof RemoteProducer<?, ?>) {
            produce((RemoteProducer<Object, Throwable>) function, in.last());
            return null;
        }
        return run(function, in);
    }

    private static void produce(RemoteProducer<Object, Throwable> producer, @Nullable Object room) throws Throwable {
        ChildTasks tasks = ChildTasks.currentIfAny();
        if (tasks == null || !(room instanceof Integer values)) {
            throw new EncodingException("a call of a producer is not for this thread, or does not say how many values it"
                    + " may give");
        }
        tasks.produce(producer, values);
    }

    private static @Nullable Object run(@Nullable Object function, Decoder in) throws Throwable {
        if (!in.atEnd()) {
            throw new EncodingException(in.remaining() + " bytes are left over behind a body");
        }
        if (function instanceof RemoteBody<?, ?> body) {
            return body.run();
        }
        if (function instanceof RemoteVoidBody<?> body) {
            body.run();
            return null;
        }
        throw new EncodingException(function + " is no function that a worker can run");
    }

    private static void function(Encoder out, Serializable function) {
        Access access = ACCESS.get(function.getClass());
        if (!access.lambda) {
            out.putByte(OBJECT);
            out.root(function);
            return;
        }
        SerializedLambda lambda = takeApart(access, function);
        out.putByte(LAMBDA);
        out.putLength(out.symbols().ofLambda(function.getClass(), lambda));
        int count = lambda.getCapturedArgCount();
        out.putLength(count);
        for (int i = 0; i < count; i++) {
            captured(out, lambda, i);
        }
    }

    private static void captured(Encoder out, SerializedLambda lambda, int index) {
        Object value = lambda.getCapturedArg(index);
        try {
            out.root(value);
        } catch (EncodingException bad) {
            String capturing = lambda.getCapturingClass().replace('/', '.');
            boolean self = index == 0 && value != null && isThis(lambda, value, capturing);
            if (self) {
                bad.hint("the lambda captures `this` because it uses a field or a method of it: copy what it needs into"
                        + " a local variable, or make the method static");
            }
            throw bad.under((self ? "this" : "captured value " + (index + 1)) + " of " + lambda.getImplMethodName()
                    + " in " + capturing + (bad.hasPath() ? ", its " : ""));
        }
    }

    // javac makes the body of a lambda that uses `this` an instance method, and passes it first.
    private static boolean isThis(SerializedLambda lambda, Object value, String capturing) {
        return lambda.getImplMethodKind() != MethodHandleInfo.REF_invokeStatic
                && lambda.getImplMethodName().startsWith("lambda$") && value.getClass().getName().equals(capturing);
    }

    private static @Nullable Object read(Decoder in, int sort) {
        if (sort == OBJECT) {
            return in.value();
        }
        if (sort != LAMBDA) {
            throw new EncodingException("a call starts with the unknown byte " + sort);
        }
        LambdaShape.Maker maker = in.symbols().lambdaOf(in.getSymbol());
        int count = in.getCount();
        if (count == 0) {
            return maker.constant();
        }
        @Nullable Object[] captured = new @Nullable Object[count];
        for (int i = 0; i < count; i++) {
            captured[i] = in.value();
        }
        return maker.make(captured);
    }

    private static SerializedLambda takeApart(Access access, Serializable function) {
        if (access.writeReplace == null) {
            return throughTheJdk(function);
        }
        try {
            return (SerializedLambda) access.writeReplace.invoke(function);
        } catch (Throwable failed) {
            throw EncodingException.by("taking the lambda " + function + " apart", failed);
        }
    }

    // Only the JDK may call writeReplace of a lambda in a module that is closed to us; this overhears what it got.
    private static SerializedLambda throughTheJdk(Serializable function) {
        SerializedLambda[] heard = new SerializedLambda[1];
        try (var out = new ObjectOutputStream(OutputStream.nullOutputStream()) {
            {
                enableReplaceObject(true);
            }

            @Override
            protected @Nullable Object replaceObject(@Nullable Object object) {
                if (object instanceof SerializedLambda lambda && heard[0] == null) {
                    heard[0] = lambda;
                    return null;
                }
                return object;
            }
        }) {
            out.writeObject(function);
        } catch (IOException failed) {
            throw new EncodingException("the lambda " + function + " cannot be taken apart: " + failed, failed);
        }
        if (heard[0] == null) {
            throw new EncodingException(function + " is no serialisable lambda");
        }
        return heard[0];
    }
}
