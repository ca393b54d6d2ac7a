package dev.espalier.process;

import org.jspecify.annotations.Nullable;

/**
 * A value cannot travel, or bytes are no value. Says where in the value the trouble is.
 */
final class EncodingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Grows from the leaf to the root while the exception passes the codec. */
    private String path = "";

    EncodingException(String message) {
        super(message);
    }

    EncodingException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Notes one more step on the way from the root: {@code .name} or {@code [3]}. */
    EncodingException under(String step) {
        path = step + path;
        return this;
    }

    @Override
    @SuppressWarnings("NullAway") // it is made with a message
    public String getMessage() {
        return path.isEmpty() ? super.getMessage() : "at " + path + ": " + super.getMessage();
    }
}
