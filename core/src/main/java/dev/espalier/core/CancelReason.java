package dev.espalier.core;

import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a scope was cancelled. The first reason of a scope wins; later requests do not overwrite it.
 *
 * @param kind what sort of event it was
 * @param message the reason in words, never empty
 * @param by the name of the task that asked for it; null when it was no task (a deadline, a foreign thread, a signal)
 * @param at where it was asked for, innermost frame first; empty unless the loop is in debug mode or keeps spawn traces
 */
public record CancelReason(Kind kind, String message, @Nullable String by, List<StackTraceElement> at)
        implements Serializable {

    /** Copies the trace. */
    public CancelReason {
        at = List.copyOf(at);
    }

    /**
     * A reason without a trace.
     *
     * @param kind what sort of event it was
     * @param message the reason in words, never empty
     * @param by the name of the task that asked for it; null when it was no task
     */
    public CancelReason(Kind kind, String message, @Nullable String by) {
        this(kind, message, by, List.of());
    }

    /** Of a call of a {@code cancel} method. */
    static CancelReason request(String message, @Nullable String by, StackTraceElement[] at) {
        return new CancelReason(Kind.REQUEST, message, by, List.of(at));
    }

    /** The sorts of events that cancel a scope. */
    public enum Kind {
        /** Somebody called a {@code cancel} method. */
        REQUEST,
        /** The deadline of the scope passed. */
        DEADLINE,
        /** The body or a child of a {@link TaskGroup} failed, and its siblings end with it. */
        FAILURE,
        /** The thread of a task, or the thread that waits in {@code run}, was interrupted. */
        INTERRUPT,
        /** The user pressed Ctrl-C, or the JVM was told to end. */
        SIGNAL,
        /** The loop shuts down; what is left of its tasks ends. */
        SHUTDOWN
    }

    @Override
    public String toString() {
        return by == null ? message : message + " (by task '" + by + "')";
    }
}
