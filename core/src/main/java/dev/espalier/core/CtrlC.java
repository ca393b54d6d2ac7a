package dev.espalier.core;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * What Ctrl-C does while a run lasts. The first cancels the main task; the second ends the JVM with status 130, its shutdown
 * hooks given two seconds; the third ends it on the spot. The handler from before is put back at the end.
 *
 * <p>This is the one place that knows of signals. It reaches {@code sun.misc.Signal}, which is supported but has no public
 * twin, by reflection: a reference would be a compiler warning. Where there is none, or the JVM was started with {@code
 * -Xrs}, Ctrl-C does what it did before.
 */
final class CtrlC implements AutoCloseable, InvocationHandler {
    static final CancelReason REASON = new CancelReason(CancelReason.Kind.SIGNAL, "Ctrl-C was pressed", null);
    static final CtrlC NONE = new CtrlC(() -> {});

    private static final int STATUS = 130;
    private static final long HOOK_MILLIS = 2_000;

    private final Runnable first;
    private int pressed; // by the JDK's signal threads, guarded by this
    private @Nullable Object before; // the handler to put back; by the thread that installs and closes

    private CtrlC(Runnable first) {
        this.first = first;
    }

    static CtrlC onFirst(Runnable first) {
        var handler = new CtrlC(first);
        try {
            Class<?> type = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler);
            handler.before = handle(proxy);
        } catch (ReflectiveOperationException e) {
            return NONE; // no such signal here, or the JVM does not hand it out
        }
        return handler;
    }

    private static Object handle(Object handler) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Object interrupt = signal.getConstructor(String.class).newInstance("INT");
        Method handle = signal.getMethod("handle", signal, Class.forName("sun.misc.SignalHandler"));
        return handle.invoke(null, interrupt, handler);
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments) {
        return switch (method.getName()) {
            case "handle" -> {
                pressed();
                yield null;
            }
            case "equals" -> arguments != null && proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(this);
            default -> "Ctrl-C handler of an event loop";
        };
    }

    private void pressed() {
        int times;
        synchronized (this) {
            times = ++pressed;
        }
        switch (times) {
            case 1 -> first.run();
            case 2 -> exitSoon();
            default -> Runtime.getRuntime().halt(STATUS);
        }
    }

    private static void exitSoon() {
        Thread.ofPlatform().daemon().name("espalier-exit").start(() -> System.exit(STATUS));
        Thread.ofPlatform().daemon().name("espalier-halt").start(() -> {
            try {
                Thread.sleep(HOOK_MILLIS); // the bound of the hooks, not a wait for something to happen
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Runtime.getRuntime().halt(STATUS);
        });
    }

    /** Lets the error end the JVM with status 130 and without a stack trace, if nobody on this thread catches it. */
    static CancelledError exitingQuietly(CancelledError error) {
        if (error.reason().kind() == CancelReason.Kind.SIGNAL) {
            Thread me = Thread.currentThread();
            Thread.UncaughtExceptionHandler usual = me.getUncaughtExceptionHandler();
            me.setUncaughtExceptionHandler((thread, e) -> {
                if (e == error) {
                    System.exit(STATUS);
                }
                usual.uncaughtException(thread, e);
            });
        }
        return error;
    }

    @Override
    public void close() {
        if (before != null) {
            try {
                handle(before);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("the Ctrl-C handler from before cannot be put back", e);
            }
        }
    }
}
