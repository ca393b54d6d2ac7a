package dev.espalier.core;

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
}
