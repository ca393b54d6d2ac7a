package dev.espalier.process;

import dev.espalier.core.Awaits;
import dev.espalier.core.CancelScope;
import dev.espalier.core.Receiver;
import java.io.NotSerializableException;
import java.io.ObjectStreamException;
import java.io.Serializable;
import java.util.Optional;

/**
 * The receiving end of a channel between processes; captured by the body of a child, it moves there.
 */
final class ProcessReceiver<T> implements Receiver<T>, Serializable {
    private static final long serialVersionUID = 1L;

    private final transient ReceivingEnd end;
    private final int capacity;
    private transient boolean moved; // by the holder of the turn

    ProcessReceiver(ReceivingEnd end, int capacity) {
        this.end = end;
        this.capacity = capacity;
    }

    private Object writeReplace() throws ObjectStreamException {
        checkHere();
        ChannelPair pair = end.pair;
        if (pair == null || end.hasBegun()) {
            throw new NotSerializableException("a receiver of a ProcessChannel that "
                    + (pair == null ? "has come from another process" : "is in use here"));
        }
        moved = true;
        ChannelMoves.note(pair::receiverMoved, () -> moved = false);
        return new ChannelMoves.Ticket(end.channel, false, capacity);
    }

    /** True unless it has come from another process. */
    boolean isWhereItWasOpened() {
        return end.pair != null && !moved;
    }

    private void checkHere() {
        if (moved) {
            throw new IllegalStateException("this end has moved to a child, whose body has captured it");
        }
    }

    /** It is used here, so it stays here: from now on the sender may send. */
    private void use() {
        checkHere();
        if (end.pair != null) {
            end.pair.receives();
        }
    }

    @Awaits
    @Override
    public T receive() {
        use();
        return taken(end.buffer.receiver().receive());
    }

    @SuppressWarnings("unchecked") // the sender's compiler has checked the type
    private T taken(Object value) {
        end.taken();
        return (T) value;
    }

    @Override
    public Optional<T> tryReceive() {
        use();
        return end.buffer.receiver().tryReceive().map(this::taken);
    }

    @Override
    public CancelScope.Registration onReady(Runnable action) {
        use();
        return end.buffer.receiver().onReady(action);
    }

    @Override
    public void close() {
        if (!moved) {
            end.closed();
            end.buffer.receiver().close();
        }
    }

    @Override
    public String toString() {
        return "Receiver[" + end + (moved ? ", moved to a child]" : "]");
    }
}
