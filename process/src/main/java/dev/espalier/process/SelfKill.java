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

    // Until it is prepared, some 50 ms after the start, a process halts: nothing of the user's runs in it so early.
    private record Way(Method destroy, long pid) {
    }

    /** Written once by prepare(), read by any thread. */
    private static volatile @Nullable Way way;
    /** Written by the task thread, which ends this process in order; read by all. */
    private static volatile boolean ending;

    private SelfKill() {
    }

    /** Finds and links the method, so that nothing has to be loaded when it counts. */
    static void prepare() {
        long pid = ProcessHandle.current().pid();
        try {
            Method method = Class.forName("java.lang.ProcessHandleImpl")
                    .getDeclaredMethod("destroy0", long.class, long.class, boolean.class);
            method.setAccessible(true);
            // A process that started at instant 1 does not exist: this links the method and kills nothing.
            method.invoke(null, pid, 1L, true);
            way = new Way(method, pid);
        } catch (ReflectiveOperationException | RuntimeException closed) {
            // Then it halts.
        }
    }

    /** True when the fast way is open. */
    static boolean isPrepared() {
        return way != null;
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
        Way fast = way;
        if (fast != null) {
            try {
                fast.destroy.invoke(null, fast.pid, 0L, true);
            } catch (ReflectiveOperationException | RuntimeException failed) {
                Runtime.getRuntime().halt(RemoteMain.ORPHANED);
            }
        }
        // Where the signal is not yet delivered, and where there is none.
        Runtime.getRuntime().halt(RemoteMain.ORPHANED);
    }
}
