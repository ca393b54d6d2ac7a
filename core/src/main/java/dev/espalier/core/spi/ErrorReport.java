package dev.espalier.core.spi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A failure that has no caller it could be thrown to, or a finding about a loop that is slow, stuck or careless.
 *
 * {@snippet class="dev.espalier.core.DebugSnippetsTest" region="warnings"}
 *
 * @param kind what sort of thing happened
 * @param message what happened, in words
 * @param exception the failure; for a finding, an exception with the stack that was found
 * @param task the name of the task it belongs to; null if none
 * @param source the callback, promise or hook it comes from, in words; null if it is a task or not known
 * @param createdAt where that source or task was made, innermost frame first; empty unless in debug mode
 */
public record ErrorReport(
        Kind kind,
        String message,
        Throwable exception,
        @Nullable String task,
        @Nullable String source,
        List<StackTraceElement> createdAt) {

    /** The sorts of reports. */
    public enum Kind {
        /** A callback failed. */
        CALLBACK,
        /** A task failed, and nobody was left to receive it. */
        TASK,
        /** A promise failed, and nobody ever looked at it. */
        PROMISE,
        /** An instrument failed, and was removed. */
        INSTRUMENT,
        /** Tasks refused to end when their loop shut down. */
        SHUTDOWN,
        /** A finding: one step, or one tick, held the loop for long. */
        SLOW,
        /** A finding: a step holds the loop and does not come to an end, or the loop moves again after that. */
        BLOCKED,
        /** A finding of debug mode: a task caught its cancellation and goes on. */
        SWALLOWED_CANCEL,
        /** Something else, reported by a user of the loop. */
        OTHER
    }

    /** Copies the trace. */
    public ErrorReport {
        createdAt = List.copyOf(createdAt);
    }

    /**
     * A report of kind {@link Kind#OTHER}, without a source.
     *
     * @param message what failed, in words
     * @param exception the failure
     * @param task the name of the task it belongs to; null if none
     */
    public ErrorReport(String message, Throwable exception, @Nullable String task) {
        this(Kind.OTHER, message, exception, task);
    }

    /**
     * A report without a source.
     *
     * @param kind what sort of thing happened
     * @param message what happened, in words
     * @param exception the failure
     * @param task the name of the task it belongs to; null if none
     */
    public ErrorReport(Kind kind, String message, Throwable exception, @Nullable String task) {
        this(kind, message, exception, task, null, List.of());
    }
}
