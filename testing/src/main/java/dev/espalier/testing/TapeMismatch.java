package dev.espalier.testing;

/** A tape was replayed, and the program went another way, without a failure. */
final class TapeMismatch extends IllegalStateException {
    private static final long serialVersionUID = 1;

    TapeMismatch(String message) {
        super(message);
    }
}
