package dev.espalier.process;

import java.io.Serializable;

/**
 * A body that runs in a child JVM and gives a value. A lambda or method reference needs nothing more than to be written
 * where this type is asked for; what it captures must be able to travel.
 *
 * @param <T> the value
 * @param <X> what it may throw; inferred, an unchecked exception when it throws none
 */
@FunctionalInterface
public interface RemoteBody<T extends @org.jspecify.annotations.Nullable Object,
        X extends Throwable> extends Serializable {
    /**
     * Runs in the child, on its task thread.
     *
     * @return the value; it travels back to the parent
     * @throws X when the body fails; the exception travels back too
     */
    T run() throws X;
}
