package dev.espalier.core.spi;

import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;

/**
 * Where a loop waits: for channels, for a wake-up, or for time to pass. One driver serves one loop and is closed by it.
 *
 * <p>All methods but {@link #wakeup()} are called by the holder of the loop's turn.
 */
public interface IoDriver extends AutoCloseable {
    /**
     * Waits until a channel is ready, {@link #wakeup()} is called, or the time has passed, and tells the listeners of ready
     * channels. It may return early, never for no reason for ever. An interrupt may end a wait, which then clears the flag: with
     * it set no later wait would wait.
     *
     * @param timeoutNanos how long at most; 0 does not wait, negative has no limit; never rounded down
     */
    void poll(long timeoutNanos);

    /** Ends the current or next {@link #poll}. Any thread may call it; it must not block. */
    void wakeup();

    /**
     * {@return how many channels are registered}
     */
    int registrations();

    /**
     * Registers a channel.
     *
     * @param channel a channel in non-blocking mode
     * @param listener told when an operation of interest became possible
     * @return the registration, without any interest yet
     * @throws ClosedChannelException if the channel is closed
     */
    Registration register(SelectableChannel channel, Listener listener) throws ClosedChannelException;

    /** Releases everything. No method is called afterwards, except {@link #wakeup()}, which then does nothing. */
    @Override
    void close();

    /** Is told which operations became possible. Runs inside {@link #poll}: it must not run user code. */
    @FunctionalInterface
    interface Listener {
        /**
         * Some operations became possible.
         *
         * @param operations bits of {@link java.nio.channels.SelectionKey}
         */
        void ready(int operations);
    }

    /** A registered channel. */
    interface Registration {
        /**
         * Sets the operations to be told of, until changed.
         *
         * @param operations bits of {@link java.nio.channels.SelectionKey}
         */
        void interest(int operations);

        /** Ends the registration; the listener is not called afterwards. */
        void cancel();
    }
}
