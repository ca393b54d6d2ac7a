package dev.espalier.core;

import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Something that ends once, with a value, a failure or a cancellation, and that any number of tasks can wait for.
 *
 * <p><b>Threads.</b> It belongs to a loop; other threads use {@link #toFuture()}.
 *
 * @param <T> the value
 */
public interface Awaitable<T extends @Nullable Object> {
    /**
     * Waits for the end and returns the value.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, the task stops waiting and nothing else changes. If the end and the
     * cancellation come in the same tick, the value is returned and the next await throws.
     *
     * @return the value
     * @throws TaskFailedException if it failed; the failure is the cause
     * @throws TaskCancelledException if it, and not the caller, was cancelled
     */
    @Awaits
    T await();

    /**
     * Waits for the end and returns the value; a failure of the given type comes out as itself.
     *
     * <p><b>Cancellation.</b> As {@link #await()}.
     *
     * @param <X> the type
     * @param failure the type of failure to throw unwrapped
     * @return the value
     * @throws X if it failed with one of those
     * @throws TaskFailedException if it failed otherwise
     * @throws TaskCancelledException if it, and not the caller, was cancelled
     */
    @Awaits
    <X extends Throwable> T await(Class<X> failure) throws X;

    /**
     * {@return the value, without waiting}
     *
     * @throws IllegalStateException if it has not ended
     * @throws TaskFailedException if it failed
     * @throws TaskCancelledException if it was cancelled
     */
    T result();

    /**
     * {@return how it stands now, for pattern matching}
     */
    State<T> state();

    /**
     * {@return a new future that ends as this does, completed by a callback of the loop}
     *
     * <p>Cancelling the future does not touch this. <b>Threads.</b> The future may be used by any thread. A task or callback of
     * the loop that would block on it gets an {@link IllegalStateException}: it would hold the loop and wait for ever.
     */
    CompletableFuture<T> toFuture();

    /**
     * Registers an action for the end, however it ends: {@link #state()} then tells how.
     *
     * {@snippet class="dev.espalier.core.LoopSnippetsTest" region="onDone"}
     *
     * <p><b>Threads.</b> The action runs as a callback of the loop, with the context variables of the caller, and never on the stack
     * of who ends this or of who registers. <b>Ordering.</b> Actions run in the order in which they were registered.
     *
     * @param action what to do, at most once; it must not block and cannot await; what it throws goes to the error sink
     * @return closes to take the action back
     */
    CancelScope.Registration onDone(Runnable action);

    /**
     * Makes something that ends when this does, with the value mapped. Failures and cancellations stay as they are. In a task it is
     * plainer to write {@code mapping.apply(await())}; this is for handing on.
     *
     * <p><b>Threads.</b> The function runs once, as a callback of the current loop, also if nobody waits; it cannot await. What it
     * throws is the failure of the new awaitable.
     *
     * @param <R> the new value
     * @param mapping what to make of the value
     * @return the mapped awaitable; cancelling or dropping it does not touch this
     */
    default <R extends @Nullable Object> Awaitable<R> map(Function<? super T, ? extends R> mapping) {
        return Derived.<T, R>of(this, "a mapping of " + this, (end, state) -> {
            switch (state) {
                case Succeeded<T>(var value) -> end.succeed(mapping.apply(value));
                case Failed<T>(var failure) -> end.fail(failure);
                default -> throw new AssertionError(state);
            }
        });
    }

    /**
     * Makes something that ends when this does, with a value in place of a failure. A cancellation is no failure and stays.
     *
     * <p><b>Threads.</b> As {@link #map}.
     *
     * @param <E> the type
     * @param type which failures are replaced; others stay as they are
     * @param replacement makes the value
     * @return the recovered awaitable
     */
    default <E extends Throwable> Awaitable<T> recover(Class<E> type, Function<? super E, ? extends T> replacement) {
        return Derived.<T, T>of(this, "a recovery of " + this, (end, state) -> {
            switch (state) {
                case Succeeded<T>(var value) -> end.succeed(value);
                case Failed<T>(var failure) when type.isInstance(failure) ->
                    end.succeed(replacement.apply(type.cast(failure)));
                case Failed<T>(var failure) -> end.fail(failure);
                default -> throw new AssertionError(state);
            }
        });
    }

    /**
     * How an awaitable stands.
     *
     * @param <T> the value
     */
    sealed interface State<T extends @Nullable Object> permits Pending, Succeeded, Failed, Cancelled {
        /**
         * {@return the state of something that has not ended}
         *
         * @param <T> the value
         */
        @SuppressWarnings("unchecked") // it holds no T
        static <T extends @Nullable Object> State<T> pending() {
            return (State<T>) Pending.INSTANCE;
        }
    }

    /**
     * Not ended yet.
     *
     * @param <T> the value
     */
    record Pending<T extends @Nullable Object>() implements State<T> {
        private static final Pending<?> INSTANCE = new Pending<>();
    }

    /**
     * Ended with a value.
     *
     * @param <T> the value
     * @param value the value
     */
    record Succeeded<T extends @Nullable Object>(T value) implements State<T> {}

    /**
     * Ended with a failure.
     *
     * @param <T> the value
     * @param failure the failure
     */
    record Failed<T extends @Nullable Object>(Throwable failure) implements State<T> {}

    /**
     * Ended by cancellation.
     *
     * @param <T> the value
     * @param reason why
     */
    record Cancelled<T extends @Nullable Object>(CancelReason reason) implements State<T> {}
}
