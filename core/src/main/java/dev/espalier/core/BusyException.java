package dev.espalier.core;

/**
 * Two tasks used a thing that serves one at a time, such as two readers of one stream.
 */
public final class BusyException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    /**
     * Creates the exception.
     *
     * @param message who uses what, and who came second
     */
    public BusyException(String message) {
        super(message);
    }
}
