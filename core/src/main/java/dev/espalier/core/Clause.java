package dev.espalier.core;

import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One of the things for which {@link Async#select} waits, and what to make of it. A clause holds no state: it can be
 * stored, and used in one select after the other, also by several tasks.
 *
 * <p>The functions only make a value of what was chosen; they run on the selecting task, after the choice, and should
 * not await: awaits belong after the select, in a {@code switch} over its result. What they throw comes out of the
 * select, and the choice stands.
 *
 * {@snippet class="dev.espalier.core.SelectTest" region="select"}
 *
 * @param <T> what it makes
 */
public final class Clause<T extends @Nullable Object> {
    /** What is waited for. */
    final Selectable source;

    private final @Nullable Function<@Nullable Object, ? extends T> mapping;
    private final @Nullable Supplier<? extends T> supplier; // in place of the mapping, where there is nothing to map

    @SuppressWarnings("unchecked") // the source gives what the function takes
    private Clause(Selectable source, Function<?, ? extends T> mapping) {
        this.source = source;
        this.mapping = (Function<@Nullable Object, ? extends T>) mapping;
        this.supplier = null;
    }

    private Clause(Selectable source, Supplier<? extends T> supplier) {
        this.source = source;
        this.mapping = null;
        this.supplier = supplier;
    }

    /**
     * A value from a receiver. If its channel has ended, the select throws as {@link Receiver#receive()} does; where
     * the end is expected use {@link #receiveOrEnd}.
     *
     * @param <A> the value
     * @param <T> what it makes
     * @param receiver of a channel, or any other
     * @param mapping what to make of the value
     * @return the clause
     */
    public static <A, T extends @Nullable Object> Clause<T> receive(
            Receiver<A> receiver, Function<? super A, ? extends T> mapping) {
        return new Clause<>(Selectables.of(receiver), mapping);
    }

    /**
     * A value from a receiver, or the end of its channel. An end by failure is not expected here either, and thrown.
     *
     * @param <A> the value
     * @param <T> what it makes
     * @param receiver of a channel, or any other
     * @param mapping what to make of the value
     * @param atEnd makes what stands for the end; chosen again and again once the channel has ended
     * @return the clause
     */
    public static <A, T extends @Nullable Object> Clause<T> receiveOrEnd(
            Receiver<A> receiver, Function<? super A, ? extends T> mapping, Supplier<? extends T> atEnd) {
        return new Clause<T>(new Selectables.OrEnd(Selectables.of(receiver)), (@Nullable Object got) -> {
            if (got == Selectables.OrEnd.END) {
                return atEnd.get();
            }
            @SuppressWarnings({"unchecked", "NullAway"}) // a receiver gives an A, never null
            A value = (A) got;
            return mapping.apply(value);
        });
    }

    /**
     * The sending of a value. If it cannot be sent any more, the select throws as {@link Sender#send} does.
     *
     * @param <A> the value
     * @param <T> what it makes
     * @param sender of a channel of this library
     * @param value the value, not null; it is sent only if this clause is chosen
     * @param sent makes the result
     * @return the clause
     * @throws IllegalArgumentException if the sender is of another kind, which a select cannot wait for
     */
    public static <A, T extends @Nullable Object> Clause<T> send(
            Sender<A> sender, A value, Supplier<? extends T> sent) {
        return new Clause<T>(Selectables.of(sender, value), sent);
    }

    /**
     * The end of something. If that is a failure or a cancellation, the select throws as {@link Awaitable#await()}
     * does.
     *
     * @param <A> the value
     * @param <T> what it makes
     * @param awaitable a task, a promise, or any other
     * @param mapping what to make of the value
     * @return the clause
     */
    public static <A extends @Nullable Object, T extends @Nullable Object> Clause<T> await(
            Awaitable<A> awaitable, Function<? super A, ? extends T> mapping) {
        return new Clause<>(Selectables.of(awaitable), mapping);
    }

    /**
     * The passing of time, counted from the moment the select is entered.
     *
     * @param <T> what it makes
     * @param duration how long; zero or negative: chosen if no other clause is ready, as {@link #otherwise}
     * @param passed makes the result
     * @return the clause
     */
    public static <T extends @Nullable Object> Clause<T> after(Duration duration, Supplier<? extends T> passed) {
        long nanos = Nanos.of(duration);
        return nanos <= 0 ? otherwise(passed) : new Clause<T>(new Selectables.After(nanos), passed);
    }

    /**
     * The next tick of an interval. It is taken only if this clause is chosen, so its ticks go on from select to
     * select.
     *
     * @param <T> what it makes
     * @param interval the interval
     * @param mapping what to make of the tick
     * @return the clause
     */
    public static <T extends @Nullable Object> Clause<T> tick(
            Interval interval, Function<? super Interval.Tick, ? extends T> mapping) {
        return new Clause<>(interval.asSource(), mapping);
    }

    /**
     * Chosen at once if no other clause is ready, so that the select does not wait.
     *
     * @param <T> what it makes
     * @param nothing makes the result
     * @return the clause
     */
    public static <T extends @Nullable Object> Clause<T> otherwise(Supplier<? extends T> nothing) {
        return new Clause<T>(Selectables.Fallback.INSTANCE, nothing);
    }

    /**
     * A permit of a semaphore. If this clause is chosen the task has the permit, and gives it back with {@link
     * AsyncSemaphore#release()}.
     *
     * @param <T> what it makes
     * @param semaphore the semaphore
     * @param acquired makes the result
     * @return the clause
     */
    public static <T extends @Nullable Object> Clause<T> acquire(
            AsyncSemaphore semaphore, Supplier<? extends T> acquired) {
        return new Clause<T>(semaphore.onePermit(), acquired);
    }

    /**
     * A mutex. If this clause is chosen the task holds it, and gives it back with {@link Mutex#unlock()}. If the task
     * holds it already, or the mutex is broken, the select throws as {@link Mutex#lock()} does.
     *
     * @param <T> what it makes
     * @param mutex the mutex
     * @param locked makes the result
     * @return the clause
     */
    public static <T extends @Nullable Object> Clause<T> lock(Mutex mutex, Supplier<? extends T> locked) {
        return new Clause<T>(mutex.entrance(), locked);
    }

    /**
     * An event; chosen again and again once it is set.
     *
     * @param <T> what it makes
     * @param event the event
     * @param happened makes the result
     * @return the clause
     */
    public static <T extends @Nullable Object> Clause<T> await(Event event, Supplier<? extends T> happened) {
        return new Clause<T>(event.gate(), happened);
    }

    /**
     * A ring of a bell, which is taken only if this clause is chosen.
     *
     * @param <T> what it makes
     * @param bell the bell
     * @param rung makes the result
     * @return the clause
     */
    public static <T extends @Nullable Object> Clause<T> await(Notify bell, Supplier<? extends T> rung) {
        return new Clause<T>(bell.place(), rung);
    }

    boolean isFallback() {
        return source == Selectables.Fallback.INSTANCE;
    }

    @SuppressWarnings("NullAway") // one of the two is there
    T map(@Nullable Object got) {
        return mapping == null ? supplier.get() : mapping.apply(got);
    }

    @Override
    public String toString() {
        return source.toString();
    }
}
