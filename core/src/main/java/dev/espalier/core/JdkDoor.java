package dev.espalier.core;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What the library uses of the inside of {@code java.lang}, where that package is open to it, by {@code --add-opens
 * java.base/java.lang=dev.espalier.core} (or {@code ALL-UNNAMED}, or an {@code Add-Opens} line in the manifest of the started
 * jar). Everything here has been looked up when an instance exists; {@link #OPEN} is null if anything is missing.
 */
final class JdkDoor {
    /** The open door, or null if it is closed or this JDK looks different behind it. */
    static final @Nullable JdkDoor OPEN = open();

    private final MethodHandle newVirtualThread;
    private final int noInheritedThreadLocals;
    private final VarHandle threadLocals;

    private JdkDoor(MethodHandle newVirtualThread, int noInheritedThreadLocals, VarHandle threadLocals) {
        this.newVirtualThread = newVirtualThread;
        this.noInheritedThreadLocals = noInheritedThreadLocals;
        this.threadLocals = threadLocals;
    }

    private static @Nullable JdkDoor open() {
        try {
            Class<?> virtualThread = Class.forName("java.lang.VirtualThread");
            var constructorType =
                    MethodType.methodType(void.class, Executor.class, String.class, int.class, Runnable.class);
            MethodHandle constructor = MethodHandles.privateLookupIn(virtualThread, MethodHandles.lookup())
                    .findConstructor(virtualThread, constructorType)
                    .asType(constructorType.changeReturnType(Thread.class));
            MethodHandles.Lookup thread = MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup());
            Class<?> map = Class.forName("java.lang.ThreadLocal$ThreadLocalMap");
            int flag = (int) thread.findStaticVarHandle(Thread.class, "NO_INHERIT_THREAD_LOCALS", int.class).get();
            return new JdkDoor(constructor, flag, thread.findVarHandle(Thread.class, "threadLocals", map));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null; // closed: the other engine needs no door
        }
    }

    /** A virtual thread, not started, that is scheduled by the executor. */
    Thread newVirtualThread(Executor scheduler, Runnable body) {
        try {
            return (Thread) newVirtualThread.invokeExact(scheduler, "", noInheritedThreadLocals, body);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Forgets the thread-locals of a thread; only on that thread. */
    void clearThreadLocals(Thread thread) {
        if (threadLocals.get(thread) != null) {
            threadLocals.set(thread, null);
        }
    }
}
