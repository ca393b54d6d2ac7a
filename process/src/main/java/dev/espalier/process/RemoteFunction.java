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

    /**
     * A function of two arguments.
     *
     * @param <A> the first argument
     * @param <B> the second argument
     * @param <T> the value
     * @param <X> what it may throw; inferred, an unchecked exception when it throws none
     */
    @FunctionalInterface
    interface Of2<A extends @Nullable Object, B extends @Nullable Object, T extends @Nullable Object,
            X extends Throwable> extends Serializable {
        /**
         * Runs in the child, on its task thread.
         *
         * @param first the first argument, a copy of the parent's
         * @param second the second argument, a copy of the parent's
         * @return the value; it travels back to the parent
         * @throws X when the function fails; the exception travels back too
         */
        T apply(A first, B second) throws X;
    }

    /**
     * A function of three arguments.
     *
     * @param <A> the first argument
     * @param <B> the second argument
     * @param <C> the third argument
     * @param <T> the value
     * @param <X> what it may throw; inferred, an unchecked exception when it throws none
     */
    @FunctionalInterface
    interface Of3<A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object,
            T extends @Nullable Object, X extends Throwable> extends Serializable {
        /**
         * Runs in the child, on its task thread.
         *
         * @param first the first argument, a copy of the parent's
         * @param second the second argument, a copy of the parent's
         * @param third the third argument, a copy of the parent's
         * @return the value; it travels back to the parent
         * @throws X when the function fails; the exception travels back too
         */
        T apply(A first, B second, C third) throws X;
    }
}
