package dev.espalier.process;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Kills the children of a pool when this JVM ends in an orderly way without having closed the pool. When it is killed,
 * the children notice by themselves.
 */
final class ExitHook {
    // Children are added on offload threads, taken out on the loop and killed by the thread of the hook.
    private final Set<WorkerProcess> alive = ConcurrentHashMap.newKeySet();
    private final Thread thread = new Thread(this::killAll, "espalier-exit");
    private volatile boolean exiting;

    /**
     * @throws IllegalStateException when this JVM is ending already
     */
    void install() {
        Runtime.getRuntime().addShutdownHook(thread);
    }

    void remove() {
        try {
            Runtime.getRuntime().removeShutdownHook(thread);
        } catch (IllegalStateException ending) {
            // The hook runs, or is about to; there is nothing left for it to kill.
        }
    }

    /** Blocks. */
    WorkerProcess start(int number, PoolDirectory directory, PoolOptions options) throws IOException {
        return guarded(WorkerProcess.start(number, directory, options.output()));
    }

    /** Blocks. */
    WorkerProcess start(WorkerProcess.Launch launch, PoolDirectory directory) throws IOException {
        return guarded(WorkerProcess.start(launch, directory));
    }

    private WorkerProcess guarded(WorkerProcess process) {
        alive.add(process);
        SharedPlace.childStarted();
        if (exiting) {
            process.kill();
        }
        return process;
    }

    void ended(WorkerProcess process) {
        alive.remove(process);
    }

    private void killAll() {
        exiting = true;
        alive.forEach(WorkerProcess::kill);
    }
}
