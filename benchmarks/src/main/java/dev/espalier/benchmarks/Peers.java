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
        try {
            return (IntConsumer) Class.forName(PACKAGE + name).getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Peer " + name + " is not on the class path; build with -Pbench.", e);
        }
    }

    /** A peer whose channel has this capacity. */
    static IntConsumer ofCapacity(String name, int capacity) {
        try {
            return (IntConsumer) Class.forName(PACKAGE + name).getDeclaredConstructor(int.class).newInstance(capacity);
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
