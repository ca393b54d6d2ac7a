package dev.espalier.core;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Awaitables made of others. */
final class Derived {
    private Derived() {}

    /**
     * Ends a promise, by a callback of the loop, when an awaitable has ended; cancelled with it, else as the rule says.
     */
    static <T extends @Nullable Object, R extends @Nullable Object> Awaitable<R> of(
            Awaitable<T> from, String name, BiConsumer<Promise<R>, Awaitable.State<T>> rule) {
        Promise<R> end = Promise.create(name);
        from.onDone(() -> {
            Awaitable.State<T> state = from.state();
            if (state instanceof Awaitable.Cancelled<T>(var reason)) {
                end.tryCancel(reason.message());
                return;
            }
            try {
                rule.accept(end, state);
            } catch (Throwable e) {
                end.fail(e);
            }
        });
        return end;
    }
}
