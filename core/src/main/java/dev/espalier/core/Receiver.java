package dev.espalier.core;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.Flow;

/**
 * The end of a {@link Channel} out of which values come. Several tasks may receive; each value goes to one of them.
 *
 * <p><b>Threads.</b> It belongs to its loop.
 *
 * @param <T> the values
 */
public interface Receiver<T> extends Iterable<T>, AutoCloseable {
    /**
     * Receives a value, waiting for it if need be.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, no value was taken; a value that has come in the same tick is
     * delivered, and the next await throws.
     *
     * @return the value
     * @throws ChannelClosedException if the channel has ended and is empty; its cause is the failure it ended with, if any
     */
    @Awaits
    T receive();

    /**
     * {@return a value if one is there}
     *
     * @throws ChannelClosedException as {@link #receive}
     */
    Optional<T> tryReceive();

    /**
     * Registers an action for the next time that {@link #tryReceive} may find something: a value or the end. With it a receiver
     * of any kind can be waited for together with others.
     *
     * @param action runs at most once, as a callback of the loop; at once if something is there
     * @return closes to take the action back
     */
    CancelScope.Registration onReady(Runnable action);

    /**
     * {@return the values until the channel ends; {@code hasNext} awaits}
     *
     * <p>A failure of the channel comes out of {@code hasNext} as {@link ChannelClosedException} with that cause.
     */
    @Override
    default Iterator<T> iterator() {
        return new ReceiverIterator<>(this);
    }

    /**
     * Gives the values to a subscriber of the JDK's {@link Flow}, as many as it asks for, by a task of a group.
     *
     * <p>There is one subscriber; a further one is refused by {@code onError}. The end of the channel is its {@code onComplete},
     * a failure its {@code onError}, and a cancellation of the group too. When the subscriber cancels, this receiver is closed.
     * It passes the verification of the Reactive Streams project.
     *
     * {@snippet class="dev.espalier.core.FlowTest" region="publisher"}
     *
     * <p><b>Threads.</b> Any thread may subscribe, request and cancel. The subscriber is called by the loop and must not block;
     * what it throws fails the group.
     *
     * @param group in which the task runs, once there is a subscriber
     * @return the publisher
     */
    default Flow.Publisher<T> toPublisher(TaskGroup group) {
        return new FlowPublisher<>(group, this);
    }

    /** Closes the channel from this end: values in it are dropped, and senders get {@link ChannelClosedException}. Idempotent. */
    @Override
    void close();
}

/** Looks one value ahead. */
final class ReceiverIterator<T> implements Iterator<T> {
    private final Receiver<T> receiver;
    private Optional<T> ahead = Optional.empty();

    ReceiverIterator(Receiver<T> receiver) {
        this.receiver = receiver;
    }

    @Override
    public boolean hasNext() {
        if (ahead.isEmpty()) {
            try {
                ahead = Optional.of(receiver.receive());
            } catch (ChannelClosedException e) {
                if (e.getCause() != null) {
                    throw e;
                }
            }
        }
        return ahead.isPresent();
    }

    @Override
    public T next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the channel has ended");
        }
        T value = ahead.orElseThrow();
        ahead = Optional.empty();
        return value;
    }
}
