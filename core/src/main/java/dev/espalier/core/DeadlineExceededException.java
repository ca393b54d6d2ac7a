package dev.espalier.core;

import org.jspecify.annotations.Nullable;

/**
 * The deadline of a timeout passed before its body ended.
 *
 * <p>The cause is the {@link CancelledError} that unwound the body; its stack trace shows where the body was. The message says
 * how long the limit was and what the next deadline around it is, if there is one.
 */
public final class DeadlineExceededException extends RuntimeException {
    private static final long serialVersionUID = 1;

    DeadlineExceededException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
