package dev.espalier.core;

import java.util.Optional;

/**
 * The end of a {@link Channel} into which values go. Copies share the channel; it ends when the last copy is closed.
 *
 * <p><b>Threads.</b> It belongs to its loop.
 *
 * @param <T> the values
 */
public interface Sender<T> extends AutoCloseable {
    /**
     * Sends a value, waiting while the channel is full. A channel with another policy than {@link Channel.Overflow#SUSPEND} does
     * not wait: it drops a value, or throws.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, the value was not sent. <b>Ordering.</b> Values arrive in the order in
     * which they were sent; waiting senders are served first come, first served.
     *
     * @param value the value, not null
     * @throws ChannelClosedException if this sender is closed, the receiver is closed, or the channel has failed
     * @throws Channel.FullException if the channel is full and its policy is to fail
     */
    @Awaits
    void send(T value);

    /**
     * Sends a value if that needs no waiting. It is false only if the channel is full, and, with capacity 0, if no receiver waits.
     *
     * <p>A channel that drops the oldest value takes each one. One that drops the latest, or fails, refuses it here, and it is not
     * dropped.
     *
     * @param value the value, not null
     * @return whether it was sent
     * @throws ChannelClosedException as {@link #send}
     */
    boolean trySend(T value);

    /**
     * Reserves a place, waiting while the channel is full. A value can then be sent into it without waiting: so it need not be
     * made, or taken from elsewhere, before it is sure that it can be sent.
     *
     * {@snippet class="dev.espalier.core.ChannelSnippetsTest" region="reserve"}
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, no place was reserved; one that was granted in the same tick is returned, and
     * the next await throws. <b>Ordering.</b> Those who wait to reserve and those who wait to send are served in one order.
     *
     * @return the place, to be used or given back
     * @throws ChannelClosedException as {@link #send}
     * @throws IllegalStateException if the channel has capacity 0, or a policy by which its senders do not wait
     */
    @Awaits
    Permit<T> reserve();

    /**
     * {@return a place if one is free}
     *
     * @throws ChannelClosedException as {@link #send}
     * @throws IllegalStateException as {@link #reserve}
     */
    Optional<Permit<T>> tryReserve();

    /**
     * A reserved place for one value. Closing gives it back, if it was not used.
     *
     * @param <T> the values
     */
    interface Permit<T> extends AutoCloseable {
        /**
         * Sends a value into the place, which never waits.
         *
         * <p><b>Ordering.</b> The value is behind those that were sent before this call.
         *
         * @param value the value, not null
         * @throws ChannelClosedException if the sender or the receiver was closed meanwhile, or the channel has failed
         * @throws IllegalStateException if the place was used or given back before
         */
        void send(T value);

        /** Gives the place back, if it was not used. Idempotent. */
        @Override
        void close();
    }

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
