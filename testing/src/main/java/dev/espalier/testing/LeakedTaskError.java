package dev.espalier.testing;

/**
 * Tasks are still alive after the test body has ended.
 *
 * <p>The message lists each of them with what it waits for, where it was started, and its stack. Start such tasks in a
 * {@link dev.espalier.core.TaskGroup}, or in {@link LoopTester#background()} if they serve until the body ends.
 */
public final class LeakedTaskError extends AssertionError {
    private static final long serialVersionUID = 1;

    LeakedTaskError(String message, StackTraceElement[] where) {
        super(message);
        setStackTrace(where);
    }
}
