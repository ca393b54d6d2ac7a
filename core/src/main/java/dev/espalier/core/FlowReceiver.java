package dev.espalier.core;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The values of a publisher, in a channel that is never overrun: no more is asked for than there is room. Its rules are those of
 * Reactive Streams; the numbers below are theirs.
 *
 * <p>Signals may come from any thread. Each goes through the inbox of the loop, also one that comes from the loop itself, so
 * that they stay in order.
 */
final class FlowReceiver<T> implements Receiver<T>, Flow.Subscriber<T> {
    private final EventLoop loop;
    private final int capacity;
    private final Channel<T> channel;
    private final Promise<Boolean> ended = Promise.create("the end of a publisher");

    // By the holder of the turn.
    private Flow.@Nullable Subscription subscription;
    private int taken; // since more was asked for
    private boolean closed;

    private FlowReceiver(EventLoop loop, int capacity) {
        this.loop = loop;
        this.capacity = capacity;
        this.channel = Channel.open(capacity);
    }

    static <T> FlowReceiver<T> subscribe(TaskGroup group, Flow.Publisher<T> publisher, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a publisher needs room for at least 1 value, not " + capacity);
        }
        group.scope().loop.checkTurn(group);
        var receiver = new FlowReceiver<T>(group.scope().loop, capacity);
        group.startBackground("subscription", () -> {
            try {
                receiver.ended.await(); // what was published before stays to be received
            } catch (CancelledError e) {
                receiver.close();
                throw e;
            }
        });
        publisher.subscribe(receiver);
        return receiver;
    }

    /** Without a publisher yet. */
    static <T> FlowReceiver<T> waiting(int capacity) {
        return new FlowReceiver<>(EventLoop.current(), capacity);
    }

    // ---- signals, from any thread

    @Override
    public void onSubscribe(Flow.Subscription given) {
        Objects.requireNonNull(given, "a subscription must not be null (2.13)");
        signalled(given, () -> subscribed(given));
    }

    private void subscribed(Flow.Subscription given) {
        if (subscription != null || closed) {
            given.cancel(); // 2.5
            return;
        }
        subscription = given;
        given.request(capacity);
    }

    @Override
    public void onNext(T value) {
        Objects.requireNonNull(value, "a value must not be null (2.13)");
        signalled(null, () -> {
            if (!closed && !channel.sender().trySend(value)) {
                cancel();
                end(new IllegalStateException("the publisher sent more than the " + capacity + " values asked for (1.1)"));
            }
        });
    }

    @Override
    public void onError(Throwable failure) {
        Objects.requireNonNull(failure, "a failure must not be null (2.13)");
        signalled(null, () -> end(failure));
    }

    @Override
    public void onComplete() {
        signalled(null, () -> end(null));
    }

    private void signalled(Flow.@Nullable Subscription unwanted, Runnable signal) {
        try {
            loop.send(signal);
        } catch (RejectedExecutionException e) { // the loop is closed, and with it this receiver
            if (unwanted != null) {
                unwanted.cancel();
            }
        }
    }

    private void end(@Nullable Throwable failure) {
        subscription = null;
        if (!closed) {
            closed = true;
            if (failure == null) {
                channel.sender().close();
            } else {
                channel.sender().fail(failure);
            }
        }
        ended.trySucceed(true);
    }

    // ---- receiving

    @Awaits
    @Override
    public T receive() {
        T value = channel.receiver().receive();
        askForMore();
        return value;
    }

    @Override
    public Optional<T> tryReceive() {
        Optional<T> value = channel.receiver().tryReceive();
        if (value.isPresent()) {
            askForMore();
        }
        return value;
    }

    /** In halves of the room, so that a request goes with several values. */
    private void askForMore() {
        if (++taken >= (capacity + 1) / 2) {
            int more = taken;
            taken = 0;
            if (subscription != null) {
                subscription.request(more);
            }
        }
    }

    @Override
    public CancelScope.Registration onReady(Runnable action) {
        return channel.receiver().onReady(action);
    }

    @Override
    public void close() {
        channel.receiver().close();
        cancel();
        end(null);
    }

    private void cancel() {
        Flow.Subscription open = subscription;
        subscription = null;
        if (open != null) {
            open.cancel();
        }
    }

    @Override
    public String toString() {
        return "receiver of a publisher, " + channel.receiver();
    }
}
