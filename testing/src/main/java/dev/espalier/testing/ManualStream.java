package dev.espalier.testing;

import dev.espalier.core.Awaits;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A publisher that the test drives by hand, for consumers under test: the test says which value comes when, and sees what the
 * consumer asks for. To test a consumer of a {@link dev.espalier.core.Receiver}, let {@link dev.espalier.core.Channel#from}
 * stand between them; it asks for as many values as it has room for.
 *
 * {@snippet class="dev.espalier.testing.ManualStreamTest" region="manual"}
 *
 * <p>It keeps the rules of Reactive Streams, and refuses to break them. What breaks them on purpose is said to its {@link
 * #rogue()}.
 *
 * <p>Several subscribers each get all values. No method has a time limit: a demand that never comes is a deadlock, and the run
 * reports it at once.
 *
 * <p><b>Threads.</b> It belongs to the tasks of its run; any thread may subscribe, request and cancel. Subscribers are called
 * by the task that makes the signal, and what they throw comes out there.
 *
 * @param <T> the values
 */
public final class ManualStream<T> implements Flow.Publisher<T> {
    private final EventLoop loop;

    // By the holder of the turn.
    private final List<Subscription> all = new ArrayList<>(); // since the beginning
    private final List<Promise<Boolean>> waiting = new ArrayList<>(); // for a change
    private int cancellations;
    private @Nullable End end;

    /**
     * How it ended.
     *
     * @param failure null: in order
     */
    private record End(@Nullable Throwable failure) {}

    private ManualStream(EventLoop loop) {
        this.loop = loop;
    }

    /**
     * {@return a stream without subscribers, of the current loop}
     *
     * @param <T> the values
     * @throws IllegalStateException outside a loop
     */
    public static <T> ManualStream<T> create() {
        return new ManualStream<>(EventLoop.current());
    }

    // ---- signals

    /**
     * Waits until there is a subscriber and each one has asked for a value, and gives it to all of them.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, nobody was given the value.
     *
     * @param value the value
     * @throws AssertionError if all subscribers have cancelled
     * @throws IllegalStateException if the stream has ended
     */
    @Awaits
    public void next(T value) {
        Objects.requireNonNull(value, "value; null is for the rogue of a stream");
        awaitDemand(1);
        for (Subscription each : living()) {
            if (!each.over) { // one subscriber may cancel another
                each.demand -= each.demand == Long.MAX_VALUE ? 0 : 1; // which is without end
                each.subscriber.onNext(value);
            }
        }
    }

    /**
     * Ends the stream in order; who subscribes later is told at once.
     *
     * @throws IllegalStateException if the stream has ended
     */
    public void complete() {
        endBy(new End(null));
    }

    /**
     * Ends the stream with a failure; who subscribes later is told at once.
     *
     * @param failure the failure
     * @throws IllegalStateException if the stream has ended
     */
    public void fail(Throwable failure) {
        endBy(new End(Objects.requireNonNull(failure, "failure; null is for the rogue of a stream")));
    }

    private void endBy(End how) {
        loop.checkTurn(this);
        checkOpen("an end");
        List<Subscription> told = living();
        end = how;
        told.forEach(Subscription::tellEnd);
        changed();
    }

    private void checkOpen(String what) {
        if (end != null) {
            throw new IllegalStateException(what + " cannot come after the end of " + this + "; to see whether a consumer "
                    + "survives it all the same, send it by rogue()");
        }
    }

    /**
     * {@return what breaks the rules: sends at once whatever it is told to}
     */
    public Rogue rogue() {
        return new Rogue();
    }

    // ---- what the consumer does

    /**
     * Waits until there is a subscriber and each one has asked for so many values that it has not got yet.
     *
     * @param count how many, from 1
     * @throws AssertionError if all subscribers have cancelled
     * @throws IllegalStateException if the stream has ended
     * @throws IllegalArgumentException if it is less than 1
     */
    @Awaits
    public void awaitDemand(long count) {
        if (count < 1) {
            throw new IllegalArgumentException("a demand to wait for is at least 1, not " + count);
        }
        awaitUntil("a demand of " + count, () -> demand() >= count || end != null || areAllGone());
        checkOpen("a demand");
        if (areAllGone()) {
            throw new AssertionError("a demand of " + count + " was expected, and all who could have it have cancelled: " + this);
        }
    }

    /**
     * Waits until so many have subscribed since the beginning.
     *
     * @param count how many
     */
    @Awaits
    public void awaitSubscriptions(int count) {
        awaitUntil(count + " subscriptions", () -> all.size() >= count);
    }

    /**
     * Waits until so many subscribers have cancelled since the beginning.
     *
     * @param count how many
     */
    @Awaits
    public void awaitCancellations(int count) {
        awaitUntil(count + " cancellations", () -> cancellations >= count);
    }

    @Awaits
    private void awaitUntil(String what, BooleanSupplier happened) {
        loop.checkTurn(this);
        while (!happened.getAsBoolean()) {
            Promise<Boolean> news = Promise.create(what + " at " + this);
            waiting.add(news);
            news.await();
        }
    }

    private void changed() {
        List<Promise<Boolean>> told = List.copyOf(waiting);
        waiting.clear();
        told.forEach(news -> news.succeed(true));
    }

    /**
     * {@return how many values may be given now by the rules: the least that a living subscriber has asked for and not got;
     * {@link Long#MAX_VALUE}: without end; 0 without subscribers}
     */
    public long demand() {
        return living().stream().mapToLong(each -> each.demand).min().orElse(0);
    }

    /**
     * {@return how many have subscribed since the beginning}
     */
    public int subscriptions() {
        return all.size();
    }

    /**
     * {@return how many subscribers have cancelled; once each, and not after the end}
     */
    public int cancellations() {
        return cancellations;
    }

    private List<Subscription> living() {
        return all.stream().filter(each -> !each.over).toList();
    }

    private boolean areAllGone() {
        return end == null && !all.isEmpty() && living().isEmpty();
    }

    /**
     * Subscribes. The subscriber is told of its subscription by the caller, or soon by the loop if another thread calls.
     *
     * @param subscriber who is given the values
     */
    @Override
    public void subscribe(Flow.Subscriber<? super T> subscriber) {
        Objects.requireNonNull(subscriber, "a subscriber must not be null");
        onLoop(() -> add(subscriber));
    }

    private void add(Flow.Subscriber<? super T> subscriber) {
        var subscription = new Subscription(subscriber);
        all.add(subscription);
        subscriber.onSubscribe(subscription);
        if (end != null) {
            subscription.tellEnd();
        }
        changed();
    }

    private void onLoop(Runnable change) {
        if (EventLoop.currentIfAny() == loop) {
            change.run();
            return;
        }
        try {
            loop.callSoonThreadsafe(change);
        } catch (RejectedExecutionException e) {
            assert loop.isClosed() : e; // the run is over, and nobody looks at the stream any more
        }
    }

    @Override
    public String toString() {
        long demand = demand();
        return "ManualStream[" + living().size() + " of " + all.size() + " subscribers, "
                + (demand == Long.MAX_VALUE ? "any number of" : demand) + " values asked for"
                + (end == null ? "]" : end.failure == null ? ", complete]" : ", failed: " + end.failure + "]");
    }

    /** What one subscriber has been given, and how far it is. */
    private final class Subscription implements Flow.Subscription {
        private final Flow.Subscriber<? super T> subscriber;

        // By the holder of the turn.
        private long demand;
        private boolean over; // cancelled, or told the end

        private Subscription(Flow.Subscriber<? super T> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long n) {
            onLoop(() -> requested(n));
        }

        private void requested(long n) {
            if (over) {
                return;
            }
            if (n < 1) {
                over = true;
                subscriber.onError(new IllegalArgumentException("a subscriber must ask for at least 1 value, not " + n));
            } else {
                demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
            }
            changed();
        }

        @Override
        public void cancel() {
            onLoop(() -> {
                if (!over) {
                    over = true;
                    cancellations++;
                    changed();
                }
            });
        }

        private void tellEnd() {
            End how = end;
            if (!over && how != null) {
                over = true;
                tell(how.failure);
            }
        }

        private void tell(@Nullable Throwable failure) {
            if (failure == null) {
                subscriber.onComplete();
            } else {
                subscriber.onError(failure);
            }
        }
    }

    /**
     * Breaks the rules of Reactive Streams on purpose, for a test that a consumer survives it. Each signal goes at once to all
     * subscribers there have ever been, whatever they asked for, cancelled, or were told; the stream keeps no account of it.
     * What a subscriber throws, as it may at null, comes out.
     */
    public final class Rogue {
        private Rogue() {}

        /**
         * Sends a value: beyond the demand, after the end, after a cancellation.
         *
         * @param value the value, or null
         */
        @SuppressWarnings("NullAway") // that is the point
        public void next(@Nullable T value) {
            each(subscription -> subscription.subscriber.onNext(value));
        }

        /** Sends an end in order, also a second one. */
        public void complete() {
            each(subscription -> subscription.subscriber.onComplete());
        }

        /**
         * Sends a failure, also after an end.
         *
         * @param failure the failure, or null
         */
        @SuppressWarnings("NullAway") // that is the point
        public void fail(@Nullable Throwable failure) {
            each(subscription -> subscription.subscriber.onError(failure));
        }

        /** Gives each subscriber one more subscription, which it must cancel; it counts as one. */
        public void subscribeAgain() {
            each(subscription -> add(subscription.subscriber));
        }

        private void each(Consumer<Subscription> signal) {
            loop.checkTurn(ManualStream.this);
            List.copyOf(all).forEach(signal);
        }
    }
}
