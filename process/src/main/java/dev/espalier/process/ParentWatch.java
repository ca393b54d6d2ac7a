package dev.espalier.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputFilter;

/**
 * Three independent ways to notice that the parent is gone; the first is the end of the control socket, seen by
 * {@link ChildConnection}. These are the other two. Whoever notices kills this process.
 */
final class ParentWatch {
    private ParentWatch() {
    }

    /**
     * Prepares, beside the handshake, what is needed only when something ends; then watches the process itself, which covers a
     * socket and a pipe that a third process inherited and holds open, and standard input, which nobody writes to any more.
     */
    static void start(InputStream input, long parent) {
        daemon("espalier-input", () -> {
            SelfKill.prepare();
            onExit(parent);
            ignoreSignal("INT");
            ignoreSignal("HUP");
            // The first filter takes the JDK some milliseconds: it looks for its settings and for a logger.
            ObjectInputFilter.Config.createFilter("*");
            onEnd(input);
        });
    }

    private static void onEnd(InputStream input) {
        try {
            while (input.read() >= 0) {
                // Nothing is expected here; what comes is dropped.
            }
        } catch (IOException broken) {
            // A broken pipe says the same as its end.
        }
        SelfKill.now();
    }

    private static void onExit(long parent) {
        var handle = ProcessHandle.current().parent();
        if (handle.isEmpty() || handle.get().pid() != parent) {
            SelfKill.now();
            return;
        }
        handle.get().onExit().whenComplete((_, _) -> SelfKill.now());
    }

    // Ctrl-C reaches the whole foreground group; only the parent decides what it means. The class is outside of the
    // Java API and javac warns about its very name, hence by reflection.
    private static void ignoreSignal(String name) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object ignore = handler.getField("SIG_IGN").get(null);
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), ignore);
        } catch (ReflectiveOperationException | RuntimeException unknown) {
            // The platform has no such signal, so it cannot hurt either.
        }
    }

    static Thread daemon(String name, Runnable body) {
        Thread thread = new Thread(null, body, name, 256 * 1024);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
