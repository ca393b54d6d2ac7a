package dev.espalier.core;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** The wait of a task for a future of the JDK. */
final class ForeignWait<T extends @Nullable Object> implements Waitable {
    private final Task<?> task;
    private final CompletionStage<T> stage;

    // By the holder of the turn.
    private boolean ended;
    private boolean waiting;
    private @Nullable T value;
    private @Nullable Throwable failure;

    private ForeignWait(Task<?> task, CompletionStage<T> stage) {
        this.task = task;
        this.stage = stage;
    }

    static <T extends @Nullable Object, X extends Throwable> T await(
            CompletionStage<T> stage, @Nullable Class<X> type) throws X {
        Task<?> me = Task.running();
        if (hasEnded(stage)) {
            me.passPoint();
        } else {
            me.checkCancelled();
        }
        var wait = new ForeignWait<>(me, stage);
        stage.whenComplete((value, failure) -> wait.completed(value, failure));
        wait.park();
        return wait.result(type);
    }

    static <T extends @Nullable Object> T await(Future<T> future) {
        if (future instanceof CompletionStage<?>) {
            @SuppressWarnings("unchecked") // the same object
            var stage = (CompletionStage<T>) future;
            return ForeignWait.<T, RuntimeException>await(stage, null);
        }
        try {
            if (future.isDone()) {
                Task.running().passPoint();
                return get(future);
            }
            return Async.<T, ExecutionException>offload(() -> get(future));
        } catch (CancelledError e) {
            future.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            throw new TaskFailedException("a future", causeOf(e));
        } catch (CancellationException e) {
            throw new TaskCancelledException("a future was cancelled");
        }
    }

    private static <T extends @Nullable Object> T get(Future<T> future) throws ExecutionException {
        try {
            return future.get();
        } catch (InterruptedException e) {
            throw new IllegalStateException("the waiting task was cancelled", e); // ends as suppressed in that cancellation
        }
    }

    /** A minimal stage is a {@code Future} by its type alone: what it refuses to say or do is left. */
    private static boolean hasEnded(CompletionStage<?> stage) {
        try {
            return stage instanceof Future<?> future && future.isDone();
        } catch (UnsupportedOperationException e) {
            return false;
        }
    }

    private static boolean cancel(CompletionStage<?> stage) {
        try {
            return stage instanceof Future<?> future && future.cancel(true);
        } catch (UnsupportedOperationException e) {
            return false;
        }
    }

    /** On the thread that completed the stage, or on the task's own if it was complete. */
    private void completed(@Nullable T result, @Nullable Throwable thrown) {
        if (task.loop.holdsTurn() && !waiting) {
            end(result, thrown);
            return;
        }
        try {
            task.loop.send(() -> end(result, thrown));
        } catch (RejectedExecutionException e) {
            assert task.loop.isClosed() : e; // nobody waits any more
        }
    }

    private void end(@Nullable T result, @Nullable Throwable thrown) {
        value = result;
        failure = thrown;
        ended = true;
        if (waiting) {
            waiting = false;
            task.wake(null);
        }
    }

    private void park() {
        if (ended) {
            return;
        }
        task.loop.external++;
        waiting = true;
        try {
            task.park(this);
        } catch (CancelledError e) {
            cancel(stage);
            throw e;
        } finally {
            task.loop.external--;
        }
    }

    @SuppressWarnings("NullAway") // the stage completed with it
    private <X extends Throwable> T result(@Nullable Class<X> type) throws X {
        if (failure == null) {
            return value;
        }
        Throwable cause = failure instanceof CompletionException ? causeOf(failure) : failure;
        if (cause instanceof CancellationException) {
            throw new TaskCancelledException("a future was cancelled");
        }
        if (type != null && type.isInstance(cause)) {
            throw type.cast(cause);
        }
        throw new TaskFailedException("a future", cause);
    }

    private static Throwable causeOf(Throwable wrapper) {
        return wrapper.getCause() == null ? wrapper : wrapper.getCause();
    }

    @Override
    public void abandon(Task<?> parked) {
        waiting = false;
    }

    @Override
    public String describe() {
        return "a future of the JDK: " + stage;
    }
}
