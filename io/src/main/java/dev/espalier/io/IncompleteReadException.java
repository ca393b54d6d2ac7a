package dev.espalier.io;

import java.io.EOFException;

/** A stream ended before what was asked for had come. What came was not taken and can still be read. */
public final class IncompleteReadException extends EOFException {
    private static final long serialVersionUID = 1;

    private final int available;

    /**
     * Creates the exception.
     *
     * @param message what was asked for, and of which stream
     * @param available how many bytes had come, from 0
     */
    public IncompleteReadException(String message, int available) {
        super(message);
        this.available = available;
    }

    /**
     * {@return how many bytes had come and can still be read, from 0}
     */
    public int available() {
        return available;
    }
}
