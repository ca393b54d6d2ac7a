package dev.espalier.process;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A task ran longer than {@link TaskOptions#runLimit()} allows, and was stopped. The cause is what the task threw when it was
 * interrupted, or the loss of its child when that had to be killed.
 */
public final class RunLimitExceededException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Duration limit;
    private final RemoteTask.Rung rung;
    private final String lastStack;

    RunLimitExceededException(String task, Duration limit, RemoteTask.Rung rung, String lastStack,
            @Nullable Throwable cause) {
        super(task + " ran longer than its limit of " + limit + " and was " + (rung == RemoteTask.Rung.KILLED
                ? "interrupted, then killed with its child" : "interrupted")
                + (lastStack.isEmpty() ? "" : "; before the kill it was at\n" + lastStack), cause);
        this.limit = limit;
        this.rung = rung;
        this.lastStack = lastStack;
    }

    /**
     * {@return the limit}
     */
    public Duration limit() {
        return limit;
    }

    /**
     * {@return how far it took to stop the task}
     */
    public RemoteTask.Rung rung() {
        return rung;
    }

    /**
     * {@return where the task was before its child was killed; empty if it was not killed, or could not tell; at most 32 768
     * characters}
     */
    public String lastStack() {
        return lastStack;
    }
}
