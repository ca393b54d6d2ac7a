package dev.espalier.testing;

import org.jspecify.annotations.Nullable;

/**
 * How an exploration or a sweep has ended: one of the two is null.
 *
 * @param passed what it covered
 * @param failure what it found
 */
record Verdict<T>(@Nullable T passed, @Nullable Throwable failure) {
    static <T> Verdict<T> passed(T covered) {
        return new Verdict<>(covered, null);
    }

    static <T> Verdict<T> failed(Throwable failure) {
        return new Verdict<>(null, failure);
    }

    T get() throws Throwable {
        if (failure != null) {
            throw failure;
        }
        if (passed == null) {
            throw new AssertionError("neither passed nor failed");
        }
        return passed;
    }
}
