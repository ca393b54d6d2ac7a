package dev.espalier.core;

import org.jspecify.annotations.Nullable;

/**
 * A piece of a program that takes one argument, returns nothing and may throw {@code X}.
 *
 * @param <A> what it takes
 * @param <X> what it throws; {@link RuntimeException} when it throws nothing checked
 */
@FunctionalInterface
public interface VoidBodyWith<A extends @Nullable Object, X extends Throwable> {
    /**
     * Runs the body.
     *
     * @param argument its argument
     * @throws X as the body declares
     */
    void run(A argument) throws X;
}
