package dev.espalier.core;

import org.jspecify.annotations.Nullable;

/**
 * A piece of a program that returns a value and may throw {@code X}.
 *
 * @param <T> what it returns
 * @param <X> what it throws; {@link RuntimeException} when it throws nothing checked
 */
@FunctionalInterface
public interface Body<T extends @Nullable Object, X extends Throwable> {
    /**
     * Runs the body.
     *
     * @return its value
     * @throws X as the body declares
     */
    T run() throws X;
}
