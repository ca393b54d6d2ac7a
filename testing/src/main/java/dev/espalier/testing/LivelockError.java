package dev.espalier.testing;

/**
 * Something goes on without end, and the test gets nowhere.
 *
 * <p>Either tasks run again and again while virtual time cannot move, because it moves only when nothing is ready: the
 * message lists them, with where they were started and their stacks. The usual cause is a loop around
 * {@code checkpoint()}; waiting with {@code sleep} cures it.
 *
 * <p>Or time goes on and on, because something ticks, while the body waits for what does not come: a limit of virtual
 * time is over, and the message lists the timers that are set and what they have done lately.
 */
public final class LivelockError extends AssertionError {
    private static final long serialVersionUID = 1;

    LivelockError(String message, StackTraceElement[] where) {
        super(message);
        setStackTrace(where);
    }
}
