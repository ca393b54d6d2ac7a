package dev.espalier.core;

import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * A channel between loops, and its receiving end. Values cross in a queue without locks; those who wait stand in a
 * queue of their own loop, which is told over a {@link Bell}.
 *
 * <p>Invariants: (1) while a receiver waits or an action is registered, the receiver's bell is watched, armed or sent;
 * (2) while a sender waits, its end's bell is watched, armed and in {@code blocked}, or sent; (3) a value is in exactly
 * one place: with its waiting sender, in the queue, or with its receiver.
 */
final class CrossingBuffer<T> extends Bell implements Receiver<T> {
    private final int capacity;

    /**
     * May have room for more than the capacity, which is never used: a value is queued only into a place that was taken
     * before.
     */
    private final MpscVarHandleArrayQueue<T> values;

    private final AtomicInteger room;

    /**
     * Ends that want to be told of room, some perhaps no more. Any end adds itself; whoever makes room takes and rings
     * all.
     */
    private final ConcurrentLinkedQueue<CrossingSender<T>> blocked = new ConcurrentLinkedQueue<>();

    private final AtomicInteger openSenders = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean receiverClosed; // set by the receiver's loop, read by all

    // By the holder of the turn of the receiver's loop.
    private final WaitQueue receivers = new WaitQueue(this);
    private @Nullable ReadyActions actions; // mostly not needed

    CrossingBuffer(int capacity) {
        this.capacity = capacity;
        this.room = new AtomicInteger(capacity);
        this.values = new MpscVarHandleArrayQueue<>(capacity);
    }

    // ---- for the senders, on any thread

    Sender<T> newSender() {
        openSenders.incrementAndGet();
        return new CrossingSender<>(this);
    }

    boolean takePlace() {
        for (int free = room.get(); free > 0; free = room.get()) {
            if (room.compareAndSet(free, free - 1)) {
                return true;
            }
        }
        return false;
    }

    boolean hasPlace() {
        return room.get() > 0;
    }

    void givePlaceBack() {
        room.getAndIncrement(); // a full fence too
        ringBlocked();
    }

    /** Into a place that was taken before. */
    void put(T value) {
        boolean taken = values.offer(value);
        assert taken : "no room for a value that had a place";
        ring();
    }

    void tellOfRoom(CrossingSender<T> end) {
        blocked.add(end);
    }

    private void ringBlocked() {
        for (CrossingSender<T> end = blocked.poll(); end != null; end = blocked.poll()) {
            end.ring();
        }
    }

    boolean refuses() {
        return receiverClosed || failure.get() != null;
    }

    ChannelClosedException refused() {
        Throwable cause = failure.get();
        String why = cause == null ? "the receiver is closed, nobody takes it" : "the channel has failed: " + cause;
        return new ChannelClosedException(why, cause);
    }

    void fail(Throwable cause) {
        if (openSenders.get() > 0 && failure.compareAndSet(null, cause)) {
            ring(); // a full fence too
            ringBlocked();
        }
    }

    void senderClosed() {
        openSenders.decrementAndGet();
        ring();
    }

    // ---- receiving

    @Awaits
    @Override
    public T receive() {
        Task<?> me = enterTask();
        me.passPoint();
        T value = receivers.isEmpty() ? takeUnlessOver() : null; // those who wait come first
        if (value != null) {
            return value;
        }
        receivers.add(me);
        Object got = park(me, receivers);
        if (got == null) {
            throw over();
        }
        return cast(got);
    }

    private @Nullable T takeUnlessOver() {
        T value = take();
        if (value == null && isOver()) {
            value = take(); // what was sent before the end is received before it
            if (value == null) {
                throw over();
            }
        }
        return value;
    }

    /** The oldest value, if it has arrived; those who wait for room are told. */
    private @Nullable T take() {
        T value = values.relaxedPoll();
        if (value != null) {
            givePlaceBack();
        }
        return value;
    }

    private boolean isOver() {
        return openSenders.get() == 0 || refuses();
    }

    private ChannelClosedException over() {
        Throwable cause = failure.get();
        return receiverClosed
                ? new ChannelClosedException("the receiver is closed", null)
                : new ChannelClosedException("the channel has ended" + (cause == null ? "" : ": " + cause), cause);
    }

    @Override
    boolean hasNews() {
        return values.relaxedPeek() != null || isOver();
    }

    @Override
    boolean serve() {
        for (Waiter first = receivers.peek(); first != null; first = receivers.peek()) {
            boolean over = isOver();
            T value = take();
            if (value == null && !over) {
                return true;
            }
            receivers.poll();
            first.wake(value); // null: the end
        }
        if (actions != null && hasNews()) {
            actions.tell();
        }
        return actions != null && !actions.isEmpty();
    }

    @Override
    public Optional<T> tryReceive() {
        enter();
        look(); // those who wait come first
        return receivers.isEmpty() ? Optional.ofNullable(takeUnlessOver()) : Optional.empty();
    }

    @Override
    public CancelScope.Registration onReady(Runnable action) {
        EventLoop loop = enter();
        ReadyActions all = actions == null ? new ReadyActions(loop) : actions;
        actions = all;
        CancelScope.Registration registration = all.add(action, false);
        look();
        return registration;
    }

    @Override
    public void close() {
        checkTurn();
        if (!receiverClosed) {
            receiverClosed = true;
            values.clear();
            look();
            ring(); // a full fence too
            ringBlocked();
        }
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // only values of this channel travel through its waiters
    static <T> T cast(@Nullable Object value) {
        return (T) value;
    }

    @Override
    public String toString() {
        return "crossing channel[" + values.size() + " of " + capacity + (isOver() ? ", ended]" : "]");
    }
}
