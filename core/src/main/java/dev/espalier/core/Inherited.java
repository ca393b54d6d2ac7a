package dev.espalier.core;

import dev.espalier.core.spi.ContextCarrier;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What started code takes along from the code that starts it: the context variables, and what the carriers of its loop
 * capture. Taken when a task is created or a callback registered, wrapped around the code, and nowhere else kept: where
 * nothing is bound and no carrier configured, the code stays as it is and nothing is paid.
 */
final class Inherited {
    private Inherited() {}

    /** The body in the surroundings of the caller, for the given loop. */
    static <T extends @Nullable Object, X extends Throwable> Body<? extends T, ? extends X> body(
            EventLoop loop, Body<? extends T, ? extends X> body) {
        List<ContextCarrier> carriers = loop.options().contextCarriers();
        Body<? extends T, ? extends X> inner = body;
        for (int i = carriers.size() - 1; i >= 0; i--) {
            inner = Inherited.<T, X>carried(carriers.get(i).capture(), inner);
        }
        var context = ContextVar.Context.capture();
        return context.isEmpty() ? inner : Inherited.<T, X>in(context, inner);
    }

    private static <T extends @Nullable Object, X extends Throwable> Body<T, X> carried(
            ContextCarrier.Captured captured, Body<? extends T, ? extends X> body) {
        return () -> captured.<T, X>around(body);
    }

    private static <T extends @Nullable Object, X extends Throwable> Body<T, X> in(
            ContextVar.Context context, Body<? extends T, ? extends X> body) {
        return () -> context.<T, X>run(body);
    }

    /** The callback in the surroundings of the caller; one that has them already stays as it is. */
    static Runnable callback(EventLoop loop, Runnable callback) {
        boolean nothing = loop.options().contextCarriers().isEmpty() && ContextVar.Context.capture().isEmpty();
        if (nothing || callback instanceof OneShot) {
            return callback;
        }
        Body<@Nullable Object, RuntimeException> body = () -> {
            callback.run();
            return null;
        };
        return new Carried(callback, Inherited.<@Nullable Object, RuntimeException>body(loop, body));
    }

    private record Carried(Runnable callback, Body<?, ? extends RuntimeException> inside) implements Runnable {
        @Override
        public void run() {
            inside.run();
        }

        @Override
        public String toString() {
            return callback.toString();
        }
    }
}
