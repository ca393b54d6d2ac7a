package dev.espalier.core;

import dev.espalier.core.spi.LockStatistics;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * A value that changes and is watched: those who watch see the latest value, and may miss those between. For a state, a
 * configuration, a progress.
 *
 * {@snippet class="dev.espalier.core.ChannelSnippetsTest" region="watch"}
 *
 * <p>To see every value there is {@link Broadcast}.
 *
 * <p><b>Threads.</b> It belongs to the loop it was created on.
 *
 * @param <T> the value
 */
public final class Watch<T> implements AutoCloseable {
    private final EventLoop loop = EventLoop.current();
    private final WaitQueue watching = new WaitQueue(this);
    private final ReadyActions actions = new ReadyActions(loop);

    // By the holder of the turn.
    private T value;
    private long version; // counts the changes
    private boolean closed;

    private Watch(T value) {
        this.value = value;
    }

    /**
     * Makes a watched value of the current loop.
     *
     * @param <T> the value
     * @param initial the first value, not null
     * @return the watched value
     * @throws IllegalStateException outside a loop
     */
    public static <T> Watch<T> of(T initial) {
        return new Watch<>(checked(initial));
    }

    private static <T> T checked(T value) {
        return Objects.requireNonNull(value, "a watched value is never null; use an Optional");
    }

    /**
     * {@return the latest value, also after the end}
     */
    public T get() {
        loop.checkTurn(this);
        return value;
    }

    /**
     * Sets the value and wakes those who watch. An equal value is a change too.
     *
     * @param newValue the value, not null
     * @throws ChannelClosedException if it is closed
     */
    public void set(T newValue) {
        checked(newValue);
        loop.checkTurn(this);
        if (closed) {
            throw ended();
        }
        value = newValue;
        version++;
        tell();
    }

    /**
     * Sets the value to what a function makes of the present one.
     *
     * @param change the function; it must not await, and must not return null
     * @return the new value
     * @throws ChannelClosedException if it is closed
     */
    public T update(UnaryOperator<T> change) {
        loop.checkTurn(this);
        if (closed) {
            throw ended();
        }
        T next = change.apply(value);
        set(next);
        return next;
    }

    /**
     * Waits until the value fulfils a condition. Returns at once if it does.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, nothing has changed. <b>Ordering.</b> The condition is asked of the latest
     * value when the task gets its turn: a value that was replaced in the same tick is not seen.
     *
     * @param condition the condition; it must not await
     * @return the value that fulfils it
     * @throws ChannelClosedException if it is closed and its last value does not
     */
    @Awaits
    public T awaitUntil(Predicate<? super T> condition) {
        Task<?> me = Task.runningOn(loop, this);
        me.passPoint();
        while (!condition.test(value)) {
            if (closed) {
                throw ended();
            }
            await(me);
        }
        return value;
    }

    /** A wake-up carries nothing: who is woken looks again. */
    private void await(Task<?> me) {
        me.checkCancelled();
        watching.add(me);
        me.park(watching);
    }

    /**
     * {@return a receiver of the changes for one who watches: first the present value, then the latest one each time it has changed
     * since it was last asked}
     *
     * <p>It ends when the value is closed and its last change was received. Closing it ends nobody else's watching, and it need not be
     * closed. Tasks that share a receiver share the changes.
     */
    public Receiver<T> changes() {
        loop.checkTurn(this);
        return new View();
    }

    /** Ends the watching: there will be no further change. Idempotent. */
    @Override
    public void close() {
        loop.checkTurn(this);
        if (!closed) {
            closed = true;
            tell();
        }
    }

    private void tell() {
        watching.wakeAll(null);
        actions.tell();
    }

    private static ChannelClosedException ended() {
        return new ChannelClosedException("the watched value is closed and will not change", null);
    }

    /**
     * {@return who waits for a change; nobody owns it}
     */
    public LockStatistics statistics() {
        loop.checkTurn(this);
        return new LockStatistics(List.of(), watching.waiters());
    }

    @Override
    public String toString() {
        return "Watch[" + value + watching.waitersText() + (closed ? ", closed]" : "]");
    }

    /** One who watches. */
    private final class View implements Receiver<T> {
        // By the holder of the turn.
        private long seen = version - 1;
        private boolean viewClosed;

        @Awaits
        @Override
        public T receive() {
            Task<?> me = Task.runningOn(loop, this);
            me.passPoint();
            while (!hasChange()) {
                await(me);
            }
            return take();
        }

        @Override
        public Optional<T> tryReceive() {
            loop.checkTurn(this);
            return hasChange() ? Optional.of(take()) : Optional.empty();
        }

        private boolean hasChange() {
            if (viewClosed) {
                throw new ChannelClosedException("the receiver is closed", null);
            }
            if (seen == version && closed) {
                throw ended();
            }
            return seen != version;
        }

        private T take() {
            seen = version;
            return value;
        }

        @Override
        public CancelScope.Registration onReady(Runnable action) {
            loop.checkTurn(this);
            return actions.add(action, viewClosed || closed || seen != version);
        }

        @Override
        public void close() {
            loop.checkTurn(this);
            if (!viewClosed) {
                viewClosed = true;
                tell(); // also the tasks of others, who look and wait again
            }
        }

        @Override
        public String toString() {
            return "changes of " + Watch.this;
        }
    }
}
