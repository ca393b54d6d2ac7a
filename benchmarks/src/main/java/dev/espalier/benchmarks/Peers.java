package dev.espalier.benchmarks;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.IntConsumer;

/**
 * Peers written in Kotlin, found by name: they are compiled in the {@code bench} profile only, after the Java sources,
 * so that an ordinary build needs no Kotlin compiler. Each takes the number of operations to run.
 */
final class Peers {
    private static final String PACKAGE = "dev.espalier.benchmarks.peers.";

    private Peers() {
    }

    static IntConsumer load(String name) {
        return make(name, new Class<?>[0]);
    }

    /** A peer whose channel has this capacity, or whose semaphore so many permits. */
    static IntConsumer ofCapacity(String name, int capacity) {
        return make(name, new Class<?>[] {int.class}, capacity);
    }

    private static IntConsumer make(String name, Class<?>[] parameters, Object... arguments) {
        try {
            return (IntConsumer) Class.forName(PACKAGE + name).getDeclaredConstructor(parameters).newInstance(arguments);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Peer " + name + " is not on the class path; build with -Pbench.", e);
        }
    }

    /** The peer, each time on a virtual thread of its own. */
    static IntConsumer onVirtualThread(IntConsumer peer) {
        return operations -> {
            FutureTask<Void> task = new FutureTask<>(() -> peer.accept(operations), null);
            Thread.startVirtualThread(task);
            try {
                task.get();
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException(e);
            }
        };
    }
}
