package dev.espalier.testing;

/**
 * A run was given up in real time: its limit passed, a step was blocked outside the library for a second, or the
 * thread that waits for the run was interrupted.
 *
 * <p>The message says what held it: a step that spins or blocks outside the library, with its stack, or waits for
 * something outside the loop, with all tasks.
 */
public final class BlockedLoopError extends AssertionError {
    private static final long serialVersionUID = 1;

    BlockedLoopError(String message, StackTraceElement[] where) {
        super(message);
        setStackTrace(where);
    }
}
