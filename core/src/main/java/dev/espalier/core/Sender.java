package dev.espalier.core;

/**
 * The end of a {@link Channel} into which values go. Copies share the channel; it ends when the last copy is closed.
 *
 * <p><b>Threads.</b> It belongs to its loop.
 *
 * @param <T> the values
 */
public interface Sender<T> extends AutoCloseable {
    /**
     * Sends a value, waiting while the channel is full.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, the value was not sent. <b>Ordering.</b> Values arrive in the order in
     * which they were sent; waiting senders are served first come, first served.
     *
     * @param value the value, not null
     * @throws ChannelClosedException if this sender is closed, the receiver is closed, or the channel has failed
     */
    @Awaits
    void send(T value);

    /**
     * Sends a value if that needs no waiting.
     *
     * @param value the value, not null
     * @return whether it was sent
     * @throws ChannelClosedException as {@link #send}
     */
    boolean trySend(T value);

    /**
     * {@return another sender of the same channel, for another producer}
     *
     * @throws ChannelClosedException if this one is closed
     */
    Sender<T> copy();

    /**
     * Ends the channel for all its senders with a failure: the receiver gets what was sent before, and then the failure.
     *
     * @param cause the failure
     */
    void fail(Throwable cause);

    /** Closes this sender; with the last one the channel ends, and the receiver still gets what was sent. Idempotent. */
    @Override
    void close();
}
