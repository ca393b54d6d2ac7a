package dev.espalier.process;

import dev.espalier.core.Awaitable;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What each child of a pool runs first, and last.
 */
final class WorkerCare {
    private final PoolOptions options;
    private final byte @Nullable [] initializer;
    private final byte @Nullable [] teardown;

    /**
     * Encodes both.
     *
     * @throws IllegalArgumentException if one of them cannot travel
     */
    WorkerCare(PoolOptions options, SymbolTable table) {
        this.options = options;
        this.initializer = encode(table, "initializer", options.initializer());
        this.teardown = encode(table, "teardown", options.teardown());
    }

    private static byte @Nullable [] encode(SymbolTable table, String what, Optional<RemoteVoidBody<?>> body) {
        if (body.isEmpty()) {
            return null;
        }
        try {
            Encoder out = new Encoder(table);
            Calls.write(out, body.get());
            return out.toBytes();
        } catch (EncodingException bad) {
            throw new IllegalArgumentException("the " + what + " cannot be sent to a worker: " + bad.getMessage(), bad);
        }
    }

    /** The first task of a worker; null when there is none to run. */
    @Nullable PoolTask<?> first(Dispatcher dispatcher, Seat seat) {
        return task(dispatcher, seat, "initializer", options.initializer(), initializer);
    }

    /** The last task of a worker; null when there is none to run. Its failure goes to the error sink of the loop. */
    @Nullable PoolTask<?> last(Dispatcher dispatcher, Seat seat) {
        PoolTask<?> task = task(dispatcher, seat, "teardown", options.teardown(), teardown);
        if (task != null) {
            task.onDone(() -> {
                if (task.state() instanceof Awaitable.Failed<?>(var failure)) {
                    throw new IllegalStateException(task.name() + " failed", failure);
                }
            });
        }
        return task;
    }

    private static @Nullable PoolTask<?> task(Dispatcher dispatcher, Seat seat, String name,
            Optional<RemoteVoidBody<?>> body, byte @Nullable [] call) {
        return call == null || body.isEmpty() ? null : new PinnedTask<>(dispatcher, seat,
                TaskOptions.defaults().withName("the " + name + " of worker " + seat.number), 0, body.get().getClass(),
                call);
    }
}
