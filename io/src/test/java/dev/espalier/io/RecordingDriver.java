package dev.espalier.io;

import dev.espalier.core.LoopOptions;
import dev.espalier.core.spi.IoDriver;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** The real driver, with a record of what the streams asked of it. */
final class RecordingDriver implements IoDriver {
    /** Written by loops, read by tests. */
    static final class Record {
        private final List<Integer> interests = new CopyOnWriteArrayList<>();
        private final List<Boolean> openAtEnd = new CopyOnWriteArrayList<>();
        private final AtomicInteger registered = new AtomicInteger();

        /** {@return how often a connection asked to be told of an operation} */
        long interests(int operation) {
            return interests.stream().filter(operations -> (operations & operation) != 0).count();
        }

        /** {@return for each registration that has ended: whether its channel was open then} */
        List<Boolean> openAtEnd() {
            return openAtEnd;
        }

        /** {@return how many registrations have not ended} */
        int open() {
            return registered.get() - openAtEnd.size();
        }
    }

    private final IoDriver driver = LoopOptions.defaults().driver().get();
    private final Record record;

    RecordingDriver(Record record) {
        this.record = record;
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
        record.registered.incrementAndGet();
        return new Registration() {
            @Override
            public void interest(int operations) {
                if (channel instanceof SocketChannel) {
                    record.interests.add(operations);
                }
                real.interest(operations);
            }

            @Override
            public void cancel() {
                record.openAtEnd.add(channel.isOpen());
                real.cancel();
            }
        };
    }

    @Override
    public void close() {
        driver.close();
    }
}
