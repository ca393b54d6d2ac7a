package dev.espalier.process;

import java.io.IOException;
import java.io.InputStream;

/**
 * Three independent ways to notice that the parent is gone; the first is the end of the control socket, seen by
 * {@link ChildConnection}. These are the other two. Whoever notices kills this process.
 */
final class ParentWatch {
    private ParentWatch() {
    }

    /** Watches standard input, which nobody writes to any more; works before there is a socket. */
    static void onInputEnd(InputStream input) {
        daemon("espalier-input", () -> {
            try {
                while (input.read() >= 0) {
                    // Nothing is expected here; what comes is dropped.
                }
            } catch (IOException broken) {
                // A broken pipe says the same as its end.
            }
            SelfKill.now();
        });
    }

    /** Watches the process itself; covers a socket and a pipe that a third process inherited and holds open. */
    static void onExit(long parent) {
        var handle = ProcessHandle.current().parent();
        if (handle.isEmpty() || handle.get().pid() != parent) {
            SelfKill.now();
            return;
        }
        handle.get().onExit().whenComplete((_, _) -> SelfKill.now());
    }

    static Thread daemon(String name, Runnable body) {
        Thread thread = new Thread(null, body, name, 256 * 1024);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
