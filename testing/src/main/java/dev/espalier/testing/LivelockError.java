package dev.espalier.testing;

/**
 * Tasks run again and again while virtual time cannot move, because it moves only when nothing is ready.
 *
 * <p>The message lists the tasks that spin, with where they were started and their stacks. The usual cause is a loop
 * around {@code checkpoint()}; waiting with {@code sleep} cures it.
 */
public final class LivelockError extends AssertionError {
    private static final long serialVersionUID = 1;

    LivelockError(String message, StackTraceElement[] where) {
        super(message);
        setStackTrace(where);
    }
}
