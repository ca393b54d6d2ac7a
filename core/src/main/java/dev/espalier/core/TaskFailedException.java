package dev.espalier.core;

/**
 * What was awaited ended with a failure, which is the cause.
 *
 * <p>{@link Awaitable#await(Class)} gives the failure back with its type instead.
 */
public final class TaskFailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    TaskFailedException(String what, Throwable cause) {
        super(what + " failed: " + cause, cause);
    }
}
