package dev.espalier.core;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * A handler of one signal of the operating system, in place of the one from before until it is closed.
 *
 * <p>This is the one place that knows of signals. It reaches {@code sun.misc.Signal}, which is supported but has no public
 * twin, by reflection: a reference would be a compiler warning.
 */
final class SignalHook implements InvocationHandler, AutoCloseable {
    private final String name;
    private final Runnable action;
    private Object proxy = this; // the handler as the JDK sees it; set once, before it is installed

    // Guarded by the class: there is one handler of a signal in a JVM.
    private @Nullable Object before;
    private boolean over;

    private SignalHook(String name, Runnable action) {
        this.name = name;
        this.action = action;
    }

    /**
     * Installs a handler.
     *
     * @param name of the signal, without SIG
     * @param action runs on a thread of the JDK for each signal
     * @throws IllegalArgumentException if there is no such signal here, or the JVM or the system keeps it to itself
     */
    static SignalHook install(String name, Runnable action) {
        var hook = new SignalHook(name, action);
        try {
            Class<?> type = Class.forName("sun.misc.SignalHandler");
            hook.proxy = Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, hook);
            synchronized (SignalHook.class) {
                hook.before = handle(name, hook.proxy);
            }
            return hook;
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException("signal '" + name + "' cannot be handled here: " + e.getCause()
                    + "; names are written without SIG, such as TERM, and which there are depends on the system and the JVM", e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException("this JVM hands out no signals: the module jdk.unsupported is missing", e);
        }
    }

    private static Object signal(String name) throws ReflectiveOperationException {
        return Class.forName("sun.misc.Signal").getConstructor(String.class).newInstance(name);
    }

    private static Object handle(String name, Object handler) throws ReflectiveOperationException {
        Object signal = signal(name);
        Method handle = signal.getClass().getMethod("handle", signal.getClass(), Class.forName("sun.misc.SignalHandler"));
        return handle.invoke(null, signal, handler);
    }

    /** Sends this process a signal. */
    static void raise(String name) {
        try {
            Object signal = signal(name);
            signal.getClass().getMethod("raise", signal.getClass()).invoke(null, signal);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("signal '" + name + "' cannot be raised", e);
        }
    }

    @Override
    public @Nullable Object invoke(Object self, Method method, @Nullable Object @Nullable [] arguments) {
        return switch (method.getName()) {
            case "handle" -> {
                received();
                yield null;
            }
            case "equals" -> arguments != null && self == arguments[0];
            case "hashCode" -> System.identityHashCode(this);
            default -> "signal handler of an event loop";
        };
    }

    private void received() {
        boolean mine;
        synchronized (SignalHook.class) {
            mine = !over;
        }
        if (mine) {
            action.run();
        } else {
            passOn(); // another handler, closed after this one, put it back
        }
    }

    /** Gives a signal that came to the handler from before. */
    void passOn() {
        synchronized (SignalHook.class) {
            over = true;
            restore();
        }
        raise(name);
    }

    /** Puts the handler from before back; under a handler that was installed later it stays, and passes on what it gets. */
    @Override
    public void close() {
        synchronized (SignalHook.class) {
            if (!over) {
                over = true;
                Object top = restore();
                if (top != proxy) {
                    install(top);
                }
            }
        }
    }

    private Object restore() {
        Object old = before;
        if (old == null) {
            throw new AssertionError("not installed");
        }
        return install(old);
    }

    private Object install(Object handler) {
        try {
            return handle(name, handler);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the handler of signal '" + name + "' cannot be put back", e);
        }
    }
}
