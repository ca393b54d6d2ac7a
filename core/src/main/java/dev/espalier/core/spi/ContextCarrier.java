package dev.espalier.core.spi;

import dev.espalier.core.Awaits;
import dev.espalier.core.Body;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Carries what a thread knows besides the library's own context variables, such as a logging context or a trace, from
 * the code that starts something to the code that is started: tasks, callbacks, hooks and offloaded bodies. Configured
 * by {@link dev.espalier.core.LoopOptions#withContextCarriers}.
 *
 * <p>A carrier is asked on the thread that starts, at that moment; what it captured then surrounds the started code, on
 * the thread that runs it. So it can set and restore thread-locals, and it can bind {@link ScopedValue}s, which have no
 * other form than around a body.
 *
 * {@snippet class="dev.espalier.core.ContextSnippetsTest" region="carrier"}
 */
@FunctionalInterface
public interface ContextCarrier {
    /**
     * Captures what is to be carried. What it throws comes out of the call that starts, and nothing is started.
     *
     * <p><b>Threads.</b> Called by any thread that starts something on a loop with this carrier, also by several at
     * once; it must not block and cannot await.
     *
     * @return what was captured, used once
     */
    Captured capture();

    /**
     * Makes a carrier for scoped values: code that is started sees what was bound where it was started.
     *
     * <p>On JDK 25 threads inherit scoped values from {@code StructuredTaskScope} only, which is a preview there, and
     * nothing tells a library which scoped values are bound. So each one that is to be inherited must be named here;
     * one that is not named is unbound in the code that is started.
     *
     * {@snippet class="dev.espalier.core.ContextSnippetsTest" region="scoped"}
     *
     * @param values the scoped values; those that are not bound where something is started are unbound there too
     * @return the carrier
     */
    static ContextCarrier ofScopedValues(ScopedValue<?>... values) {
        return new ScopedValueCarrier(List.of(values));
    }

    /** What was captured for one body or callback. */
    interface Captured {
        /**
         * Runs a body in what was captured. It must call the body exactly once, let through what that returns or
         * throws, and leave the thread as it was.
         *
         * @param <T> the value
         * @param <X> what the body throws
         * @param body the body
         * @return its value
         * @throws X as the body does
         */
        @Awaits
        <T extends @Nullable Object, X extends Throwable> T around(Body<? extends T, ? extends X> body) throws X;
    }
}

/** Binds again what was bound. */
record ScopedValueCarrier(List<ScopedValue<?>> values) implements ContextCarrier {
    @Override
    public Captured capture() {
        ScopedValue.Carrier bound = null;
        for (ScopedValue<?> value : values) {
            if (value.isBound()) {
                bound = and(bound, value);
            }
        }
        return new Bound(bound);
    }

    private static <V> ScopedValue.Carrier and(ScopedValue.@Nullable Carrier before, ScopedValue<V> value) {
        return before == null ? ScopedValue.where(value, value.get()) : before.where(value, value.get());
    }

    record Bound(ScopedValue.@Nullable Carrier bound) implements Captured {
        @Awaits
        @Override
        public <T extends @Nullable Object, X extends Throwable> T around(Body<? extends T, ? extends X> body)
                throws X {
            return bound == null ? body.run() : bound.<T, X>call(body::run);
        }
    }
}
