package dev.espalier.core;

import dev.espalier.core.spi.IoDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The driver over {@link Selector}. Without a channel it parks the loop's thread instead, which wakes in fractions of the
 * millisecond that is a selector's unit of time.
 */
final class NioDriver implements IoDriver {
    // By the holder of the turn, unless said otherwise.
    private @Nullable Selector selector; // opened with the first channel; read by threads that wake
    private int registrations;
    private int cancelled; // keys whose channels stay open underneath until the next selection
    private volatile @Nullable Thread parked; // by the loop's thread around its sleep; read by threads that wake it
    private volatile boolean wakeUp; // a wake-up for the next sleep without selector; set by any thread

    private static final Consumer<SelectionKey> TELL = key -> {
        try {
            ((Key) key.attachment()).listener.ready(key.readyOps());
        } catch (CancelledKeyException e) {
            // Its channel was closed since the selection: whoever closed it has told those who wait.
            assert !key.isValid();
        }
    };

    @Override
    public void poll(long timeoutNanos) {
        Selector channels = selector;
        boolean flush = cancelled > 0;
        cancelled = 0;
        if (channels == null || (registrations == 0 && !flush)) {
            park(timeoutNanos);
            return;
        }
        try {
            if (timeoutNanos == 0 || flush) {
                channels.selectNow(TELL);
            } else {
                channels.select(TELL, timeoutNanos < 0 ? 0 : (timeoutNanos + 999_999) / 1_000_000);
            }
            Thread.interrupted(); // with the flag set a select would not wait
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void park(long timeoutNanos) {
        parked = Thread.currentThread();
        if (!wakeUp && timeoutNanos != 0) {
            if (timeoutNanos < 0) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, timeoutNanos);
            }
        }
        Thread.interrupted(); // with the flag set a park would not wait
        parked = null;
        wakeUp = false;
    }

    @Override
    public void wakeup() {
        wakeUp = true;
        Thread sleeper = parked;
        Selector channels = selector;
        if (sleeper != null) {
            LockSupport.unpark(sleeper);
        } else if (channels != null) {
            channels.wakeup();
        }
    }

    @Override
    public int registrations() {
        return registrations + cancelled;
    }

    @Override
    public Registration register(SelectableChannel channel, Listener listener) throws ClosedChannelException {
        Key key = new Key(listener);
        key.key = channel.register(open(), 0, key);
        registrations++;
        return key;
    }

    private Selector open() {
        Selector open = selector;
        if (open == null) {
            try {
                open = Selector.open();
            } catch (IOException e) {
                throw new UncheckedIOException("no selector can be opened", e);
            }
            selector = open;
        }
        return open;
    }

    @Override
    public void close() {
        Selector channels = selector;
        if (channels != null) {
            try {
                channels.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private final class Key implements Registration {
        private final Listener listener;
        private @Nullable SelectionKey key;
        private int interest;

        private Key(Listener listener) {
            this.listener = listener;
        }

        @Override
        public void interest(int operations) {
            if (key != null && interest != operations) {
                interest = operations;
                key.interestOps(operations);
            }
        }

        @Override
        public void cancel() {
            if (key != null) {
                key.cancel();
                key = null;
                registrations--;
                cancelled++;
            }
        }
    }
}
