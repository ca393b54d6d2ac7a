package dev.espalier.core;

import java.util.concurrent.Flow;

/**
 * A bounded queue between tasks of one loop, with an end to send into and an end to receive from.
 *
 * @param <T> the values
 * @param sender into which values go
 * @param receiver out of which they come
 */
public record Channel<T>(Sender<T> sender, Receiver<T> receiver) {
    /**
     * Opens a channel of the current loop. Name the type where it cannot be inferred: {@code Channel.<String>open(16)}.
     *
     * @param <T> the values
     * @param capacity how many values it holds; 0: a sender waits until a receiver takes its value
     * @return the two ends
     * @throws IllegalStateException outside a loop
     */
    public static <T> Channel<T> open(int capacity) {
        if (capacity < 0) {
            throw new IllegalArgumentException("a channel cannot hold " + capacity + " values; from 0");
        }
        var buffer = new ChannelBuffer<T>(EventLoop.current(), capacity);
        return new Channel<>(buffer.newSender(), buffer);
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
}
