package dev.espalier.core;

import dev.espalier.core.spi.ChannelStatistics;
import dev.espalier.core.spi.TaskRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Sends each value to all who have subscribed. A subscriber that is too slow either hears how many values it has missed, or holds
 * the senders back: no value is lost in silence.
 *
 * {@snippet class="dev.espalier.core.ChannelSnippetsTest" region="broadcast"}
 *
 * <p>A value goes to those who are subscribed when it is sent, and to later ones as far as the last values are replayed. Without
 * subscribers a send does not wait.
 *
 * <p><b>Threads.</b> It belongs to the loop it was created on. <b>Ordering.</b> All subscribers see the values in the order in which
 * they were sent.
 *
 * @param <T> the values
 */
public final class Broadcast<T> implements AutoCloseable {
    /*
     * One ring for all: the value with number n, from 0, is in slot n mod capacity until it is overwritten. Each subscription has
     * a position, the number of its next value. A slot counts those who have still to read it, so that a value is let go with its
     * last reader and a sender knows in constant time whether it would overwrite an unread value.
     */
    private final EventLoop loop = EventLoop.current();
    private final int replay;
    private final Lagging lagging;
    private final WaitQueue senders = new WaitQueue(this);

    // By the holder of the turn.
    private final @Nullable Object[] slots;
    private final int[] unread; // for each slot
    private final List<Subscription> subscriptions = new ArrayList<>();
    private long next; // the number of the next value
    private int peak;
    private long received;
    private long missed;
    private boolean ended;
    private @Nullable Throwable failure;

    /** What a subscriber that is too slow means to the others. */
    public enum Lagging {
        /** Nothing: it misses the oldest values, and its next {@code receive} throws {@link LaggedException}. */
        SKIP,
        /** The senders wait for it. */
        SUSPEND
    }

    /** A subscriber was too slow and has missed values. It goes on with the oldest value that is still there. */
    public static final class LaggedException extends IllegalStateException {
        private static final long serialVersionUID = 1;

        /** How many values were missed since the last one that was received. */
        private final long missed;

        LaggedException(long missed) {
            super("the subscriber was too slow and has missed " + missed + " values; receive goes on with the oldest that is left. "
                    + "Use a larger capacity, or Lagging.SUSPEND");
            this.missed = missed;
        }

        /**
         * {@return how many values were missed since the last one that was received, at least 1}
         */
        public long missed() {
            return missed;
        }
    }

    private Broadcast(int capacity, int replay, Lagging lagging) {
        if (capacity < 1 || replay < 0 || replay > capacity) {
            throw new IllegalArgumentException("a broadcast cannot keep " + capacity + " values and replay " + replay
                    + "; capacity from 1, replay from 0 to the capacity");
        }
        this.replay = replay;
        this.lagging = lagging;
        this.slots = new @Nullable Object[capacity];
        this.unread = new int[capacity];
    }

    /**
     * Opens a broadcast of the current loop whose slow subscribers miss values and hear of it.
     *
     * @param <T> the values
     * @param capacity how many values a subscriber may be behind, from 1; the room is taken at once
     * @return the broadcast
     * @throws IllegalStateException outside a loop
     */
    public static <T> Broadcast<T> open(int capacity) {
        return open(capacity, 0, Lagging.SKIP);
    }

    /**
     * Opens a broadcast of the current loop.
     *
     * @param <T> the values
     * @param capacity how many values a subscriber may be behind, from 1; the room is taken at once
     * @param replay how many of the last values a new subscriber sees first, from 0 to the capacity
     * @param lagging what a slow subscriber means to the others
     * @return the broadcast
     * @throws IllegalStateException outside a loop
     */
    public static <T> Broadcast<T> open(int capacity, int replay, Lagging lagging) {
        return new Broadcast<>(capacity, replay, lagging);
    }

    // ---- sending

    /**
     * Sends a value to all subscribers. With {@link Lagging#SUSPEND} it waits while one of them is behind by the capacity.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, the value was sent to nobody. <b>Ordering.</b> Waiting senders are served first
     * come, first served.
     *
     * @param value the value, not null
     * @throws ChannelClosedException if it has ended, also while waiting
     */
    @Awaits
    public void send(T value) {
        Task<?> me = Task.runningOn(loop, this);
        checkSendable(value);
        me.passPoint();
        checkSendable(value); // it may have given way
        if (offer(value)) {
            return;
        }
        me.offered = value;
        senders.add(me);
        try {
            me.park(senders);
        } catch (CancelledError e) {
            me.offered = null;
            throw e;
        }
        if (me.offered != null) { // woken by the end, not by a subscriber
            me.offered = null;
            throw isOver("the broadcast has ended; the value was not sent");
        }
    }

    /**
     * Sends a value to all subscribers if that needs no waiting.
     *
     * @param value the value, not null
     * @return whether it was sent; always with {@link Lagging#SKIP}
     * @throws ChannelClosedException if it has ended
     */
    public boolean trySend(T value) {
        loop.checkTurn(this);
        checkSendable(value);
        return offer(value);
    }

    private void checkSendable(T value) {
        Objects.requireNonNull(value, "a broadcast carries no null; send an Optional or a value that means nothing");
        if (ended) {
            throw isOver("the broadcast has ended; nothing can be sent");
        }
    }

    private boolean offer(T value) {
        if (lagging == Lagging.SUSPEND && unread[slot(next)] > 0) {
            return false;
        }
        int slot = slot(next);
        unread[slot] = subscriptions.size();
        slots[slot] = unread[slot] > 0 || replay > 0 ? value : null;
        next++;
        letGo(next - 1 - replay);
        for (Subscription subscription : subscriptions) {
            peak = Math.max(peak, subscription.behind());
            subscription.tell();
        }
        return true;
    }

    private int slot(long number) {
        return (int) (number % slots.length);
    }

    private long oldest() {
        return Math.max(0, next - slots.length);
    }

    /** Forgets a value that nobody reads any more and no later subscriber will. */
    private void letGo(long number) {
        if (number >= oldest() && number < next - replay && unread[slot(number)] == 0) {
            slots[slot(number)] = null;
        }
    }

    private void wasRead(long number) {
        unread[slot(number)]--;
        letGo(number);
        while (!senders.isEmpty() && unread[slot(next)] == 0) {
            Waiter sender = senders.poll();
            if (sender != null) {
                offer(Broadcast.<T>cast(sender.offered));
                sender.offered = null;
                sender.wake(null);
            }
        }
    }

    // ---- subscribing

    /**
     * Subscribes: the receiver gets the values that are replayed, and then each that is sent from now on. Close it when it is no
     * longer read, because it counts as slow.
     *
     * <p>Its {@code receive} and {@code tryReceive} throw {@link LaggedException} once after values were missed. Tasks that share a
     * receiver share the values.
     *
     * @return the receiver; after the end one of what is replayed
     */
    public Receiver<T> subscribe() {
        loop.checkTurn(this);
        var subscription = new Subscription(Math.max(0, next - replay));
        subscriptions.add(subscription);
        for (long number = subscription.position; number < next; number++) {
            unread[slot(number)]++;
        }
        return subscription;
    }

    /**
     * {@return how many are subscribed now}
     */
    public int subscribers() {
        return subscriptions.size();
    }

    // ---- the end

    /** Ends the broadcast: subscribers get what was sent before. Senders that wait are refused. Idempotent. */
    @Override
    public void close() {
        end(null);
    }

    /**
     * Ends the broadcast with a failure: subscribers get what was sent before, and then the failure. Does nothing after the end.
     *
     * @param cause the failure
     */
    public void fail(Throwable cause) {
        end(cause);
    }

    private void end(@Nullable Throwable cause) {
        loop.checkTurn(this);
        if (!ended) {
            ended = true;
            failure = cause;
            senders.wakeAll(null);
            subscriptions.forEach(Subscription::tellAll);
        }
    }

    private ChannelClosedException isOver(String what) {
        return new ChannelClosedException(what + (failure == null ? "" : ": " + failure), failure);
    }

    /**
     * {@return what has gone through it and who waits: the size is how far the slowest subscriber is behind; received and dropped
     * values count once for each subscriber; the sending end counts as one}
     */
    public ChannelStatistics statistics() {
        loop.checkTurn(this);
        var receivers = new ArrayList<TaskRef>();
        subscriptions.forEach(subscription -> receivers.addAll(subscription.receivers.waiters()));
        return new ChannelStatistics(slowest(), slots.length, peak, next, received, missed, ended ? 0 : 1,
                senders.waiters(), receivers);
    }

    private int slowest() {
        int most = 0;
        for (Subscription subscription : subscriptions) {
            most = Math.max(most, subscription.behind());
        }
        return most;
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // only values of this broadcast are in its slots and travel through its waiters
    private static <T> T cast(@Nullable Object value) {
        return (T) value;
    }

    @Override
    public String toString() {
        return "Broadcast[" + subscriptions.size() + " subscribers, the slowest " + slowest() + " of " + slots.length + " behind"
                + (senders.isEmpty() ? "" : ", to send" + senders.waitersText()) + (ended ? ", ended]" : "]");
    }

    /** One who has subscribed. */
    private final class Subscription implements Receiver<T> {
        private final WaitQueue receivers = new WaitQueue(this);
        private final ReadyActions actions = new ReadyActions(loop);

        // By the holder of the turn.
        private long position;
        private boolean closed;

        private Subscription(long position) {
            this.position = position;
        }

        private int behind() {
            return (int) (next - Math.max(position, oldest()));
        }

        @Awaits
        @Override
        public T receive() {
            Task<?> me = Task.runningOn(loop, this);
            me.passPoint();
            T value = take();
            while (value == null) {
                receivers.add(me);
                me.park(receivers); // carries nothing: another task may have taken the value
                value = take();
                if (value == null) {
                    me.checkCancelled();
                }
            }
            return value;
        }

        @Override
        public Optional<T> tryReceive() {
            loop.checkTurn(this);
            return Optional.ofNullable(take());
        }

        private @Nullable T take() {
            if (closed) {
                throw new ChannelClosedException("the receiver is closed", null);
            }
            long lost = oldest() - position;
            if (lost > 0) {
                position += lost;
                missed += lost;
                throw new LaggedException(lost);
            }
            if (position < next) {
                T value = cast(slots[slot(position)]);
                received++;
                wasRead(position++);
                return value;
            }
            if (ended) {
                throw isOver("the broadcast has ended");
            }
            return null;
        }

        private void tell() {
            Waiter first = receivers.poll();
            if (first != null) {
                first.wake(null);
            }
            actions.tell();
        }

        private void tellAll() {
            receivers.wakeAll(null);
            actions.tell();
        }

        @Override
        public CancelScope.Registration onReady(Runnable action) {
            loop.checkTurn(this);
            return actions.add(action, closed || ended || position < next);
        }

        @Override
        public void close() {
            loop.checkTurn(this);
            if (closed) {
                return;
            }
            closed = true;
            subscriptions.remove(this);
            tellAll();
            long end = next; // senders that wait go on now, for the others
            for (long number = Math.max(position, oldest()); number < end; number++) {
                wasRead(number);
            }
        }

        @Override
        public String toString() {
            return (closed ? "closed subscription of " : "subscription, " + behind() + " behind, of ") + Broadcast.this;
        }
    }
}
