package dev.espalier.process;

import dev.espalier.core.Awaits;
import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Sender;
import java.io.NotSerializableException;
import java.io.ObjectStreamException;
import java.io.Serializable;
import java.util.Objects;
import java.util.Optional;

/**
 * The sending end of a channel between processes; captured by the body of a child, it moves there.
 */
final class ProcessSender<T> implements Sender<T>, Serializable {
    private static final long serialVersionUID = 1L;

    private final transient SendingEnd end;
    private final transient EventLoop loop = EventLoop.current();
    private final int capacity;
    private transient boolean closed; // by the holder of the turn
    private transient boolean moved;

    ProcessSender(SendingEnd end, int capacity) {
        this.end = end;
        this.capacity = capacity;
    }

    private Object writeReplace() throws ObjectStreamException {
        checkUsable();
        ChannelPair pair = end.pair;
        if (pair == null || end.isShared()) {
            throw new NotSerializableException("a sender of a ProcessChannel that "
                    + (pair == null ? "has come from another process" : "has copies here"));
        }
        moved = true;
        ChannelMoves.note(pair::senderMoved, () -> moved = false);
        return new ChannelMoves.Ticket(end.channel, true, capacity);
    }

    @Awaits
    @Override
    public void send(T value) {
        Objects.requireNonNull(value, "a channel carries no null");
        checkUsable();
        end.credit.acquire();
        end.send(value);
    }

    @Override
    public boolean trySend(T value) {
        Objects.requireNonNull(value, "a channel carries no null");
        checkUsable();
        boolean room = end.credit.tryAcquire();
        if (room) {
            end.send(value);
        }
        return room;
    }

    @Awaits
    @Override
    public Permit<T> reserve() {
        checkUsable();
        end.credit.acquire();
        end.checkOpen();
        return new Place();
    }

    @Override
    public Optional<Permit<T>> tryReserve() {
        checkUsable();
        return end.credit.tryAcquire() ? Optional.of(new Place()) : Optional.empty();
    }

    private final class Place implements Permit<T> {
        private boolean used;

        @Override
        public void send(T value) {
            Objects.requireNonNull(value, "a channel carries no null");
            if (used) {
                throw new IllegalStateException("the place was used or given back before");
            }
            checkUsable();
            used = true;
            end.send(value);
        }

        @Override
        public void close() {
            if (!used) {
                used = true;
                end.credit.release();
            }
        }
    }

    private void checkUsable() {
        loop.checkTurn(this);
        if (moved) {
            throw new IllegalStateException("this end has moved to a child, whose body has captured it");
        }
        if (closed) {
            throw new ChannelClosedException("the sender is closed", null);
        }
        end.checkOpen();
    }

    @Override
    public Sender<T> copy() {
        checkUsable();
        end.copied();
        return new ProcessSender<>(end, capacity);
    }

    @Override
    public void fail(Throwable cause) {
        loop.checkTurn(this);
        if (!moved && !closed) {
            end.fail(cause);
        }
    }

    @Override
    public void close() {
        loop.checkTurn(this);
        if (!moved && !closed) {
            closed = true;
            end.senderClosed();
        }
    }

    @Override
    public String toString() {
        return "Sender[" + end + (moved ? ", moved to a child]" : closed ? ", closed]" : "]");
    }
}
