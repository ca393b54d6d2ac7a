package dev.espalier.io;

import java.io.IOException;

/**
 * More bytes came than the caller allowed. They were not taken and can still be read, or skipped by reading {@link #consumed()}
 * bytes.
 */
public final class ReadLimitException extends IOException {
    private static final long serialVersionUID = 1;

    private final int limit;
    private final int consumed;
    private final boolean separatorFound;

    /**
     * Creates the exception.
     *
     * @param message what was read, with which limit, and of which stream
     * @param limit the limit, in bytes
     * @param consumed how many bytes can be skipped without losing a separator
     * @param separatorFound whether the separator came, too late
     */
    public ReadLimitException(String message, int limit, int consumed, boolean separatorFound) {
        super(message);
        this.limit = limit;
        this.consumed = consumed;
        this.separatorFound = separatorFound;
    }

    /**
     * {@return the limit that was passed, in bytes}
     */
    public int limit() {
        return limit;
    }

    /**
     * {@return how many bytes can be skipped: with {@link #separatorFound()} all before the separator, without it all that
     * cannot be part of it}
     */
    public int consumed() {
        return consumed;
    }

    /**
     * {@return whether the separator came, too late; if not, it may still come}
     */
    public boolean separatorFound() {
        return separatorFound;
    }
}
