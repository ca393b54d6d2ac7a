package dev.espalier.core;

import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Gives the values of a receiver to one subscriber, as many as it asks for. Its rules are those of Reactive Streams; the numbers
 * below are theirs. All signals come from one task, so they are in order and never overlap (1.3).
 */
final class FlowPublisher<T> implements Flow.Publisher<T> {
    private final TaskGroup group;
    private final EventLoop loop;
    private final Receiver<T> receiver;
    private boolean taken; // by the holder of the turn

    FlowPublisher(TaskGroup group, Receiver<T> receiver) {
        this.group = group;
        this.loop = group.scope().loop;
        this.receiver = receiver;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super T> subscriber) {
        Objects.requireNonNull(subscriber, "a subscriber must not be null (1.9)");
        if (loop.holdsTurn()) {
            subscribed(subscriber); // the group may be left before anything that is sent arrives
            return;
        }
        try {
            loop.send(() -> subscribed(subscriber));
        } catch (RejectedExecutionException e) {
            refuse(subscriber, e);
        }
    }

    private void subscribed(Flow.Subscriber<? super T> subscriber) {
        if (taken) {
            refuse(subscriber, new IllegalStateException("the values of " + receiver
                    + " go to one subscriber, and there is one already; use a Broadcast for several"));
            return;
        }
        taken = true;
        var delivery = new Delivery(subscriber);
        try {
            delivery.task = group.start("publisher", delivery::run);
        } catch (IllegalStateException e) { // the group has been left
            refuse(subscriber, e);
        }
    }

    /** A refusal too begins with a subscription (1.9). */
    private static void refuse(Flow.Subscriber<?> subscriber, RuntimeException why) {
        subscriber.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {
                // Nothing will come.
            }

            @Override
            public void cancel() {
                // Nothing is under way.
            }
        });
        subscriber.onError(why);
    }

    @Override
    public String toString() {
        return "publisher of " + receiver;
    }

    /** The one subscription. Everything in it happens with the turn of the loop, whoever asks. */
    private final class Delivery implements Flow.Subscription {
        private final WaitQueue demanded = new WaitQueue("the demand of a subscriber");

        // By the holder of the turn.
        private Flow.@Nullable Subscriber<? super T> subscriber; // null once nothing more may be signalled (3.13)
        private @Nullable Task<Void> task;
        private long demand;
        private @Nullable RuntimeException fault; // of the subscriber

        private Delivery(Flow.Subscriber<? super T> subscriber) {
            this.subscriber = subscriber;
        }

        private void run() {
            try (receiver) {
                to().onSubscribe(this);
                deliverAll();
                finish().onComplete();
            } catch (ChannelClosedException e) {
                finish().onError(e.getCause() == null ? e : e.getCause());
            } catch (CancelledError e) {
                if (subscriber != null) {
                    RuntimeException why = fault != null ? fault : new TaskCancelledException("the publisher was " + e.reason());
                    finish().onError(why);
                }
                throw e;
            } finally {
                subscriber = null;
            }
        }

        /** Takes one value before it is asked for: without that an end could not be told until the next demand. */
        private void deliverAll() {
            for (T value : receiver) {
                while (demand == 0) {
                    Task<?> me = Task.running();
                    me.checkCancelled();
                    demanded.add(me);
                    me.park(demanded);
                }
                Task.running().checkCancelled();
                if (demand != Long.MAX_VALUE) { // which is without end (3.17)
                    demand--;
                }
                to().onNext(value);
            }
        }

        private Flow.Subscriber<? super T> to() {
            return Objects.requireNonNull(subscriber, "the subscription is over");
        }

        /** What is signalled now is the last (1.7). */
        private Flow.Subscriber<? super T> finish() {
            Flow.Subscriber<? super T> last = to();
            subscriber = null;
            return last;
        }

        @Override
        public void request(long n) {
            loop.onLoop(_ -> requested(n));
        }

        private void requested(long n) {
            if (subscriber == null) {
                return; // 3.6
            }
            if (n <= 0) {
                fault = new IllegalArgumentException("a subscriber must ask for at least 1 value, not " + n + " (3.9)");
                stop("its subscriber asked for " + n);
                return;
            }
            long sum = demand + n;
            demand = sum < 0 ? Long.MAX_VALUE : sum;
            demanded.wakeAll(null);
        }

        @Override
        public void cancel() {
            loop.onLoop(_ -> {
                if (subscriber != null) {
                    subscriber = null;
                    stop("its subscriber cancelled");
                }
            });
        }

        private void stop(String why) {
            if (task != null) {
                task.cancel(why);
            }
        }
    }
}
