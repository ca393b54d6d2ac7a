package dev.espalier.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The inside of a channel, and its receiving end.
 *
 * <p>Invariants: (1) while a receiver waits, the buffer is empty and no sender waits; (2) while a sender waits, the buffer is
 * full; (3) a value is in exactly one place: with its waiting sender, in the buffer, or with its receiver.
 */
final class ChannelBuffer<T> implements Receiver<T>, Selectable {
    private final EventLoop loop;
    private final int capacity;
    private final ArrayDeque<T> values = new ArrayDeque<>();
    private final WaitQueue receivers = new WaitQueue(this);
    private final WaitQueue senders = new WaitQueue(this);

    // By the holder of the turn.
    private List<OneShot> actions = new ArrayList<>(0);
    private int openSenders;
    private boolean receiverClosed;
    private @Nullable Throwable failure;

    ChannelBuffer(EventLoop loop, int capacity) {
        this.loop = loop;
        this.capacity = capacity;
    }

    Sender<T> newSender() {
        openSenders++;
        return new End();
    }

    private boolean isEnded() {
        return openSenders == 0 || failure != null;
    }

    // ---- receiving

    @Awaits
    @Override
    public T receive() {
        loop.checkTurn(this);
        Task<?> me = Task.running();
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
        Waiter sender = senders.poll();
        if (sender != null) {
            T waiting = cast(sender.offered);
            sender.offered = null;
            sender.wake(null);
            if (value == null) {
                return waiting;
            }
            values.add(waiting);
        }
        return value;
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
        var registered = new OneShot(loop, action);
        if (!values.isEmpty() || !senders.isEmpty() || isEnded() || receiverClosed) {
            loop.soon(registered);
        } else {
            actions.add(registered);
        }
        return () -> {
            registered.takeBack();
            actions.remove(registered);
        };
    }

    private void tellActions() {
        if (!actions.isEmpty()) {
            List<OneShot> due = actions;
            actions = new ArrayList<>(0);
            due.forEach(loop::soon);
        }
    }

    @Override
    public void close() {
        loop.checkTurn(this);
        if (!receiverClosed) {
            receiverClosed = true;
            values.clear();
            senders.wakeAll(null);
            receivers.wakeAll(null);
            tellActions();
        }
    }

    // ---- sending

    private boolean offer(T value) {
        Waiter receiver = receivers.poll();
        if (receiver != null) {
            receiver.wake(value);
            return true;
        }
        if (values.size() < capacity) {
            values.add(value);
            tellActions();
            return true;
        }
        return false;
    }

    private void sendOrWait(Task<?> me, T value) {
        if (offer(value)) {
            return;
        }
        me.offered = value;
        senders.add(me);
        tellActions();
        try {
            me.park(senders);
        } catch (CancelledError e) {
            me.offered = null;
            throw e;
        }
        if (me.offered != null) { // woken by the end of the channel, not by a receiver
            me.offered = null;
            throw refused();
        }
    }

    private ChannelClosedException refused() {
        String why = receiverClosed
                ? "the receiver is closed; nobody takes the value"
                : failure != null ? "the channel has failed: " + failure : "the sender was closed while it waited";
        return new ChannelClosedException(why, failure);
    }

    private void ended() {
        receivers.wakeAll(null);
        senders.wakeAll(null);
        tellActions();
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // only values of this channel travel through its waiters
    private static <T> T cast(@Nullable Object value) {
        return (T) value;
    }

    @Override
    public String toString() {
        String waits = !receivers.isEmpty() ? ", receivers wait" : !senders.isEmpty() ? ", senders wait" : "";
        return "channel[" + values.size() + " of " + capacity + waits + (isEnded() ? ", ended]" : "]");
    }

    /** One sending end. */
    private final class End implements Sender<T>, Selectable.OfSends<T> {
        private boolean closed;

        @Awaits
        @Override
        public void send(T value) {
            checkSendable(value);
            Task<?> me = Task.running();
            me.passPoint();
            checkSendable(value); // it may have given way
            sendOrWait(me, value);
        }

        @Override
        public boolean trySend(T value) {
            checkSendable(value);
            return offer(value);
        }

        private void checkSendable(T value) {
            loop.checkTurn(this);
            if (value == null) {
                throw new NullPointerException("a channel carries no null; send an Optional or a value that means nothing");
            }
            if (closed) {
                throw new ChannelClosedException("this sender is closed", null);
            }
            if (receiverClosed || failure != null) {
                throw refused();
            }
        }

        @Override
        public Sender<T> copy() {
            loop.checkTurn(this);
            if (closed) {
                throw new ChannelClosedException("this sender is closed", null);
            }
            return newSender();
        }

        @Override
        public void fail(Throwable cause) {
            loop.checkTurn(this);
            if (failure == null && !isEnded()) {
                failure = cause;
                ended();
            }
        }

        @Override
        public void close() {
            loop.checkTurn(this);
            if (!closed) {
                closed = true;
                if (--openSenders == 0) {
                    ended();
                }
            }
        }

        @Override
        public Selectable sending(T value) {
            return new Sending(this, value);
        }

        @Override
        public String toString() {
            return "sender of " + ChannelBuffer.this;
        }
    }

    /** The sending of one value in a select. */
    private final class Sending implements Selectable {
        private final End end;
        private final T value;

        private Sending(End end, T value) {
            this.end = end;
            this.value = value;
        }

        @Override
        public @Nullable Object tryNow() {
            Task.runningOn(loop, end);
            return end.trySend(value) ? null : NOT_READY;
        }

        @Override
        public void link(Select.Node node) {
            node.offered = value;
            senders.add(node);
            tellActions();
        }

        @Override
        public void unlink(Select.Node node) {
            senders.remove(node);
            node.offered = null;
        }

        @Override
        public @Nullable Object served(Select.Node node, @Nullable Object signal) {
            if (node.offered != null) {
                throw refused();
            }
            return null;
        }

        @Override
        public String toString() {
            return end.toString();
        }
    }
}
