package dev.espalier.core;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One sending end of a channel. */
final class ChannelSender<T> implements Sender<T>, Selectable.OfSends<T> {
    private final ChannelBuffer<T> channel;
    private boolean closed; // by the holder of the turn

    ChannelSender(ChannelBuffer<T> channel) {
        this.channel = channel;
    }

    @Awaits
    @Override
    public void send(T value) {
        Task<?> me = Task.runningOn(channel.loop, this);
        checkSendable(value);
        me.passPoint();
        checkSendable(value); // it may have given way
        if (channel.offer(value)) {
            return;
        }
        if (channel.overflow == Channel.Overflow.SUSPEND) {
            channel.awaitServed(me, value);
        } else {
            channel.overflow(value);
        }
    }

    @Override
    public boolean trySend(T value) {
        channel.loop.checkTurn(this);
        checkSendable(value);
        if (channel.offer(value)) {
            return true;
        }
        if (channel.overflow == Channel.Overflow.DROP_OLDEST) {
            channel.overflow(value);
            return true;
        }
        return false;
    }

    private void checkSendable(T value) {
        if (value == null) {
            throw new NullPointerException("a channel carries no null; send an Optional or a value that means nothing");
        }
        checkOpen();
    }

    private void checkOpen() {
        if (closed) {
            throw new ChannelClosedException("this sender is closed", null);
        }
        if (channel.refuses()) {
            throw channel.refused();
        }
    }

    @Awaits
    @Override
    public Permit<T> reserve() {
        Task<?> me = Task.runningOn(channel.loop, this);
        checkReservable();
        me.passPoint();
        checkOpen(); // it may have given way
        if (!channel.tryReserve()) {
            channel.awaitServed(me, ChannelBuffer.PLACE);
        }
        return new Place();
    }

    @Override
    public Optional<Permit<T>> tryReserve() {
        channel.loop.checkTurn(this);
        checkReservable();
        return channel.tryReserve() ? Optional.of(new Place()) : Optional.empty();
    }

    private void checkReservable() {
        checkOpen();
        if (channel.capacity == 0) {
            throw new IllegalStateException(this + " has no places to reserve; open it with a capacity from 1");
        }
        if (channel.overflow != Channel.Overflow.SUSPEND) {
            throw new IllegalStateException("places cannot be reserved in " + this + ", whose policy is "
                    + channel.overflow + ": its senders never wait; use send");
        }
    }

    @Override
    public Sender<T> copy() {
        channel.loop.checkTurn(this);
        if (closed) {
            throw new ChannelClosedException("this sender is closed", null);
        }
        return channel.newSender();
    }

    @Override
    public void fail(Throwable cause) {
        channel.loop.checkTurn(this);
        channel.fail(cause);
    }

    @Override
    public void close() {
        channel.loop.checkTurn(this);
        if (!closed) {
            closed = true;
            channel.senderClosed();
        }
    }

    @Override
    public Selectable sending(T value) {
        return new Sending(value);
    }

    @Override
    public String toString() {
        return (closed ? "closed sender of " : "sender of ") + channel;
    }

    /** A place that is reserved until it is used or given back. */
    private final class Place implements Permit<T> {
        private boolean over; // by the holder of the turn

        @Override
        public void send(T value) {
            channel.loop.checkTurn(this);
            if (over) {
                throw new IllegalStateException("this permit was used or given back before; reserve another one");
            }
            try {
                checkSendable(value);
            } catch (ChannelClosedException e) {
                close();
                throw e;
            }
            over = true;
            channel.release(value);
        }

        @Override
        public void close() {
            channel.loop.checkTurn(this);
            if (!over) {
                over = true;
                channel.release(null);
            }
        }

        @Override
        public String toString() {
            return (over ? "used permit of " : "permit of ") + channel;
        }
    }

    /** The sending of one value in a select. */
    private final class Sending implements Selectable {
        private final T value;

        private Sending(T value) {
            this.value = value;
        }

        @Override
        public @Nullable Object tryNow() {
            Task.runningOn(channel.loop, ChannelSender.this);
            if (trySend(value)) {
                return null;
            }
            if (channel.overflow == Channel.Overflow.SUSPEND) {
                return NOT_READY;
            }
            channel.overflow(value);
            return null;
        }

        @Override
        public void link(Select.Node node) {
            channel.linkSender(node, value);
        }

        @Override
        public void unlink(Select.Node node) {
            channel.unlinkSender(node);
        }

        @Override
        public @Nullable Object served(Select.Node node, @Nullable Object signal) {
            channel.checkTaken(node);
            return null;
        }

        @Override
        public String toString() {
            return ChannelSender.this.toString();
        }
    }
}
