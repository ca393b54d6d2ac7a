package dev.espalier.core;

import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * A channel between loops, and its receiving end. Values cross in a queue without locks; those who wait stand in a queue of their
 * own loop, which is woken over a {@link Bell}.
 *
 * <p>Invariants, with the turn of the loop concerned: (1) while a receiver waits or an action is registered, the receiver's bell
 * is armed or has been sent; (2) while a sender waits, its end is in {@code blocked} with its bell armed, or its bell has been
 * sent; (3) a value is in exactly one place: with its waiting sender, in the queue, or with its receiver.
 */
final class CrossingBuffer<T> extends Bell implements Receiver<T> {
    private final MpscVarHandleArrayQueue<T> values;

    /** The ends that wait for room, some of them perhaps no more. Any end adds itself; whoever makes room takes and rings all. */
    private final ConcurrentLinkedQueue<End> blocked = new ConcurrentLinkedQueue<>();

    private final AtomicInteger openSenders = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean receiverClosed; // set by the receiver's loop, read by all

    // By the holder of the turn of the receiver's loop.
    private final WaitQueue receivers = new WaitQueue(this);
    private List<OneShot> actions = new ArrayList<>(0);

    CrossingBuffer(int capacity) {
        values = new MpscVarHandleArrayQueue<>(capacity);
    }

    Sender<T> newSender() {
        openSenders.incrementAndGet();
        return new End();
    }

    private boolean isOver() {
        return openSenders.get() == 0 || failure.get() != null || receiverClosed;
    }

    // ---- receiving

    @Awaits
    @Override
    public T receive() {
        enter();
        Task<?> me = Task.running();
        me.passPoint();
        T value = receivers.isEmpty() ? takeOrArm() : null; // those who wait have armed the bell, and come first
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

    private @Nullable T takeOrArm() {
        T value = takeUnlessOver();
        if (value == null && arm()) {
            value = takeUnlessOver();
        }
        return value;
    }

    private @Nullable T takeUnlessOver() {
        boolean over = isOver(); // before the look: what was sent before the end is received before it
        T value = take();
        if (value == null && over) {
            throw over();
        }
        return value;
    }

    /** The oldest value, if it has arrived; those who wait for room are told. */
    private @Nullable T take() {
        T value = values.relaxedPoll();
        if (value != null) {
            ringBlocked();
        }
        return value;
    }

    private void ringBlocked() {
        VarHandle.fullFence();
        for (End end = blocked.poll(); end != null; end = blocked.poll()) {
            end.ring();
        }
    }

    private ChannelClosedException over() {
        Throwable cause = failure.get();
        return receiverClosed
                ? new ChannelClosedException("the receiver is closed", null)
                : new ChannelClosedException("the channel has ended" + (cause == null ? "" : ": " + cause), cause);
    }

    /** Gives what has arrived to those who wait, in order, and asks to be told of more as long as somebody waits. */
    @Override
    void look() {
        for (Waiter first = receivers.peek(); first != null; first = receivers.peek()) {
            boolean over = isOver();
            T value = take();
            if (value != null) {
                receivers.poll();
                first.wake(value);
            } else if (over) {
                receivers.wakeAll(null);
            } else if (!arm()) {
                return; // it was armed before this look
            }
        }
        while (!actions.isEmpty()) {
            if (!values.isEmpty() || isOver()) {
                List<OneShot> due = actions;
                actions = new ArrayList<>(0);
                due.forEach(enter()::soon);
            } else if (!arm()) {
                return;
            }
        }
    }

    @Override
    public Optional<T> tryReceive() {
        enter();
        look(); // those who wait come first
        return receivers.isEmpty() ? Optional.ofNullable(takeUnlessOver()) : Optional.empty();
    }

    @Override
    public CancelScope.Registration onReady(Runnable action) {
        var registered = new OneShot(enter(), action);
        actions.add(registered);
        look();
        return () -> {
            registered.takeBack();
            actions.remove(registered);
        };
    }

    @Override
    public void close() {
        checkTurn();
        if (!receiverClosed) {
            receiverClosed = true;
            values.clear();
            look();
            ringBlocked();
        }
    }

    private static @Nullable Object park(Task<?> me, WaitQueue queue) {
        me.loop.external++;
        me.loop.scheduler.crossings++;
        try {
            return me.park(queue);
        } finally {
            me.loop.scheduler.crossings--;
            me.loop.external--;
        }
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // only values of this channel travel through its waiters
    private static <T> T cast(@Nullable Object value) {
        return (T) value;
    }

    @Override
    public String toString() {
        return "crossing channel[" + values.size() + " of " + values.capacity() + (isOver() ? ", ended]" : "]");
    }

    /** One sending end. */
    private final class End extends Bell implements Sender<T> {
        private final AtomicBoolean closed = new AtomicBoolean();
        private final WaitQueue waiting = new WaitQueue(CrossingBuffer.this); // by the holder of the turn of this end's loop

        @Awaits
        @Override
        public void send(T value) {
            checkSendable(value);
            enter();
            Task<?> me = Task.running();
            me.passPoint();
            checkSendable(value); // it may have given way
            if (waiting.isEmpty() && (offer(value) || (askForRoom() && offer(value)))) {
                return;
            }
            me.offered = value;
            waiting.add(me);
            try {
                park(me, waiting);
            } catch (CancelledError e) {
                me.offered = null;
                throw e;
            }
            if (me.offered != null) { // woken by the end of the channel
                me.offered = null;
                throw refused();
            }
        }

        private boolean offer(T value) {
            boolean taken = values.offer(value);
            if (taken) {
                CrossingBuffer.this.ring();
            }
            return taken;
        }

        private boolean askForRoom() {
            boolean changed = arm();
            if (changed) {
                blocked.add(this);
                VarHandle.fullFence();
            }
            return changed;
        }

        @Override
        void look() {
            for (Waiter first = waiting.peek(); first != null; first = waiting.peek()) {
                if (closed.get() || receiverClosed || failure.get() != null) {
                    waiting.wakeAll(null);
                } else if (offer(cast(first.offered))) {
                    waiting.poll();
                    first.offered = null;
                    first.wake(null);
                } else if (!askForRoom()) {
                    return; // it was asked for before this look
                }
            }
        }

        @Override
        public boolean trySend(T value) {
            checkSendable(value);
            return !(holdsTurn() && !waiting.isEmpty()) && offer(value);
        }

        @Awaits
        @Override
        public Permit<T> reserve() {
            throw noPlaces();
        }

        @Override
        public Optional<Permit<T>> tryReserve() {
            throw noPlaces();
        }

        private IllegalStateException noPlaces() {
            return new IllegalStateException("a channel between loops reserves no places (" + this + "); use send or trySend");
        }

        private void checkSendable(T value) {
            if (value == null) {
                throw new NullPointerException("a channel carries no null; send an Optional or a value that means nothing");
            }
            if (closed.get() || receiverClosed || failure.get() != null) {
                throw refused();
            }
        }

        private ChannelClosedException refused() {
            Throwable cause = failure.get();
            String why = closed.get()
                    ? "this sender is closed"
                    : cause != null ? "the channel has failed: " + cause : "the receiver is closed; nobody takes the value";
            return new ChannelClosedException(why, cause);
        }

        @Override
        public Sender<T> copy() {
            if (closed.get()) {
                throw refused();
            }
            return newSender();
        }

        @Override
        public void fail(Throwable cause) {
            if (openSenders.get() > 0 && failure.compareAndSet(null, cause)) {
                CrossingBuffer.this.ring();
                ringBlocked();
            }
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                send(); // its own waiting tasks get to know
                openSenders.decrementAndGet();
                CrossingBuffer.this.ring();
            }
        }

        @Override
        public String toString() {
            return "sender of " + CrossingBuffer.this;
        }
    }
}
