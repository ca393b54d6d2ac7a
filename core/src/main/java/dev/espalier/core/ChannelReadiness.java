package dev.espalier.core;

import dev.espalier.core.spi.IoDriver;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import org.jspecify.annotations.Nullable;

/**
 * Waits until a channel of {@code java.nio} can be read or written: the door by which streams are built on a loop.
 *
 * <p>Readiness is a level and may be spurious: try the operation, and wait again if it did nothing. Read interest stays set
 * while a reader comes back before the next event, so a reader that waits after each read costs no system call for it.
 *
 * <p><b>Threads.</b> It belongs to the loop on which it was made.
 */
public final class ChannelReadiness implements AutoCloseable {
    private static final int READ = SelectionKey.OP_READ | SelectionKey.OP_ACCEPT;
    private static final int WRITE = SelectionKey.OP_WRITE | SelectionKey.OP_CONNECT;

    private final EventLoop loop;
    private final SelectableChannel channel;
    private final IoDriver.Registration registration;

    // By the holder of the turn.
    private final Side reading;
    private final Side writing;
    private int interest;
    private boolean closed;

    private ChannelReadiness(EventLoop loop, SelectableChannel channel) throws ClosedChannelException {
        this.loop = loop;
        this.channel = channel;
        int valid = channel.validOps();
        this.reading = new Side("readable", valid & READ);
        this.writing = new Side("writable", valid & WRITE & ~SelectionKey.OP_CONNECT);
        this.registration = loop.driver().register(channel, this::ready);
    }

    /**
     * Registers a channel with the current loop.
     *
     * @param channel a channel in non-blocking mode; it stays the caller's to close, after this
     * @return the readiness, to be closed before the channel
     * @throws ClosedChannelException if the channel is closed
     * @throws IllegalArgumentException if the channel is in blocking mode
     * @throws IllegalStateException outside a loop
     */
    public static ChannelReadiness of(SelectableChannel channel) throws ClosedChannelException {
        if (channel.isOpen() && channel.isBlocking()) {
            throw new IllegalArgumentException(
                    channel + " is in blocking mode and would hold the loop; call configureBlocking(false) first");
        }
        return new ChannelReadiness(EventLoop.current(), channel);
    }

    /**
     * Waits until the channel can probably be read, has ended, or has a connection to accept.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, nothing has happened.
     *
     * @throws ClosedChannelException if this is closed, also while waiting
     * @throws BusyException if another task waits for the same
     */
    @Awaits
    public void awaitReadable() throws ClosedChannelException {
        await(reading, reading.operations);
    }

    /**
     * Waits until the channel can probably be written, or its connect can be finished.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, nothing has happened.
     *
     * @throws ClosedChannelException if this is closed, also while waiting
     * @throws BusyException if another task waits for the same
     */
    @Awaits
    public void awaitWritable() throws ClosedChannelException {
        boolean connecting =
                channel instanceof java.nio.channels.SocketChannel socket && !socket.isConnected();
        await(writing, connecting ? SelectionKey.OP_CONNECT : writing.operations);
    }

    private void await(Side side, int operations) throws ClosedChannelException {
        Task<?> me = Task.running();
        loop.checkTurn(this);
        me.checkCancelled();
        checkOpen();
        if (side.waiter != null) {
            throw new BusyException("task '" + me.name() + "' waits for " + side.describe() + ", and task '"
                    + side.waiter.name() + "' does so already; one task at a time reads, and one writes");
        }
        if (side.happened) {
            side.happened = false;
            me.passPoint();
            return;
        }
        setInterest(interest | operations);
        side.waiter = me;
        loop.external++;
        try {
            me.park(side);
        } finally {
            loop.external--;
        }
        checkOpen();
    }

    private void checkOpen() throws ClosedChannelException {
        if (closed || !channel.isOpen()) { // nobody would tell of a channel that was closed before this
            throw new ClosedChannelException();
        }
    }

    private void setInterest(int operations) throws ClosedChannelException {
        if (interest != operations) {
            try {
                registration.interest(operations);
            } catch (CancelledKeyException e) {
                throw new ClosedChannelException(); // closed without closing this first
            }
            interest = operations;
        }
    }

    /** Inside a poll: makes those ready who wait, and drops the interest that nobody waits for. */
    private void ready(int operations) {
        int idle = 0;
        if ((operations & READ) != 0 && !reading.tell()) {
            idle |= READ;
        }
        if ((operations & WRITE) != 0) {
            writing.tell();
            idle |= WRITE; // mostly writable: the interest would fire in every poll
        }
        if (idle != 0 && (interest & idle) != 0) {
            interest &= ~idle;
            registration.interest(interest);
        }
    }

    /** Ends the registration and wakes those who wait. Does nothing the second time. */
    @Override
    public void close() {
        loop.checkTurn(this);
        if (!closed) {
            closed = true;
            registration.cancel();
            reading.tell();
            writing.tell();
        }
    }

    @Override
    public String toString() {
        return "ChannelReadiness[" + channel + (closed ? ", closed]" : "]");
    }

    /** One direction. */
    private final class Side implements Waitable {
        private final String what;
        private final int operations;
        private @Nullable Task<?> waiter;
        private boolean happened; // readiness that came while nobody waited

        private Side(String what, int operations) {
            this.what = what;
            this.operations = operations;
        }

        /** Wakes the waiter; remembers the event and says false if there is none. */
        private boolean tell() {
            Task<?> task = waiter;
            waiter = null;
            happened = task == null;
            if (task != null) {
                task.wake(null);
            }
            return task != null;
        }

        @Override
        public void abandon(Task<?> task) {
            waiter = null;
        }

        @Override
        public String describe() {
            return channel + " to become " + what;
        }
    }
}
