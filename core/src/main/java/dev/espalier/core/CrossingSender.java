package dev.espalier.core;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** One sending end of a channel between loops. */
final class CrossingSender<T> extends Bell implements Sender<T> {
    /** In place of a value: the waiter wants a place, and sends into it later. */
    private static final Object PLACE = new Object();

    private final CrossingBuffer<T> channel;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final WaitQueue waiting; // by the holder of the turn of this end's loop

    CrossingSender(CrossingBuffer<T> channel) {
        this.channel = channel;
        this.waiting = new WaitQueue(channel);
    }

    @Awaits
    @Override
    public void send(T value) {
        checkValue(value);
        if (awaitPlace(value)) {
            channel.put(value);
        }
    }

    @Awaits
    @Override
    public Permit<T> reserve() {
        awaitPlace(PLACE);
        return new Place();
    }

    /** False if it waited, and the place was used for what was offered. */
    private boolean awaitPlace(Object offered) {
        checkOpen();
        Task<?> me = enterTask();
        me.passPoint();
        checkOpen(); // it may have given way
        if (waiting.isEmpty() && channel.takePlace()) {
            return true;
        }
        me.offered = offered;
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
        return false;
    }

    @Override
    boolean hasNews() {
        return channel.hasPlace() || isRefusing();
    }

    @Override
    boolean serve() {
        for (Waiter first = waiting.peek(); first != null; first = waiting.peek()) {
            if (isRefusing()) {
                waiting.wakeAll(null);
                return false;
            }
            if (!channel.takePlace()) {
                return true;
            }
            waiting.poll();
            if (first.offered != PLACE) {
                channel.put(CrossingBuffer.cast(first.offered));
            }
            first.offered = null;
            first.wake(null);
        }
        return false;
    }

    @Override
    void armed() {
        channel.tellOfRoom(this);
    }

    @Override
    public boolean trySend(T value) {
        checkValue(value);
        checkOpen();
        boolean taken = tryTakePlace();
        if (taken) {
            channel.put(value);
        }
        return taken;
    }

    @Override
    public Optional<Permit<T>> tryReserve() {
        checkOpen();
        return tryTakePlace() ? Optional.of(new Place()) : Optional.empty();
    }

    private boolean tryTakePlace() {
        return !(holdsTurn() && !waiting.isEmpty()) && channel.takePlace();
    }

    private static void checkValue(Object value) {
        if (value == null) {
            throw new NullPointerException("a channel carries no null; send an Optional or a value that means nothing");
        }
    }

    private boolean isRefusing() {
        return closed.get() || channel.refuses();
    }

    private void checkOpen() {
        if (isRefusing()) {
            throw refused();
        }
    }

    private ChannelClosedException refused() {
        return closed.get() ? new ChannelClosedException("this sender is closed", null) : channel.refused();
    }

    @Override
    public Sender<T> copy() {
        if (closed.get()) {
            throw refused();
        }
        return channel.newSender();
    }

    @Override
    public void fail(Throwable cause) {
        channel.fail(cause);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            post(); // its own waiting tasks get to know
            channel.senderClosed();
        }
    }

    @Override
    public String toString() {
        return (closed.get() ? "closed sender of " : "sender of ") + channel;
    }

    /** A place that is taken until it is used or given back, by any thread. */
    private final class Place implements Permit<T> {
        private final AtomicBoolean over = new AtomicBoolean();

        @Override
        public void send(T value) {
            checkValue(value);
            if (!over.compareAndSet(false, true)) {
                throw new IllegalStateException("this permit was used or given back before; reserve another one");
            }
            if (isRefusing()) {
                channel.givePlaceBack();
                throw refused();
            }
            channel.put(value);
        }

        @Override
        public void close() {
            if (over.compareAndSet(false, true)) {
                channel.givePlaceBack();
            }
        }

        @Override
        public String toString() {
            return (over.get() ? "used permit of " : "permit of ") + channel;
        }
    }
}
