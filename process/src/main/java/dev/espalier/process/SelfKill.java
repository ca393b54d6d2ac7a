package dev.espalier.process;

import java.lang.reflect.Method;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Ends this process at once, whatever its other threads do.
 */
final class SelfKill {
    // Runtime.halt waits for threads that are in native code, up to 330 ms for one that is blocked in a socket read; a
    // SIGKILL to oneself does not (25-40 ms). The public API refuses to kill the own process, the JDK's inner method
    // does not; the command line of a child opens java.lang for it.

    // Written once by prepare() on the main thread before any other thread of ours starts; read by all of them.
    private static @Nullable Method destroy;
    private static long pid;
    /** Written by the task thread, which ends this process in order; read by all. */
    private static volatile boolean ending;

    private SelfKill() {
    }

    /** Finds and links the method, so that nothing has to be loaded when it counts; gives the own process id. */
    static long prepare() {
        pid = ProcessHandle.current().pid();
        try {
            Method method = Class.forName("java.lang.ProcessHandleImpl")
                    .getDeclaredMethod("destroy0", long.class, long.class, boolean.class);
            method.setAccessible(true);
            // A process that started at instant 1 does not exist: this links the method and kills nothing.
            method.invoke(null, pid, 1L, true);
            destroy = method;
        } catch (ReflectiveOperationException | RuntimeException closed) {
            destroy = null;
        }
        return pid;
    }

    /** True when the fast way is open. */
    static boolean isPrepared() {
        return destroy != null;
    }

    /** From here on the caller ends this process in order, and at once: whoever would kill it waits for that. */
    static void standDown() {
        ending = true;
    }

    /** Does not return. */
    static void now() {
        while (ending) {
            // Parked, and not in native code, where it would be waited for.
            LockSupport.park();
            ChildTasks.forgetInterrupt();
        }
        Method method = destroy;
        if (method != null) {
            try {
                method.invoke(null, pid, 0L, true);
            } catch (ReflectiveOperationException | RuntimeException failed) {
                Runtime.getRuntime().halt(RemoteMain.ORPHANED);
            }
        }
        // Where the signal is not yet delivered, and where there is none.
        Runtime.getRuntime().halt(RemoteMain.ORPHANED);
    }
}
