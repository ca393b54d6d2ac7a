package dev.espalier.core;

import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.Flow;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The end of a {@link Channel} out of which values come. Several tasks may receive; each value goes to one of them.
 *
 * <p><b>Threads.</b> It belongs to its loop.
 *
 * @param <T> the values
 */
public interface Receiver<T> extends Iterable<T>, AutoCloseable {
    /**
     * Receives a value, waiting for it if need be.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, no value was taken; a value that has come in the same tick is
     * delivered, and the next await throws.
     *
     * @return the value
     * @throws ChannelClosedException if the channel has ended and is empty; its cause is the failure it ended with, if any
     */
    @Awaits
    T receive();

    /**
     * {@return a value if one is there}
     *
     * @throws ChannelClosedException as {@link #receive}
     */
    Optional<T> tryReceive();

    /**
     * Registers an action for the next time that {@link #tryReceive} may find something: a value or the end. With it a receiver
     * of any kind can be waited for together with others.
     *
     * @param action runs at most once, as a callback of the loop; at once if something is there
     * @return closes to take the action back
     */
    CancelScope.Registration onReady(Runnable action);

    /**
     * {@return the values until the channel ends; {@code hasNext} awaits}
     *
     * <p>A failure of the channel comes out of {@code hasNext} as {@link ChannelClosedException} with that cause.
     */
    @Override
    default Iterator<T> iterator() {
        return new ReceiverIterator<>(this);
    }

    /**
     * {@return the values as a sequential stream of the JDK, with its operators and {@link java.util.stream.Gatherers}}
     *
     * <p>Its terminal operation awaits, so it belongs into a task of the loop, and it must stay sequential. A failure of the
     * channel comes out of it as {@link ChannelClosedException} with that cause.
     *
     * {@snippet class="dev.espalier.core.StreamTest" region="stream"}
     */
    default Stream<T> stream() {
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(iterator(), Spliterator.ORDERED | Spliterator.NONNULL), false);
    }

    /**
     * Returns a receiver of what a function makes of each value. It works while it is asked, without a task; closing it closes
     * this one, and it is used in place of this one.
     *
     * @param <R> what is made
     * @param mapping the function; it must not await, and must not return null; for one that awaits see {@link #mapParallel}
     * @return the receiver
     */
    default <R> Receiver<R> map(Function<? super T, ? extends R> mapping) {
        return new Pulled.Mapped<>(this, mapping);
    }

    /**
     * Returns a receiver of the values for which a condition holds; as {@link #map} otherwise.
     *
     * @param condition the condition; it must not await
     * @return the receiver
     */
    default Receiver<T> filter(Predicate<? super T> condition) {
        return new Pulled.Filtered<>(this, condition);
    }

    /**
     * Returns a receiver of the same values that lets a time pass after each before it gives the next; as {@link #map} otherwise.
     *
     * @param pause how long; zero or negative: no pause
     * @return the receiver
     */
    default Receiver<T> throttle(Duration pause) {
        return new Pulled.Throttled<>(this, pause);
    }

    /**
     * Returns a receiver of pairs of the values of this one and another, combined. It ends as soon as one of the two has ended; as
     * {@link #map} otherwise.
     *
     * @param <U> the values of the other
     * @param <R> what is made of a pair
     * @param other the other receiver
     * @param combine makes one of two; it must not await
     * @return the receiver
     */
    default <U, R> Receiver<R> zip(Receiver<U> other, BiFunction<? super T, ? super U, ? extends R> combine) {
        return new Pulled.Zipped<>(this, other, combine);
    }

    /**
     * Maps values in tasks of a group, some at a time, and gives the results in the order of the values.
     *
     * <p>At most {@code limit} values are under way or wait for an earlier one. What is made ends after the last value. If this
     * receiver fails, so does it, after what was under way. If the function fails, it fails with that failure, and the group hears of
     * it. If it is closed, what is under way is cancelled. In each case this receiver is closed.
     *
     * {@snippet class="dev.espalier.core.StreamTest" region="mapParallel"}
     *
     * @param <R> the results
     * @param group in which the tasks run
     * @param limit how many at a time, at least 1
     * @param mapping the function, which may await
     * @return the results
     */
    default <R> Receiver<R> mapParallel(TaskGroup group, int limit, BodyWith<? super T, ? extends R, ?> mapping) {
        return Stage.map(group, this, limit, mapping);
    }

    /**
     * Maps values in tasks of a group, as {@link #mapParallel}, and gives each result as soon as it is there.
     *
     * @param <R> the results
     * @param group in which the tasks run
     * @param limit how many at a time, at least 1
     * @param mapping the function, which may await
     * @return the results
     */
    default <R> Receiver<R> mapUnordered(TaskGroup group, int limit, BodyWith<? super T, ? extends R, ?> mapping) {
        return Stage.mapUnordered(group, this, limit, mapping);
    }

    /**
     * Collects values in lists by a task of a group: a list is given when it is full, when a time has passed since its first
     * value came, or when this receiver ends. Ends and failures go on as in {@link #mapParallel}.
     *
     * @param group in which the task runs
     * @param size how many values a list holds at most, at least 1
     * @param within how long a value waits at most for others to come
     * @return lists that are not empty
     */
    default Receiver<List<T>> batch(TaskGroup group, int size, Duration within) {
        return Stage.batch(group, this, size, within);
    }

    /**
     * Merges receivers by tasks of a group: each value comes as soon as it is there. The result ends when all have ended, and
     * fails with the first that fails. Ends and failures go on as in {@link #mapParallel} otherwise.
     *
     * @param <T> the values
     * @param group in which the tasks run
     * @param sources the receivers; without any it has ended
     * @return all their values
     */
    @SafeVarargs
    @SuppressWarnings("varargs") // the array is only read
    static <T> Receiver<T> merge(TaskGroup group, Receiver<? extends T>... sources) {
        return Stage.merge(group, List.of(sources));
    }

    /**
     * Gives the values to a subscriber of the JDK's {@link Flow}, as many as it asks for, by a task of a group.
     *
     * <p>There is one subscriber; a further one is refused by {@code onError}. The end of the channel is its {@code onComplete},
     * a failure its {@code onError}, and a cancellation of the group too. When the subscriber cancels, this receiver is closed.
     * It passes the verification of the Reactive Streams project.
     *
     * {@snippet class="dev.espalier.core.FlowTest" region="publisher"}
     *
     * <p><b>Threads.</b> Any thread may subscribe, request and cancel. The subscriber is called by the loop and must not block;
     * what it throws fails the group.
     *
     * @param group in which the task runs, once there is a subscriber
     * @return the publisher
     */
    default Flow.Publisher<T> toPublisher(TaskGroup group) {
        return new FlowPublisher<>(group, this);
    }

    /** Closes the channel from this end: values in it are dropped, and senders get {@link ChannelClosedException}. Idempotent. */
    @Override
    void close();
}

/** Looks one value ahead. */
final class ReceiverIterator<T> implements Iterator<T> {
    private final Receiver<T> receiver;
    private Optional<T> ahead = Optional.empty();

    ReceiverIterator(Receiver<T> receiver) {
        this.receiver = receiver;
    }

    @Override
    public boolean hasNext() {
        if (ahead.isEmpty()) {
            try {
                ahead = Optional.of(receiver.receive());
            } catch (ChannelClosedException e) {
                if (e.getCause() != null) {
                    throw e;
                }
            }
        }
        return ahead.isPresent();
    }

    @Override
    public T next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the channel has ended");
        }
        T value = ahead.orElseThrow();
        ahead = Optional.empty();
        return value;
    }
}
