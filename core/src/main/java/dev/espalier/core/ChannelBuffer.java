package dev.espalier.core;

import dev.espalier.core.spi.ChannelStatistics;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The inside of a channel, and its receiving end.
 *
 * <p>Invariants: (1) while a receiver waits, the buffer is empty, and without reserved places no sender waits; (2) while a sender
 * waits, the buffer and the reserved places are as many as the capacity; (3) a value is in exactly one place: with its waiting
 * sender, in the buffer, or with its receiver; (4) a value passes no other that was sent before it.
 *
 * <p>All fields are written and read by the holder of the turn.
 */
final class ChannelBuffer<T> implements Receiver<T>, Selectable {
    /** Stands among the senders for one who waits for a place and has no value yet. */
    static final Object PLACE = new Object();

    final EventLoop loop;
    final int capacity;
    final Channel.Overflow overflow;
    private final @Nullable Consumer<? super T> undelivered;
    private final ArrayDeque<T> values = new ArrayDeque<>();
    private final WaitQueue receivers = new WaitQueue(this);
    private final WaitQueue senders = new WaitQueue(this);
    private final ReadyActions actions;

    private int reserved; // places that permits hold
    private int openSenders;
    private int peak;
    private long sent;
    private long dropped;
    private boolean receiverClosed;
    private @Nullable Throwable failure;
    private @Nullable Task<?> producer; // to be cancelled when nobody receives any more

    ChannelBuffer(EventLoop loop, int capacity, Channel.Overflow overflow, @Nullable Consumer<? super T> undelivered) {
        this.loop = loop;
        this.capacity = capacity;
        this.overflow = overflow;
        this.undelivered = undelivered;
        this.actions = new ReadyActions(loop);
    }

    Sender<T> newSender() {
        openSenders++;
        return new ChannelSender<>(this);
    }

    void fedBy(Task<?> task) {
        producer = task;
    }

    private boolean isEnded() {
        return openSenders == 0 || failure != null;
    }

    // ---- receiving

    @Awaits
    @Override
    public T receive() {
        Task<?> me = Task.runningOn(loop, this);
        me.passPoint();
        T value = take();
        if (value != null) {
            return value;
        }
        checkNotEnded();
        receivers.add(me);
        return servedWith(me.park(receivers));
    }

    @Override
    public Optional<T> tryReceive() {
        loop.checkTurn(this);
        T value = take();
        if (value == null) {
            checkNotEnded();
        }
        return Optional.ofNullable(value);
    }

    /** The oldest value; lets the next waiting sender put its value in. */
    private @Nullable T take() {
        T value = values.poll();
        if (value == null) {
            return capacity == 0 ? takeFromSender() : null;
        }
        admitWaiting();
        return value;
    }

    private @Nullable T takeFromSender() {
        Waiter sender = senders.poll();
        if (sender == null) {
            return null;
        }
        sent++;
        return valueOf(sender);
    }

    /** The value of a waiting sender, who goes on. */
    private static <T> T valueOf(Waiter sender) {
        T value = cast(sender.offered);
        sender.offered = null;
        sender.wake(null);
        return value;
    }

    private T servedWith(@Nullable Object signal) {
        if (signal == null) {
            checkNotEnded();
            throw new AssertionError("woken with neither a value nor the end");
        }
        return cast(signal);
    }

    private void checkNotEnded() {
        if (receiverClosed) {
            throw new ChannelClosedException("the receiver is closed", null);
        }
        if (isEnded()) {
            throw new ChannelClosedException("the channel has ended" + (failure == null ? "" : ": " + failure), failure);
        }
    }

    @Override
    public CancelScope.Registration onReady(Runnable action) {
        loop.checkTurn(this);
        boolean something = !values.isEmpty() || (capacity == 0 && !senders.isEmpty());
        return actions.add(action, something || isEnded() || receiverClosed);
    }

    @Override
    public void close() {
        loop.checkTurn(this);
        if (receiverClosed) {
            return;
        }
        receiverClosed = true;
        var left = new ArrayList<>(values);
        values.clear();
        dropped += left.size();
        wakeAll();
        if (producer != null) {
            producer.cancel("the receiver of its channel was closed");
        }
        left.forEach(this::undelivered);
    }

    // ---- receiving in a select

    @Override
    public @Nullable Object tryNow() {
        Task.runningOn(loop, this);
        T value = take();
        if (value == null) {
            checkNotEnded();
            return NOT_READY;
        }
        return value;
    }

    @Override
    public void link(Select.Node node) {
        receivers.add(node);
    }

    @Override
    public void unlink(Select.Node node) {
        receivers.remove(node);
    }

    @Override
    public Object served(Select.Node node, @Nullable Object signal) {
        return servedWith(signal);
    }

    // ---- sending: for the sending ends, who have checked that they may send

    boolean refuses() {
        return receiverClosed || failure != null;
    }

    /** Whether a value went in; false: it would have to wait, or the policy decides. */
    boolean offer(T value) {
        if (hasRoom()) {
            admit(value);
            return true;
        }
        // A place may be reserved while receivers wait: a value waits for its place all the same, as invariant 4 wants.
        return capacity == 0 && handOver(value);
    }

    private boolean hasRoom() {
        return values.size() + reserved < capacity;
    }

    /** There is a place for it. */
    private void admit(T value) {
        if (!handOver(value)) {
            values.add(value);
            sent++;
            peak = Math.max(peak, values.size());
            actions.tell();
        }
    }

    private boolean handOver(T value) {
        Waiter receiver = receivers.poll();
        if (receiver == null) {
            return false;
        }
        sent++;
        receiver.wake(value);
        return true;
    }

    /** Serves those who wait for room, in order, as long as there is some. */
    private void admitWaiting() {
        while (!senders.isEmpty() && hasRoom()) {
            Waiter next = senders.poll();
            if (next == null) {
                return;
            }
            if (next.offered == PLACE) {
                reserved++;
                valueOf(next);
            } else {
                admit(ChannelBuffer.<T>valueOf(next));
            }
        }
    }

    /** The buffer is full and the sender does not wait. */
    void overflow(T value) {
        switch (overflow) {
            case DROP_OLDEST -> {
                T oldest = values.remove();
                dropped++;
                admit(value);
                undelivered(oldest);
            }
            case DROP_LATEST -> {
                sent++;
                dropped++;
                undelivered(value);
            }
            case FAIL -> throw new Channel.FullException(this + " is full and its policy is to fail; use trySend, or receive faster");
            case SUSPEND -> throw new AssertionError("a sender that may wait has not waited");
        }
    }

    /** Waits until the value, or {@link #PLACE}, was taken. */
    void awaitServed(Task<?> me, Object value) {
        me.offered = value;
        senders.add(me);
        if (capacity == 0) {
            actions.tell();
        }
        try {
            me.park(senders);
        } catch (CancelledError e) {
            me.offered = null;
            throw e;
        }
        checkTaken(me);
    }

    void linkSender(Select.Node node, T value) {
        node.offered = value;
        senders.add(node);
        if (capacity == 0) {
            actions.tell();
        }
    }

    void unlinkSender(Select.Node node) {
        senders.remove(node);
        node.offered = null;
    }

    /** After its wake-up. */
    void checkTaken(Waiter sender) {
        if (sender.offered != null) { // woken by the end of the channel, not by a receiver
            sender.offered = null;
            throw refused();
        }
    }

    ChannelClosedException refused() {
        String why = receiverClosed
                ? "the receiver is closed; nobody takes the value"
                : failure != null ? "the channel has failed: " + failure : "the sender was closed while it waited";
        return new ChannelClosedException(why, failure);
    }

    // ---- places

    boolean tryReserve() {
        boolean room = hasRoom();
        if (room) {
            reserved++;
        }
        return room;
    }

    /** A reserved place is given back, and may be taken at once by the one it was reserved for. */
    void release(@Nullable T value) {
        reserved--;
        if (value != null) {
            admit(value);
        }
        admitWaiting();
    }

    // ---- the end

    void senderClosed() {
        if (--openSenders == 0) {
            wakeAll();
        }
    }

    void fail(Throwable cause) {
        if (!isEnded()) {
            failure = cause;
            wakeAll();
        }
    }

    private void wakeAll() {
        receivers.wakeAll(null);
        senders.wakeAll(null);
        actions.tell();
    }

    /** Code of the user, run when all changes are made: as a callback, so that it cannot await in the middle of a method that does not. */
    private void undelivered(T value) {
        if (undelivered != null) {
            loop.runAsCallback("a handler of undelivered values failed", () -> undelivered.accept(value));
        }
    }

    ChannelStatistics statistics() {
        loop.checkTurn(this);
        int size = values.size();
        return new ChannelStatistics(size, capacity, peak, sent, sent - dropped - size, dropped, openSenders,
                senders.waiters(), receivers.waiters());
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // only values of this channel travel through its waiters
    private static <T> T cast(@Nullable Object value) {
        return (T) value;
    }

    @Override
    public String toString() {
        String waits = !receivers.isEmpty() ? ", receivers wait" : !senders.isEmpty() ? ", senders wait" : "";
        String limit = capacity == Integer.MAX_VALUE ? "unlimited" : Integer.toString(capacity);
        return "channel[" + values.size() + " of " + limit + (reserved == 0 ? "" : ", " + reserved + " reserved") + waits
                + (receiverClosed ? ", receiver closed]" : isEnded() ? ", ended]" : "]");
    }
}
