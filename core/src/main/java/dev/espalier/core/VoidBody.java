package dev.espalier.core;

/**
 * A piece of a program that returns nothing and may throw {@code X}.
 *
 * @param <X> what it throws; {@link RuntimeException} when it throws nothing checked
 */
@FunctionalInterface
public interface VoidBody<X extends Throwable> {
    /**
     * Runs the body.
     *
     * @throws X as the body declares
     */
    void run() throws X;
}
