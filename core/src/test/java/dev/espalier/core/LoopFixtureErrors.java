package dev.espalier.core;

/** Throws on what a helper of a test caught, whatever its type. */
final class LoopFixtureErrors {
    private LoopFixtureErrors() {}

    static RuntimeException unchecked(Throwable e) {
        return LoopFixtureErrors.<RuntimeException>sneaky(e);
    }

    @SuppressWarnings("unchecked") // erased: thrown as what it is
    private static <X extends Throwable> RuntimeException sneaky(Throwable e) throws X {
        throw (X) e;
    }
}
