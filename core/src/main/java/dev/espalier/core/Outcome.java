package dev.espalier.core;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The result-to-be of a task or promise, with those who wait for it. Completed once. Written and read by the holder of
 * the turn.
 */
final class Outcome<T extends @Nullable Object> extends WaitQueue implements Selectable {
    /** Pending until completed, and then final. */
    private Awaitable.State<T> state;

    private @Nullable List<Runnable> listeners;

    Outcome(Task<T> owner) {
        super(owner);
        this.state = Awaitable.State.pending();
    }

    Outcome(Promise<T> owner) {
        super(owner);
        this.state = Awaitable.State.pending();
    }

    /** Asked of the owner: a field would cost eight bytes a task. */
    private EventLoop loop() {
        return owner() instanceof Task<?> task ? task.loop : ((Promise<?>) owner()).loop();
    }

    Awaitable.State<T> state() {
        return state;
    }

    /** Whether somebody waits for it, or asked to be told. */
    boolean isAwaited() {
        return !isEmpty() || listeners != null;
    }

    boolean isPending() {
        return state instanceof Awaitable.Pending;
    }

    /** Completes, wakes the waiters in order and schedules the listeners; false if it was complete before. */
    boolean complete(Awaitable.State<T> end) {
        if (!isPending()) {
            return false;
        }
        state = end;
        wakeAll(null);
        if (listeners != null) {
            listeners.forEach(loop()::soon);
            listeners = null;
        }
        return true;
    }

    /** Waits until complete. The wake-up carries the value, so a later cancel is met at the next await. */
    void await() {
        Task<?> me = Task.running();
        checkLoopOf(me);
        if (!isPending()) {
            me.passPoint();
            return;
        }
        me.checkCancelled();
        add(me);
        me.park(this);
    }

    /** Waits until complete, whatever cancels the waiting task. */
    void awaitUncancellable() {
        Task<?> me = Task.running();
        while (isPending()) {
            add(me);
            me.parkUncancellable(this);
        }
    }

    private void checkLoopOf(Task<?> me) {
        if (me.loop != loop()) {
            throw new ForeignLoopException(describe() + " belongs to " + loop().name() + ", but task '" + me.name()
                    + "' runs on " + me.loop.name() + "; cross with EventLoop.submit");
        }
    }

    /** That a task may wait for this, beside other things: it would not wait for itself. */
    void checkAwaitedBy(Task<?> me) {
        checkLoopOf(me);
        if (owner() instanceof Task<?> task) {
            task.checkNotAround(me);
        }
    }

    // ---- in a select

    @Override
    public @Nullable Object tryNow() {
        if (!isPending()) {
            return get();
        }
        checkAwaitedBy(Task.running());
        return NOT_READY;
    }

    @Override
    public void link(Select.Node node) {
        add(node);
    }

    @Override
    public void unlink(Select.Node node) {
        remove(node);
    }

    @Override
    public @Nullable Object served(Select.Node node, @Nullable Object signal) {
        return get();
    }

    @Override
    public String toString() {
        return describe();
    }

    // ---- the end

    /** The value, or the failure wrapped: whose cancellation it was must never be confused. */
    T get() {
        return switch (state) {
            case Awaitable.Succeeded<T>(var value) -> value;
            case Awaitable.Failed<T>(var failure) -> throw new TaskFailedException(describe(), failure);
            case Awaitable.Cancelled<T>(var reason) ->
                throw new TaskCancelledException(describe() + " was cancelled: " + reason);
            case Awaitable.Pending<T> _ -> throw new IllegalStateException(describe() + " has not ended yet; await it");
        };
    }

    <X extends Throwable> T getOrThrow(Class<X> type) throws X {
        if (state instanceof Awaitable.Failed<T>(var failure) && type.isInstance(failure)) {
            throw type.cast(failure);
        }
        return get();
    }

    /** Runs the listener as a callback once complete, never on the completer's stack. */
    void onDone(Runnable listener) {
        if (!isPending()) {
            loop().soon(listener);
            return;
        }
        List<Runnable> list = listeners == null ? new ArrayList<>(1) : listeners;
        listeners = list;
        list.add(listener);
    }

    /** As {@link #onDone}, for the action of a user. */
    CancelScope.Registration onDoneOfUser(Runnable action) {
        loop().checkTurn(owner());
        var shot = new OneShot(loop(), action);
        onDone(shot);
        return () -> {
            shot.takeBack();
            if (listeners != null) {
                listeners.remove(shot);
            }
        };
    }

    CompletableFuture<T> toFuture() {
        var future = new LoopFuture<T>(loop());
        completes(future);
        return future;
    }

    void completes(CompletableFuture<T> future) {
        var completer = new Completer(future);
        if (isPending()) {
            onDone(completer);
        } else {
            completer.run();
        }
    }

    /** The task will never end: those who wait in other threads must not wait for ever. */
    void giveUp(RejectedExecutionException why) {
        if (listeners != null) {
            for (Runnable listener : listeners) {
                if (listener instanceof Droppable awaited) {
                    awaited.drop(why);
                }
            }
        }
    }

    /** Ends a future as this ended; a callback of the loop, also run when the loop is closed before its turn came. */
    final class Completer implements Droppable {
        private final CompletableFuture<T> future;

        private Completer(CompletableFuture<T> future) {
            this.future = future;
        }

        @Override
        public void drop(RejectedExecutionException why) {
            if (isPending()) {
                future.completeExceptionally(why);
            } else {
                run();
            }
        }

        @Override
        public void run() {
            switch (state) {
                case Awaitable.Succeeded<T>(var value) -> future.complete(value);
                case Awaitable.Failed<T>(var failure) -> {
                    if (!future.completeExceptionally(failure) && owner() instanceof Task<?> task && task.isUnsupervised()) {
                        task.loop.report("a task failed after its future had ended", failure, task.name());
                    }
                }
                case Awaitable.Cancelled<T> _ -> future.cancel(false);
                case Awaitable.Pending<T> _ -> throw new AssertionError("before the end");
            }
        }
    }

    /** The state in a word or two, for {@code toString}. */
    String text() {
        return switch (state) {
            case Awaitable.Pending<T> _ -> "pending";
            case Awaitable.Succeeded<T> _ -> "succeeded";
            case Awaitable.Failed<T>(var failure) -> "failed: " + failure;
            case Awaitable.Cancelled<T>(var reason) -> "cancelled: " + reason;
        };
    }
}
