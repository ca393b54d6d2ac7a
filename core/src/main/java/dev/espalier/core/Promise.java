package dev.espalier.core;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * An {@link Awaitable} that is ended by hand, once. Hand it out as an {@code Awaitable}.
 *
 * <p>A failure that nobody waits for and nobody looks at is told to the loop's error sink: when the promise is garbage, at the
 * latest when the loop is closed.
 *
 * <p><b>Threads.</b> It belongs to the loop it was created on. Foreign threads end it through {@link
 * EventLoop#callSoonThreadsafe(Runnable)}.
 *
 * @param <T> the value
 */
public final class Promise<T extends @Nullable Object> implements Awaitable<T> {
    private final EventLoop loop;
    private final String name;
    private final Outcome<T> outcome;
    private @Nullable Throwable ended; // where, in debug mode; by the holder of the turn
    private @Nullable Unread unread; // its failure, while nobody has looked at it; by the holder of the turn

    private Promise(EventLoop loop, String name) {
        this.loop = loop;
        this.name = name;
        this.outcome = new Outcome<>(this);
    }

    /**
     * {@return a promise of the current loop}
     *
     * @param <T> the value
     * @throws IllegalStateException outside a loop
     */
    public static <T extends @Nullable Object> Promise<T> create() {
        return create("a promise");
    }

    /**
     * Makes a promise of the current loop.
     *
     * @param <T> the value
     * @param name what it stands for, in errors and dumps
     * @return the promise
     * @throws IllegalStateException outside a loop
     */
    public static <T extends @Nullable Object> Promise<T> create(String name) {
        return new Promise<>(EventLoop.current(), name);
    }

    /**
     * Ends it with a value.
     *
     * @param value the value
     * @throws IllegalStateException if it has ended before
     */
    public void succeed(T value) {
        if (!trySucceed(value)) {
            throw endedBefore();
        }
    }

    /**
     * Ends it with a value, unless it has ended before.
     *
     * @param value the value
     * @return whether this call ended it
     */
    public boolean trySucceed(T value) {
        loop.checkTurn(this);
        return end(new Succeeded<>(value));
    }

    /**
     * Ends it with a failure.
     *
     * @param failure the failure
     * @throws IllegalStateException if it has ended before
     */
    public void fail(Throwable failure) {
        if (!tryFail(failure)) {
            throw endedBefore();
        }
    }

    /**
     * Ends it with a failure, unless it has ended before.
     *
     * @param failure the failure
     * @return whether this call ended it
     */
    public boolean tryFail(Throwable failure) {
        loop.checkTurn(this);
        return end(new Failed<>(failure));
    }

    /**
     * Ends it as cancelled, unless it has ended before: those who await it get {@link TaskCancelledException}.
     *
     * @param reason why
     * @return whether this call ended it
     */
    public boolean tryCancel(String reason) {
        loop.checkTurn(this);
        Coroutine holder = loop.scheduler.running();
        Task<?> by = holder == null ? null : holder.task;
        var why = new CancelReason(CancelReason.Kind.REQUEST, reason, by == null ? null : by.name());
        return end(new Cancelled<>(why));
    }

    EventLoop loop() {
        return loop;
    }

    Outcome<T> outcome() {
        looked();
        return outcome;
    }

    private boolean end(State<T> state) {
        boolean awaited = outcome.isAwaited();
        boolean first = outcome.complete(state);
        if (first && !awaited && state instanceof Failed<T>(var failure)) {
            unread = Unread.of(this, name, failure);
        }
        if (first && loop.isDebug()) {
            ended = new Throwable(name + " was ended here first");
        }
        return first;
    }

    private void looked() {
        Unread failure = unread;
        if (failure != null) {
            unread = null;
            failure.looked();
        }
    }

    private IllegalStateException endedBefore() {
        return new IllegalStateException("a promise ends once, and " + name + " has " + outcome.text()
                + "; use trySucceed or tryFail where several may end it"
                + (ended == null ? ", and debug mode to learn where it was ended first" : ""), ended);
    }

    @Awaits
    @Override
    public T await() {
        looked();
        outcome.await();
        return outcome.get();
    }

    @Awaits
    @Override
    public <X extends Throwable> T await(Class<X> failure) throws X {
        looked();
        outcome.await();
        return outcome.getOrThrow(failure);
    }

    @Override
    public T result() {
        looked();
        return outcome.get();
    }

    @Override
    public State<T> state() {
        looked();
        return outcome.state();
    }

    @Override
    public CompletableFuture<T> toFuture() {
        looked();
        return outcome.toFuture();
    }

    @Override
    public CancelScope.Registration onDone(Runnable action) {
        looked();
        return outcome.onDoneOfUser(action);
    }

    @Override
    public String toString() {
        return "Promise[" + name + ", " + outcome.text() + "]";
    }
}
