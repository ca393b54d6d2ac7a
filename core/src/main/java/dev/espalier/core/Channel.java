package dev.espalier.core;

import dev.espalier.core.spi.ChannelStatistics;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A queue between tasks of one loop, with an end to send into and an end to receive from.
 *
 * {@snippet class="dev.espalier.core.ChannelSnippetsTest" region="channel"}
 *
 * <p><b>How it ends.</b> Closing the last sender ends it: the receiver gets what was sent before. {@link Sender#fail} does the same
 * with a failure at the end. Closing the receiver ends it at once: values in it are dropped, and senders are refused. A sender
 * that waits at the end is refused: its value was not sent.
 *
 * <p>Each value goes to one receiver. For all values to all there is {@link Broadcast}, for the latest one {@link Watch}.
 *
 * @param <T> the values
 * @param sender into which values go
 * @param receiver out of which they come
 */
public record Channel<T>(Sender<T> sender, Receiver<T> receiver) {
    /** What a full channel does with a further value. */
    public enum Overflow {
        /** The sender waits for room: no value is lost. */
        SUSPEND,
        /** The value that waits longest is dropped for the new one. */
        DROP_OLDEST,
        /** The new value is dropped. */
        DROP_LATEST,
        /** The sender gets a {@link FullException}. */
        FAIL
    }

    /** A channel whose policy is to fail was full. */
    public static final class FullException extends IllegalStateException {
        private static final long serialVersionUID = 1;

        FullException(String message) {
            super(message);
        }
    }

    /**
     * Opens a channel of the current loop whose senders wait while it is full. Name the type where it cannot be inferred: {@code
     * Channel.<String>open(16)}.
     *
     * @param <T> the values
     * @param capacity how many values it holds; 0: a sender waits until a receiver takes its value
     * @return the two ends
     * @throws IllegalStateException outside a loop
     */
    public static <T> Channel<T> open(int capacity) {
        return make(capacity, Overflow.SUSPEND, null);
    }

    /**
     * Opens a channel of the current loop with a policy for further values when it is full.
     *
     * @param <T> the values
     * @param capacity how many values it holds, from 0; from 1 to drop the oldest
     * @param overflow what it does when it is full
     * @return the two ends
     * @throws IllegalStateException outside a loop
     */
    public static <T> Channel<T> open(int capacity, Overflow overflow) {
        return make(capacity, overflow, null);
    }

    /**
     * Opens a channel of the current loop for values that must be released, such as connections: each value that went in goes
     * either to a receiver or to a handler.
     *
     * {@snippet class="dev.espalier.core.ChannelSnippetsTest" region="undelivered"}
     *
     * <p><b>Threads.</b> The handler runs inside the call that drops the value: the closing of the receiver, or a send that overflows.
     * It cannot await. What it throws goes to the error sink of the loop.
     *
     * @param <T> the values
     * @param capacity how many values it holds, from 0; from 1 to drop the oldest
     * @param overflow what it does when it is full
     * @param undelivered gets the values that are in the channel when its receiver is closed, and those that its policy drops. A
     *     value that a send refuses with an exception, or {@code trySend} by false, is still the sender's
     * @return the two ends
     * @throws IllegalStateException outside a loop
     */
    public static <T> Channel<T> open(int capacity, Overflow overflow, Consumer<? super T> undelivered) {
        return make(capacity, overflow, undelivered);
    }

    /**
     * Opens a channel of the current loop without a limit: sending never waits, and a receiver that is too slow fills the memory.
     *
     * @param <T> the values
     * @return the two ends
     * @throws IllegalStateException outside a loop
     */
    public static <T> Channel<T> unlimited() {
        return make(Integer.MAX_VALUE, Overflow.SUSPEND, null);
    }

    /**
     * Opens a channel of the current loop that keeps the latest value only: capacity 1, and the oldest is dropped.
     *
     * @param <T> the values
     * @return the two ends
     * @throws IllegalStateException outside a loop
     */
    public static <T> Channel<T> conflated() {
        return make(1, Overflow.DROP_OLDEST, null);
    }

    private static <T> Channel<T> make(int capacity, Overflow overflow, @Nullable Consumer<? super T> undelivered) {
        if (capacity < (overflow == Overflow.DROP_OLDEST ? 1 : 0)) {
            throw new IllegalArgumentException("a channel cannot hold " + capacity + " values; from 0, and from 1 to drop the oldest");
        }
        var buffer = new ChannelBuffer<T>(EventLoop.current(), capacity, overflow, undelivered);
        return new Channel<>(buffer.newSender(), buffer);
    }

    /**
     * {@return what is in it, what has gone through it, and who waits at its ends}
     *
     * @throws IllegalStateException if the ends are not those of an opened channel
     */
    public ChannelStatistics statistics() {
        if (receiver instanceof ChannelBuffer<T> buffer) {
            return buffer.statistics();
        }
        throw new IllegalStateException("only channels that were opened by this class have statistics, not " + receiver);
    }

    /**
     * Opens a channel of the current loop that a task of a group feeds.
     *
     * <p>When the body ends the channel ends. When it fails the channel fails with it, after what was sent, and the group hears of it.
     * When the receiver is closed the task is cancelled.
     *
     * {@snippet class="dev.espalier.core.ChannelSnippetsTest" region="produce"}
     *
     * @param <T> the values
     * @param group in which the task runs
     * @param capacity how many values the channel holds, from 0
     * @param body gets the sender, and need not close it
     * @return the values
     * @throws IllegalStateException if the group has been left
     */
    public static <T> Receiver<T> produce(TaskGroup group, int capacity, VoidBodyWith<? super Sender<T>, ?> body) {
        return Stage.produce(group, capacity, body);
    }

    /**
     * Subscribes to a publisher of the JDK's {@link Flow} and receives what it publishes. No more is asked for than there is room.
     *
     * <p>The subscription ends with the publisher, when the receiver is closed, or when the ordinary children of the group have
     * ended. It passes the verification of the Reactive Streams project.
     *
     * {@snippet class="dev.espalier.core.FlowTest" region="subscriber"}
     *
     * <p><b>Threads.</b> The publisher may signal from any thread.
     *
     * @param <T> the values
     * @param group which the subscription does not outlive
     * @param publisher of the values
     * @param capacity for how many values there is room, from 1
     * @return the values; a failure of the publisher comes out as {@link ChannelClosedException} with it as the cause
     */
    public static <T> Receiver<T> from(TaskGroup group, Flow.Publisher<T> publisher, int capacity) {
        return FlowReceiver.subscribe(group, publisher, capacity);
    }

    /**
     * Opens a channel between loops, which belongs to none: a task of one loop sends, a task of another receives. The
     * receiver serves the loop that first uses it, and each sender the loop that first waits in it; give each loop a
     * {@link Sender#copy() copy} of its own. Using an end on another loop is a {@link ForeignLoopException}. It has no
     * policy but to wait, and no statistics; a select can receive from it, but not send into it.
     *
     * {@snippet class="dev.espalier.core.LoopGroupSnippetsTest" region="crossing"}
     *
     * <p><b>Threads.</b> All methods of a sender that do not wait may be called by any thread. A sender must not be closed
     * while another thread sends with it: what is sent then may be lost.
     *
     * <p><b>Ordering.</b> Values of one sender arrive in order. Of one loop, who waits longest sends first; between loops
     * there is no order. What happens before a value is sent happens-before what follows its receipt.
     *
     * @param <T> the values
     * @param capacity how many values it holds, from 1 to 2<sup>30</sup>
     * @return the two ends
     */
    public static <T> Channel<T> crossing(int capacity) {
        if (capacity < 1 || capacity > 1 << 30) {
            throw new IllegalArgumentException(
                    "a channel between loops cannot hold " + capacity + " values; from 1 to 2^30");
        }
        var buffer = new CrossingBuffer<T>(capacity);
        return new Channel<>(buffer.newSender(), buffer);
    }
}
