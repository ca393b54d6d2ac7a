package dev.espalier.core;

/**
 * An object of one loop was touched by a task of another loop, or by a thread of none.
 *
 * <p>Cross with {@link EventLoop#submit(Body)} or {@link EventLoop#callSoonThreadsafe(Runnable)}.
 */
public final class ForeignLoopException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    ForeignLoopException(String message) {
        super(message);
    }
}
