package dev.espalier.process;

import java.io.Serializable;

/**
 * A body that runs in a child JVM and gives nothing; see {@link RemoteBody}.
 *
 * @param <X> what it may throw; inferred, an unchecked exception when it throws none
 */
@FunctionalInterface
public interface RemoteVoidBody<X extends Throwable> extends Serializable {
    /**
     * Runs in the child, on its task thread.
     *
     * @throws X when the body fails; the exception travels back to the parent
     */
    void run() throws X;
}
