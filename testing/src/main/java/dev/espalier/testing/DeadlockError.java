package dev.espalier.testing;

/**
 * Nothing can ever run again: no task is ready, no timer is set, and nothing outside the loop is awaited.
 *
 * <p>The message lists each task with what it waits for, where it was started, and its stack. The stack trace of the
 * error is the one of the test body.
 */
public final class DeadlockError extends AssertionError {
    private static final long serialVersionUID = 1;

    DeadlockError(String message, StackTraceElement[] where) {
        super(message);
        setStackTrace(where);
    }
}
