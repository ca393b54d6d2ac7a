package dev.espalier.core;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Why a scope was cancelled. The first reason of a scope wins; later requests do not overwrite it.
 *
 * @param kind what sort of event it was
 * @param message the reason in words, never empty
 * @param by the name of the task that asked for it; null when it was no task (a deadline, a foreign thread, a signal)
 */
public record CancelReason(Kind kind, String message, @Nullable String by) implements Serializable {

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
        /** The user pressed Ctrl-C. */
        SIGNAL,
        /** The loop shuts down; what is left of its tasks ends. */
        SHUTDOWN
    }

    @Override
    public String toString() {
        return by == null ? message : message + " (by task '" + by + "')";
    }
}
