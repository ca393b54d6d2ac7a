package dev.espalier.io;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A stream, server or file was used after it was closed on this side, or after an earlier failure broke it. */
public final class StreamClosedException extends IOException {
    private static final long serialVersionUID = 1;

    /**
     * Creates the exception.
     *
     * @param message what was used, and why it cannot be
     * @param cause the earlier failure; null if it was closed in order
     */
    public StreamClosedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
