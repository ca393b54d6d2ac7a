package dev.espalier.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A place in a program, as the cause of an error that happened at another: where something was opened, left or cancelled. */
final class Place extends Throwable {
    private static final long serialVersionUID = 1;

    private Place(String message, List<StackTraceElement> trace) {
        super(message, null, false, true);
        setStackTrace(trace.toArray(StackTraceElement[]::new));
    }

    /** No stack of the caller: the place is another one. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }

    static @Nullable Place orNull(String message, List<StackTraceElement> trace) {
        return trace.isEmpty() ? null : new Place(message, trace);
    }

    /**
     * A misuse whose stack is the offending place, with the other place as its cause, if a trace of that was kept.
     *
     * @param message what is wrong, and the way out
     * @param there what happened at the other place
     * @param trace the other place; empty if it was not kept
     */
    static IllegalStateException misuse(String message, String there, List<StackTraceElement> trace) {
        Place place = orNull(there, trace);
        return place == null
                ? new IllegalStateException(message + " (in debug mode this error shows the other place too)")
                : new IllegalStateException(message, place);
    }
}
