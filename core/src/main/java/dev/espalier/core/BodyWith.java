package dev.espalier.core;

import org.jspecify.annotations.Nullable;

/**
 * A piece of a program that takes one argument, returns a value and may throw {@code X}.
 *
 * @param <A> what it takes
 * @param <T> what it returns
 * @param <X> what it throws; {@link RuntimeException} when it throws nothing checked
 */
@FunctionalInterface
public interface BodyWith<A extends @Nullable Object, T extends @Nullable Object, X extends Throwable> {
    /**
     * Runs the body.
     *
     * @param argument its argument
     * @return its value
     * @throws X as the body declares
     */
    T run(A argument) throws X;
}
