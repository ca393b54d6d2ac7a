package dev.espalier.process;

import org.jspecify.annotations.Nullable;

/**
 * A task for one worker and no other: if that one ends before it has run, it fails.
 */
final class PinnedTask<T extends @Nullable Object> extends PoolTask<T> {
    private final Seat seat;

    PinnedTask(Dispatcher dispatcher, Seat seat, TaskOptions options, long number, Class<?> function, byte[] call) {
        super(dispatcher, new Lane(options), number, function, call);
        this.seat = seat;
    }

    Seat seat() {
        return seat;
    }

    ProcessPool.WorkerOutcome<T> outcome() {
        return new ProcessPool.WorkerOutcome<>(seat.number, seat.link.pid(), state());
    }

    /** Nobody else may have it. */
    @Override
    boolean recall() {
        return false;
    }
}
