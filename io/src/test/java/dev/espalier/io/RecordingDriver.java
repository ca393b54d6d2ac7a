package dev.espalier.io;

import dev.espalier.core.LoopOptions;
import dev.espalier.core.spi.IoDriver;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The real driver, with a record of what the streams asked of it. */
final class RecordingDriver implements IoDriver {
    private final IoDriver driver = LoopOptions.defaults().driver().get();

    /** Each change of interest of a connection: the operations. */
    final List<Integer> interests = new CopyOnWriteArrayList<>();

    /** For each end of a registration: whether its channel was open then. */
    final List<Boolean> openAtEnd = new CopyOnWriteArrayList<>();

    long writeInterests() {
        return interests.stream().filter(ops -> (ops & SelectionKey.OP_WRITE) != 0).count();
    }

    @Override
    public void poll(long timeoutNanos) {
        driver.poll(timeoutNanos);
    }

    @Override
    public void wakeup() {
        driver.wakeup();
    }

    @Override
    public int registrations() {
        return driver.registrations();
    }

    @Override
    public Registration register(SelectableChannel channel, Listener listener) throws ClosedChannelException {
        Registration real = driver.register(channel, listener);
        return new Registration() {
            @Override
            public void interest(int operations) {
                if (channel instanceof SocketChannel) {
                    interests.add(operations);
                }
                real.interest(operations);
            }

            @Override
            public void cancel() {
                openAtEnd.add(channel.isOpen());
                real.cancel();
            }
        };
    }

    @Override
    public void close() {
        driver.close();
    }
}
