package dev.espalier.process;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A function that runs in a child JVM; see {@link RemoteBody}. Argument and result travel.
 *
 * @param <A> the argument
 * @param <T> the value
 * @param <X> what it may throw; inferred, an unchecked exception when it throws none
 */
@FunctionalInterface
public interface RemoteFunction<A extends @Nullable Object, T extends @Nullable Object, X extends Throwable>
        extends Serializable {
    /**
     * Runs in the child, on its task thread.
     *
     * @param argument the argument, a copy of the parent's
     * @return the value; it travels back to the parent
     * @throws X when the function fails; the exception travels back too
     */
    T apply(A argument) throws X;
}
