package dev.espalier.core;

/** Gives a failure back the type that the compiler has lost on its way through a field. */
final class Sneaky {
    private Sneaky() {}

    /** The failure as an {@code X}; the caller knows that the body which threw it declares {@code X}. */
    @SuppressWarnings("unchecked") // erased: it is never cast here
    static <X extends Throwable> X as(Throwable failure) {
        return (X) failure;
    }
}
