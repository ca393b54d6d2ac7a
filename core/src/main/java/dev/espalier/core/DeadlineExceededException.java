package dev.espalier.core;

import org.jspecify.annotations.Nullable;

/**
 * The deadline of a timeout passed before its body ended.
 *
 * <p>The cause is the {@link CancelledError} that unwound the body; its stack trace shows where the body was.
 */
public final class DeadlineExceededException extends RuntimeException {
    private static final long serialVersionUID = 1;

    DeadlineExceededException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
