package dev.espalier.process;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A body that runs in a child JVM and gives many values, one after the other; see {@link ProcessPool#produce}.
 *
 * @param <T> the values
 * @param <X> what it may throw; inferred
 */
@FunctionalInterface
public interface RemoteProducer<T, X extends Throwable> extends Serializable {
    /**
     * Runs in the child, on its task thread.
     *
     * @param out takes the values, until this returns
     * @throws X when the body fails; the exception travels back too
     */
    void run(Emitter<T> out) throws X;

    /**
     * Takes the values of a producer.
     *
     * <p><b>Threads.</b> Only the thread that runs the producer may use it.
     *
     * @param <T> the values
     */
    sealed interface Emitter<T> permits ChildEmitter {
        /**
         * Sends a value to the parent. Blocks while as many as were agreed on are under way or not yet received.
         *
         * @param value the value, of which a copy travels; not null
         * @throws InterruptedException when the task was cancelled, then and each time later, or its thread was
         *         interrupted; the value was not sent
         * @throws IllegalArgumentException if the value cannot travel; it was not sent, and others may be
         * @throws IllegalStateException on another thread, or after the producer has ended
         */
        void emit(T value) throws InterruptedException;
    }
}
