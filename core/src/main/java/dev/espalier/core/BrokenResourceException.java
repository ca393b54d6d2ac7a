package dev.espalier.core;

/**
 * What was waited for will not come, because the thing is broken: a lock whose owner ended without giving it back, a barrier that
 * one of its parties left.
 */
public final class BrokenResourceException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    /**
     * Creates the exception.
     *
     * @param message what is broken, and by whom
     */
    public BrokenResourceException(String message) {
        super(message);
    }
}
