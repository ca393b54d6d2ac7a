package dev.espalier.io;

import java.io.IOException;

/** A peer was slower than the limits of a stream allow. The stream was aborted. */
public final class StreamTimeoutException extends IOException {
    private static final long serialVersionUID = 1;

    private final StreamLimits.Limit limit;

    /**
     * Creates the exception.
     *
     * @param message what was waited for, for how long, and what the limit is
     * @param limit which limit was broken
     */
    public StreamTimeoutException(String message, StreamLimits.Limit limit) {
        super(message);
        this.limit = limit;
    }

    /**
     * {@return which limit was broken}
     */
    public StreamLimits.Limit limit() {
        return limit;
    }
}
