package dev.espalier.core;

/**
 * What was awaited was cancelled and has no result. The waiting task itself is not cancelled; compare {@link CancelledError}.
 */
public final class TaskCancelledException extends RuntimeException {
    private static final long serialVersionUID = 1;

    TaskCancelledException(String message) {
        super(message);
    }
}
