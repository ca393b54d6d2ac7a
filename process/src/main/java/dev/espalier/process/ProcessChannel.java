package dev.espalier.process;

import dev.espalier.core.Receiver;
import dev.espalier.core.Sender;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A channel between two processes, with the ends of a {@link dev.espalier.core.Channel}: between this one and a child, in either
 * direction, or between two children. An end moves to the child whose body captures it; here it cannot be used any more then.
 *
 * {@snippet class="dev.espalier.process.ProcessChannelTest" region="channel"}
 *
 * <p>A sender waits while the channel is full, and until the receiver's process is ready. Values travel as copies; they are not
 * null. {@link Sender#send} throws {@link IllegalArgumentException} for one that cannot travel. A select can receive from it.
 * Values go through memory that the two processes share, also between two children, for up to 64 channels of a process; through
 * sockets else. What was not received yet is bounded by the capacity, and by 256 KiB more of what the receiver's process has not
 * looked at.
 *
 * <p><b>The end.</b> As for any channel: the receiver gets what was sent, then the end or the failure. If the process of the sender
 * ends in order, the channel ends; if it is lost, the receiver gets what had come, and then that loss as the cause.
 *
 * <p><b>Threads.</b> The ends belong to the loop of their process.
 *
 * @param <T> the values
 */
public final class ProcessChannel<T> {
    private static final AtomicLong NUMBERS = new AtomicLong();

    final ProcessSender<T> sender;
    final ProcessReceiver<T> receiver;

    private ProcessChannel(ProcessSender<T> sender, ProcessReceiver<T> receiver) {
        this.sender = sender;
        this.receiver = receiver;
    }

    /**
     * Opens a channel of the current loop.
     *
     * @param <T> the values
     * @param capacity how many values may be under way or wait to be received, 1 to 1 048 576
     * @return the two ends, of which one is to be captured by the body of a child
     * @throws IllegalStateException outside a loop
     */
    public static <T> ProcessChannel<T> open(int capacity) {
        PoolOptions.check(capacity >= 1 && capacity <= 1 << 20, "capacity", capacity, "1 to 1048576");
        ChannelPair pair = new ChannelPair(NUMBERS.incrementAndGet(), capacity);
        return new ProcessChannel<>(new ProcessSender<>(pair.sending, capacity),
                new ProcessReceiver<>(pair.receiving, capacity));
    }

    /**
     * {@return the end into which values go}
     */
    public Sender<T> sender() {
        return sender;
    }

    /**
     * {@return the end out of which values come}
     */
    public Receiver<T> receiver() {
        return receiver;
    }

    @Override
    public String toString() {
        return "ProcessChannel[" + sender + ", " + receiver + "]";
    }
}
