package dev.espalier.core;

import dev.espalier.core.spi.IoDriver;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;

/** A driver around another one, to look at or change what passes. */
class WrappedDriver implements IoDriver {
    private final IoDriver inner;

    WrappedDriver(IoDriver inner) {
        this.inner = inner;
    }

    @Override
    public void poll(long timeoutNanos) {
        inner.poll(timeoutNanos);
    }

    @Override
    public void wakeup() {
        inner.wakeup();
    }

    @Override
    public int registrations() {
        return inner.registrations();
    }

    @Override
    public Registration register(SelectableChannel channel, Listener listener) throws ClosedChannelException {
        return inner.register(channel, listener);
    }

    @Override
    public void close() {
        inner.close();
    }
}
