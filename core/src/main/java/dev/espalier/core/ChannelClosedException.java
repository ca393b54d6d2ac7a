package dev.espalier.core;

import org.jspecify.annotations.Nullable;

/**
 * A channel has ended: nothing more can be sent into it, or nothing more will come out of it.
 *
 * <p>The cause, if there is one, is what {@link Sender#fail(Throwable)} ended it with.
 */
public final class ChannelClosedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    /**
     * For ends of channels that are made elsewhere.
     *
     * @param message which end is closed, and why
     * @param cause the failure that ended the channel; null without one
     */
    public ChannelClosedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
