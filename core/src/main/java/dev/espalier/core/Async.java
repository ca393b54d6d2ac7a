package dev.espalier.core;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The functions of everyday use. Import them statically, or write {@code Async.run(…)} where a method of the enclosing class has
 * the same name: such a method hides the import whatever its parameters are, and {@code sleep} inside a {@link Thread} means
 * {@link Thread#sleep(Duration)}, which blocks the loop.
 *
 * {@snippet class="dev.espalier.core.SnippetsTest" region="gather"}
 */
public final class Async {
    private Async() {}

    // ---- entering

    /**
     * Runs a program: makes a loop, runs the body as its main task, ends what is left of its tasks, and closes the loop.
     *
     * <p><b>Threads.</b> The loop runs on a thread of its own; the caller waits. On the main thread of the JVM the first Ctrl-C
     * cancels the main task, the second ends the JVM with status 130 and tells what was still alive, and the third ends it on the
     * spot. There the end of the JVM, by SIGTERM for one, cancels the main task as well, and waits up to ten seconds for the run to
     * end; {@link System#exit} from a task does not wait. {@link LoopOptions} has these as options, for loops made by hand.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param body the main task
     * @return its value
     * @throws X as the body does
     * @throws CancelledError if the run was cancelled by Ctrl-C or by an interrupt of the caller. If Ctrl-C was it and nobody
     *     catches this, the JVM ends with status 130
     * @throws IllegalStateException if called inside a loop
     */
    public static <T extends @Nullable Object, X extends Throwable> T run(Body<? extends T, ? extends X> body) throws X {
        try (var loop = EventLoop.create(optionsHere())) {
            return loop.run(body);
        }
    }

    /**
     * Runs a program that returns nothing; as {@link #run(Body)}.
     *
     * @param <X> what the body throws
     * @param body the main task
     * @throws X as the body does
     */
    public static <X extends Throwable> void run(VoidBody<? extends X> body) throws X {
        try (var loop = EventLoop.create(optionsHere())) {
            loop.run(body);
        }
    }

    private static LoopOptions optionsHere() {
        LoopDriving.checkOutside("Async.run");
        boolean main = isMain(Thread.currentThread());
        return LoopOptions.defaults().withInterrupts(main).withShutdownHook(main);
    }

    /** The thread that the JVM began with. Its number differs between releases, its name and group do not. */
    private static boolean isMain(Thread thread) {
        ThreadGroup group = thread.getThreadGroup();
        return thread.getName().equals("main") && group != null && group.getName().equals("main");
    }

    /**
     * Ends the program from inside: cancels everything, lets the loop end, and then ends the JVM. In place of {@link
     * System#exit}, which would hold the loop while shutdown hooks run.
     *
     * @param status the exit status
     */
    @Awaits
    public static void exit(int status) {
        Task<?> me = Task.running();
        me.loop.driving().exit(status);
        me.checkpoint();
    }

    // ---- time

    /**
     * Waits for time to pass, never less than asked.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, it throws and leaves no timer.
     *
     * @param duration how long; zero or negative: as {@link #checkpoint()}
     */
    @Awaits
    public static void sleep(Duration duration) {
        Task.running().sleep(Nanos.of(duration));
    }

    /** Waits to be cancelled. */
    @Awaits
    public static void sleepForever() {
        Task.running().sleepForever();
    }

    /** Lets everything run that is ready now, and throws if the task is cancelled. For long computations. */
    @Awaits
    public static void checkpoint() {
        Task.running().checkpoint();
    }

    // ---- timeouts and shields

    /**
     * Runs a body with a time limit.
     *
     * <p><b>Cancellation.</b> When the limit passes, the body is cancelled and waited for. A body that has ended wins over a limit
     * that has passed; its own failure wins too. An outer limit passes through an inner one.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param limit how long, from now; zero or negative: its first await throws
     * @param body the body
     * @return its value
     * @throws X as the body does
     * @throws DeadlineExceededException if the limit unwound the body; the cause shows where the body was
     */
    @Awaits
    public static <T extends @Nullable Object, X extends Throwable> T timeout(
            Duration limit, Body<? extends T, ? extends X> body) throws X {
        return Limits.timeout(Nanos.of(limit), body);
    }

    /**
     * Runs a body with a time limit; as {@link #timeout(Duration, Body)}.
     *
     * @param <X> what the body throws
     * @param limit how long, from now
     * @param body the body
     * @throws X as the body does
     */
    @Awaits
    public static <X extends Throwable> void timeout(Duration limit, VoidBody<? extends X> body) throws X {
        Limits.<@Nullable Object, X>timeout(Nanos.of(limit), valued(body));
    }

    /**
     * Runs a body with a deadline; as {@link #timeout(Duration, Body)}.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param deadline when
     * @param body the body
     * @return its value
     * @throws X as the body does
     */
    @Awaits
    public static <T extends @Nullable Object, X extends Throwable> T timeout(
            Deadline deadline, Body<? extends T, ? extends X> body) throws X {
        return Limits.timeout(deadline.nanos() - EventLoop.current().now(), body);
    }

    /**
     * Runs a body with a deadline; as {@link #timeout(Duration, Body)}.
     *
     * @param <X> what the body throws
     * @param deadline when
     * @param body the body
     * @throws X as the body does
     */
    @Awaits
    public static <X extends Throwable> void timeout(Deadline deadline, VoidBody<? extends X> body) throws X {
        Limits.<@Nullable Object, X>timeout(deadline.nanos() - EventLoop.current().now(), valued(body));
    }

    /**
     * Runs a body with a time limit and goes on without its value when the limit passes.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param limit how long, from now; zero or negative: its first await throws
     * @param body the body; its value must not be null
     * @return its value; empty if the limit unwound it
     * @throws X as the body does
     */
    @Awaits
    public static <T, X extends Throwable> Optional<T> moveOnAfter(Duration limit, Body<? extends T, ? extends X> body)
            throws X {
        return CancelScope.call(scope -> {
            scope.reschedule(Deadline.after(limit));
            return body.run();
        });
    }

    /**
     * Runs a body with a time limit and goes on when it passes.
     *
     * @param <X> what the body throws
     * @param limit how long, from now; zero or negative: its first await throws
     * @param body the body
     * @return true if the body ended by itself
     * @throws X as the body does
     */
    @Awaits
    public static <X extends Throwable> boolean moveOnAfter(Duration limit, VoidBody<? extends X> body) throws X {
        return CancelScope.run(scope -> {
            scope.reschedule(Deadline.after(limit));
            body.run();
        });
    }

    /**
     * Runs a body that a cancellation from outside does not reach, for clean-up that must await. The time it may take is
     * mandatory.
     *
     * <p><b>Cancellation.</b> None from outside, until the grace of {@link CancelScope#cancel(String, Duration)} is over; its own
     * limit still works. The next await after it throws if the task is cancelled.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param cleanup how long it may take, from now
     * @param body the body
     * @return its value
     * @throws X as the body does
     * @throws DeadlineExceededException if the limit unwound the body
     */
    @Awaits
    public static <T extends @Nullable Object, X extends Throwable> T shield(
            Duration cleanup, Body<? extends T, ? extends X> body) throws X {
        return Limits.shield(Nanos.of(cleanup), body);
    }

    /**
     * Runs a body that a cancellation from outside does not reach; as {@link #shield(Duration, Body)}.
     *
     * @param <X> what the body throws
     * @param cleanup how long it may take, from now
     * @param body the body
     * @throws X as the body does
     */
    @Awaits
    public static <X extends Throwable> void shield(Duration cleanup, VoidBody<? extends X> body) throws X {
        Limits.<@Nullable Object, X>shield(Nanos.of(cleanup), valued(body));
    }

    /**
     * Runs a body inside a {@linkplain #shield shield} that a cancellation from outside reaches all the same: for the part of a
     * shielded region that may be given up. Without a shield around it, it just runs the body.
     *
     * {@snippet class="dev.espalier.core.ScopeSnippetsTest" region="unshield"}
     *
     * <p><b>Cancellation.</b> As if the nearest shield around were not there. The error may be caught inside the shield; what
     * follows there is shielded again. The limit of the shield holds for the body too.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param body the body
     * @return its value
     * @throws X as the body does
     */
    @Awaits
    public static <T extends @Nullable Object, X extends Throwable> T unshield(Body<? extends T, ? extends X> body) throws X {
        return Limits.unshield(body);
    }

    /**
     * Runs a body inside a shield that a cancellation from outside reaches all the same; as {@link #unshield(Body)}.
     *
     * @param <X> what the body throws
     * @param body the body
     * @throws X as the body does
     */
    @Awaits
    public static <X extends Throwable> void unshield(VoidBody<? extends X> body) throws X {
        Limits.<@Nullable Object, X>unshield(valued(body));
    }

    private static <X extends Throwable> Body<@Nullable Object, X> valued(VoidBody<? extends X> body) {
        return () -> {
            body.run();
            return null;
        };
    }

    // ---- many at once

    /**
     * Runs two bodies concurrently and combines their values. A failure cancels the others; all are waited for.
     *
     * @param <A> the first value
     * @param <B> the second value
     * @param <R> the result
     * @param <X> what the combiner throws
     * @param first the first body
     * @param second the second body
     * @param combine makes the result, such as {@code Page::new}
     * @return the result
     * @throws X as the combiner does
     * @throws GroupException if a body failed
     */
    @Awaits
    public static <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object, X extends Throwable>
            R gather(Body<A, ?> first, Body<B, ?> second, Combine2<? super A, ? super B, ? extends R, ? extends X> combine)
                    throws X {
        return Gather.two(first, second, combine);
    }

    /**
     * Runs three bodies concurrently and combines their values; as {@link #gather(Body, Body, Combine2)}.
     *
     * @param <A> the first value
     * @param <B> the second value
     * @param <C> the third value
     * @param <R> the result
     * @param <X> what the combiner throws
     * @param first the first body
     * @param second the second body
     * @param third the third body
     * @param combine makes the result
     * @return the result
     * @throws X as the combiner does
     * @throws GroupException if a body failed
     */
    @Awaits
    public static <
                    A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object,
                    R extends @Nullable Object, X extends Throwable>
            R gather(
                    Body<A, ?> first,
                    Body<B, ?> second,
                    Body<C, ?> third,
                    Combine3<? super A, ? super B, ? super C, ? extends R, ? extends X> combine)
                    throws X {
        return Gather.three(first, second, third, combine);
    }

    /**
     * Runs four bodies concurrently and combines their values; as {@link #gather(Body, Body, Combine2)}.
     *
     * @param <A> the first value
     * @param <B> the second value
     * @param <C> the third value
     * @param <D> the fourth value
     * @param <R> the result
     * @param <X> what the combiner throws
     * @param first the first body
     * @param second the second body
     * @param third the third body
     * @param fourth the fourth body
     * @param combine makes the result
     * @return the result
     * @throws X as the combiner does
     * @throws GroupException if a body failed
     */
    @Awaits
    public static <
                    A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object,
                    D extends @Nullable Object, R extends @Nullable Object, X extends Throwable>
            R gather(
                    Body<A, ?> first,
                    Body<B, ?> second,
                    Body<C, ?> third,
                    Body<D, ?> fourth,
                    Combine4<? super A, ? super B, ? super C, ? super D, ? extends R, ? extends X> combine)
                    throws X {
        return Gather.four(first, second, third, fourth, combine);
    }

    /**
     * Runs five bodies concurrently and combines their values; as {@link #gather(Body, Body, Combine2)}.
     *
     * @param <A> the first value
     * @param <B> the second value
     * @param <C> the third value
     * @param <D> the fourth value
     * @param <E> the fifth value
     * @param <R> the result
     * @param <X> what the combiner throws
     * @param first the first body
     * @param second the second body
     * @param third the third body
     * @param fourth the fourth body
     * @param fifth the fifth body
     * @param combine makes the result
     * @return the result
     * @throws X as the combiner does
     * @throws GroupException if a body failed
     */
    @Awaits
    public static <
                    A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object,
                    D extends @Nullable Object, E extends @Nullable Object, R extends @Nullable Object,
                    X extends Throwable>
            R gather(
                    Body<A, ?> first,
                    Body<B, ?> second,
                    Body<C, ?> third,
                    Body<D, ?> fourth,
                    Body<E, ?> fifth,
                    Combine5<? super A, ? super B, ? super C, ? super D, ? super E, ? extends R, ? extends X> combine)
                    throws X {
        return Gather.five(first, second, third, fourth, fifth, combine);
    }

    /**
     * Runs bodies concurrently. A failure cancels the others; all are waited for.
     *
     * @param <T> the values
     * @param bodies the bodies
     * @return their values, in the order of the bodies
     * @throws GroupException if a body failed
     */
    @Awaits
    @SafeVarargs
    @SuppressWarnings("varargs") // the array is only read
    public static <T extends @Nullable Object> List<T> gather(Body<? extends T, ?>... bodies) {
        return Gather.all(Arrays.asList(bodies));
    }

    /**
     * Runs bodies concurrently. A failure cancels the others; all are waited for.
     *
     * @param bodies the bodies
     * @throws GroupException if a body failed
     */
    @Awaits
    public static void gather(VoidBody<?>... bodies) {
        TaskGroup.run(group -> {
            for (VoidBody<?> body : bodies) {
                group.start(body);
            }
        });
    }

    /**
     * Runs bodies concurrently. A failure cancels the others; all are waited for.
     *
     * @param <T> the values
     * @param bodies the bodies
     * @return their values, in the order of the bodies
     * @throws GroupException if a body failed
     */
    @Awaits
    public static <T extends @Nullable Object> List<T> gather(Collection<? extends Body<? extends T, ?>> bodies) {
        return Gather.all(bodies);
    }

    /**
     * Runs bodies concurrently until the first has ended, well or badly, and cancels the others. All are waited for.
     *
     * @param <T> the value
     * @param bodies the bodies, at least one
     * @return the value of the first that ended, if it ended well
     * @throws TaskFailedException if the first that ended failed
     */
    @Awaits
    @SafeVarargs
    @SuppressWarnings("varargs") // the array is only read
    public static <T extends @Nullable Object> T race(Body<? extends T, ?>... bodies) {
        return Race.first(Arrays.asList(bodies));
    }

    /**
     * As {@link #race(Body...)}.
     *
     * @param <T> the value
     * @param bodies the bodies, at least one
     * @return the value of the first that ended, if it ended well
     * @throws TaskFailedException if the first that ended failed
     */
    @Awaits
    public static <T extends @Nullable Object> T race(Collection<? extends Body<? extends T, ?>> bodies) {
        return Race.first(bodies);
    }

    /**
     * Runs bodies concurrently until one has ended well, and cancels the others. All are waited for.
     *
     * @param <T> the value
     * @param bodies the bodies, at least one
     * @return the value of the first that ended well
     * @throws GroupException if all failed
     */
    @Awaits
    @SafeVarargs
    @SuppressWarnings("varargs") // the array is only read
    public static <T extends @Nullable Object> T firstSuccess(Body<? extends T, ?>... bodies) {
        return Race.firstSuccess(Arrays.asList(bodies));
    }

    /**
     * As {@link #firstSuccess(Body...)}.
     *
     * @param <T> the value
     * @param bodies the bodies, at least one
     * @return the value of the first that ended well
     * @throws GroupException if all failed
     */
    @Awaits
    public static <T extends @Nullable Object> T firstSuccess(Collection<? extends Body<? extends T, ?>> bodies) {
        return Race.firstSuccess(bodies);
    }

    /**
     * Runs bodies one after the other, each beginning a while after the one before, or at once when that one has
     * failed, until one has ended well; the others are cancelled, and all are waited for. This is how one connects to a
     * host with several addresses (Happy Eyeballs, RFC 8305).
     *
     * <p>A loser that ends well all the same has nobody to take its value: if that is an {@link AutoCloseable} it is
     * closed, in all races.
     *
     * @param <T> the value
     * @param delay how long each has before the next begins; zero or negative: all begin at once
     * @param bodies the bodies, at least one, by preference
     * @return the value of the first that ended well
     * @throws GroupException if all failed
     */
    @Awaits
    @SafeVarargs
    @SuppressWarnings("varargs") // the array is only read
    public static <T extends @Nullable Object> T staggeredRace(Duration delay, Body<? extends T, ?>... bodies) {
        return Race.staggered(delay, Arrays.asList(bodies));
    }

    /**
     * As {@link #staggeredRace(Duration, Body...)}.
     *
     * @param <T> the value
     * @param delay how long each has before the next begins; zero or negative: all begin at once
     * @param bodies the bodies, at least one, by preference
     * @return the value of the first that ended well
     * @throws GroupException if all failed
     */
    @Awaits
    public static <T extends @Nullable Object> T staggeredRace(
            Duration delay, Collection<? extends Body<? extends T, ?>> bodies) {
        return Race.staggered(delay, bodies);
    }

    /**
     * Runs a body, and a second time beside it if it has not ended well after a while, or at once if it failed sooner.
     * The first success wins and cancels the other. For requests that are seldom slow and may safely be made twice.
     *
     * @param <T> the value
     * @param delay how long the first attempt has before the second begins
     * @param body the body; it may run twice at the same time
     * @return the value of the first attempt that ended well
     * @throws GroupException if both failed
     */
    @Awaits
    public static <T extends @Nullable Object> T hedge(Duration delay, Body<? extends T, ?> body) {
        return Race.staggered(delay, List.of(body, body));
    }

    /**
     * Runs a body, and a second time beside it if need be; as {@link #hedge(Duration, Body)}.
     *
     * @param delay how long the first attempt has before the second begins
     * @param body the body; it may run twice at the same time
     * @throws GroupException if both failed
     */
    @Awaits
    public static void hedge(Duration delay, VoidBody<?> body) {
        Body<@Nullable Object, ?> valued = valued(body);
        Race.<@Nullable Object>staggered(delay, List.of(valued, valued));
    }

    /**
     * Runs a body for each item, some at a time. A failure cancels the others; all are waited for.
     *
     * <p>The input is read by the calling task, and only when there is room for one more, so it may be long and may
     * await. What it throws comes out as itself.
     *
     * @param <A> the items
     * @param <T> the values
     * @param limit how many items are worked on at once, from 1
     * @param items the input
     * @param body what to make of an item
     * @return the values, in the order of the items
     * @throws GroupException if a body failed
     */
    @Awaits
    public static <A extends @Nullable Object, T extends @Nullable Object> List<T> parallelMap(
            int limit, Iterable<? extends A> items, BodyWith<? super A, ? extends T, ?> body) {
        return Parallel.map(limit, items, body);
    }

    /**
     * Runs a body for each item, some at a time; as {@link #parallelMap}. It keeps nothing of items that are done, so
     * the input may have no end.
     *
     * @param <A> the items
     * @param limit how many items are worked on at once, from 1
     * @param items the input
     * @param body what to do with an item
     * @throws GroupException if a body failed
     */
    @Awaits
    public static <A extends @Nullable Object> void parallelForEach(
            int limit, Iterable<? extends A> items, VoidBodyWith<? super A, ?> body) {
        Parallel.forEach(limit, items, body);
    }

    // ---- waiting for many

    /**
     * Waits until at least one has ended, well or badly. It throws no failure of theirs and cancels nothing.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, the task stops waiting and nothing else changes. Put a time
     * limit around it and read {@link Awaitable#state()} if the limit passes.
     *
     * @param <A> what is waited for, such as {@code Task<String>}
     * @param awaitables what to wait for, at least one
     * @return those that have ended and those that have not, each in the given order
     */
    @Awaits
    public static <A extends Awaitable<?>> DoneAndPending<A> awaitAny(Collection<? extends A> awaitables) {
        if (awaitables.isEmpty()) {
            throw new IllegalArgumentException("to wait for any of nothing would wait for ever");
        }
        return Completions.<A>await(awaitables, 1, false);
    }

    /**
     * Waits until all have ended, well or badly; as {@link #awaitAny}.
     *
     * @param <A> what is waited for
     * @param awaitables what to wait for
     * @return those that have ended: all
     */
    @Awaits
    public static <A extends Awaitable<?>> DoneAndPending<A> awaitAll(Collection<? extends A> awaitables) {
        return Completions.<A>await(awaitables, awaitables.size(), false);
    }

    /**
     * Waits until one has failed or all have ended; as {@link #awaitAny}. A cancellation is an end, but no failure.
     *
     * @param <A> what is waited for
     * @param awaitables what to wait for
     * @return those that have ended and those that have not, each in the given order
     */
    @Awaits
    public static <A extends Awaitable<?>> DoneAndPending<A> awaitAllOrFailure(Collection<? extends A> awaitables) {
        return Completions.<A>await(awaitables, awaitables.size(), true);
    }

    /**
     * What has ended and what has not.
     *
     * @param <A> what was waited for
     * @param done those that have ended
     * @param pending those that have not
     */
    public record DoneAndPending<A extends Awaitable<?>>(List<A> done, List<A> pending) {
        /** Keeps copies. */
        public DoneAndPending {
            done = List.copyOf(done);
            pending = List.copyOf(pending);
        }
    }

    /**
     * Goes through tasks in the order in which they end. Those that have ended before come first, in the given order.
     * It throws no failure of theirs and cancels nothing; call {@link Awaitable#result()} on what comes.
     *
     * <p><b>Cancellation.</b> {@code next} awaits; cancelled while waiting, nothing was taken.
     *
     * @param <A> what is waited for, such as {@code Task<String>}
     * @param awaitables what to wait for
     * @return iterable by one task at a time; each iterator begins anew
     */
    public static <A extends Awaitable<?>> Iterable<A> asCompleted(Collection<? extends A> awaitables) {
        return () -> new Completions<A>(awaitables);
    }

    // ---- again and again

    /**
     * Runs a body, and again after a failure, as a policy says.
     *
     * <p><b>Cancellation.</b> No attempt follows, and what failed before is suppressed in the cancellation. If a
     * deadline is near, the last failure comes out before it passes.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param policy how often, after how long, and after which failures
     * @param body the body
     * @return the value of the attempt that ended well
     * @throws X the failure of the last attempt, with the earlier ones (the last 16) suppressed in it
     */
    @Awaits
    public static <T extends @Nullable Object, X extends Throwable> T retry(
            RetryPolicy policy, Body<? extends T, ? extends X> body) throws X {
        return Retry.run(policy, body);
    }

    /**
     * Runs a body, and again after a failure; as {@link #retry(RetryPolicy, Body)}.
     *
     * @param <X> what the body throws
     * @param policy how often, after how long, and after which failures
     * @param body the body
     * @throws X the failure of the last attempt
     */
    @Awaits
    public static <X extends Throwable> void retry(RetryPolicy policy, VoidBody<? extends X> body) throws X {
        Retry.<@Nullable Object, X>run(policy, valued(body));
    }

    /**
     * Runs a body at each tick of an {@link Interval}, the first time after one period, for ever: until it fails or the
     * task is cancelled. A body that takes longer than the period leaves out the ticks it missed. For other ways use an
     * {@code Interval}; to run it beside other work, start it in a group.
     *
     * @param <X> what the body throws
     * @param period the time between the beginnings of two runs, positive
     * @param body the body
     * @throws X as the body does
     */
    @Awaits
    public static <X extends Throwable> void every(Duration period, VoidBody<? extends X> body) throws X {
        Interval interval = Interval.every(period);
        while (true) {
            interval.next();
            body.run();
        }
    }

    /**
     * Combines two values.
     *
     * @param <A> the first
     * @param <B> the second
     * @param <R> the result
     * @param <X> what it throws
     */
    @FunctionalInterface
    public interface Combine2<
            A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object, X extends Throwable> {
        /**
         * Combines.
         *
         * @param first the first value
         * @param second the second value
         * @return the result
         * @throws X as declared
         */
        R combine(A first, B second) throws X;
    }

    /**
     * Combines three values.
     *
     * @param <A> the first
     * @param <B> the second
     * @param <C> the third
     * @param <R> the result
     * @param <X> what it throws
     */
    @FunctionalInterface
    public interface Combine3<
            A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object,
            R extends @Nullable Object, X extends Throwable> {
        /**
         * Combines.
         *
         * @param first the first value
         * @param second the second value
         * @param third the third value
         * @return the result
         * @throws X as declared
         */
        R combine(A first, B second, C third) throws X;
    }

    /**
     * Combines four values.
     *
     * @param <A> the first
     * @param <B> the second
     * @param <C> the third
     * @param <D> the fourth
     * @param <R> the result
     * @param <X> what it throws
     */
    @FunctionalInterface
    public interface Combine4<
            A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object,
            D extends @Nullable Object, R extends @Nullable Object, X extends Throwable> {
        /**
         * Combines.
         *
         * @param first the first value
         * @param second the second value
         * @param third the third value
         * @param fourth the fourth value
         * @return the result
         * @throws X as declared
         */
        R combine(A first, B second, C third, D fourth) throws X;
    }

    /**
     * Combines five values.
     *
     * @param <A> the first
     * @param <B> the second
     * @param <C> the third
     * @param <D> the fourth
     * @param <E> the fifth
     * @param <R> the result
     * @param <X> what it throws
     */
    @FunctionalInterface
    public interface Combine5<
            A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object,
            D extends @Nullable Object, E extends @Nullable Object, R extends @Nullable Object, X extends Throwable> {
        /**
         * Combines.
         *
         * @param first the first value
         * @param second the second value
         * @param third the third value
         * @param fourth the fourth value
         * @param fifth the fifth value
         * @return the result
         * @throws X as declared
         */
        R combine(A first, B second, C third, D fourth, E fifth) throws X;
    }

    // ---- choosing

    /**
     * Waits for several things at once and takes the first that is ready: exactly one clause is chosen, and nothing is
     * taken from the others. If several are ready, the search begins at a random one, so each is chosen with a
     * probability of at least one in the number of clauses, however often the others are ready. {@link #selectInOrder}
     * prefers the first.
     *
     * {@snippet class="dev.espalier.core.SelectTest" region="select"}
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, no clause was chosen and nothing was taken. If a clause is
     * served in the same tick, its value is returned and the next await throws. <b>Ordering.</b> In each queue it
     * stands where a task would that waited there alone.
     *
     * @param <T> what the clauses make
     * @param clauses the clauses, at least one
     * @return what the chosen clause made
     * @throws ChannelClosedException if a channel of a clause has ended
     * @throws TaskFailedException if what an {@link Clause#await} clause waited for failed, and that was first
     * @throws TaskCancelledException if it was cancelled, and that was first
     */
    @Awaits
    @SafeVarargs
    @SuppressWarnings("varargs") // the array is only read
    public static <T extends @Nullable Object> T select(Clause<? extends T>... clauses) {
        return Select.select(clauses, false);
    }

    /**
     * As {@link #select}; if several clauses are ready, the first of them is chosen. A clause before the others that is
     * always ready starves them.
     *
     * @param <T> what the clauses make
     * @param clauses the clauses, at least one, by preference
     * @return what the chosen clause made
     */
    @Awaits
    @SafeVarargs
    @SuppressWarnings("varargs") // the array is only read
    public static <T extends @Nullable Object> T selectInOrder(Clause<? extends T>... clauses) {
        return Select.select(clauses, true);
    }

    // ---- the world outside

    /**
     * Waits for a future of the JDK.
     *
     * <p><b>Cancellation.</b> Cancels the stage, if it can be, and throws.
     *
     * @param <T> the value
     * @param stage what to wait for
     * @return its value
     * @throws TaskFailedException if it failed; the failure is the cause
     * @throws TaskCancelledException if it, and not the caller, was cancelled
     */
    @Awaits
    public static <T extends @Nullable Object> T await(CompletionStage<T> stage) {
        return ForeignWait.<T, RuntimeException>await(stage, null);
    }

    /**
     * Waits for a future of the JDK; as {@link #await(CompletionStage)}.
     *
     * @param <T> the value
     * @param future what to wait for
     * @return its value
     */
    @Awaits
    public static <T extends @Nullable Object> T await(CompletableFuture<T> future) {
        return ForeignWait.<T, RuntimeException>await(future, null);
    }

    /**
     * Waits for a future of the JDK; as {@link #await(CompletionStage)}. If it is no {@code CompletionStage}, an
     * offload thread waits for it.
     *
     * @param <T> the value
     * @param future what to wait for
     * @return its value
     */
    @Awaits
    public static <T extends @Nullable Object> T await(Future<T> future) {
        return ForeignWait.await(future);
    }

    /**
     * Waits for a future of the JDK; a failure of the given type comes out as itself.
     *
     * <p><b>Cancellation.</b> As {@link #await(CompletionStage)}.
     *
     * @param <T> the value
     * @param <X> the type
     * @param stage what to wait for
     * @param failure the type of failure to throw unwrapped
     * @return its value
     * @throws X if it failed with one of those
     */
    @Awaits
    public static <T extends @Nullable Object, X extends Throwable> T await(CompletionStage<T> stage, Class<X> failure)
            throws X {
        return ForeignWait.<T, X>await(stage, failure);
    }

    /**
     * Runs a body that blocks on another thread, and waits for it.
     *
     * <p><b>Cancellation.</b> A body that has not begun never runs. One that runs is interrupted and waited for: if it
     * then returns a value, that is returned and the next await throws; if it throws, the cancellation goes on, with
     * that failure suppressed in it. A body that asks whether it is cancelled asks {@link Thread#isInterrupted()}.
     * {@link #offloadAbandoning(Body)} does not wait. <b>Threads.</b> At most {@link LoopOptions#offloadThreads()}
     * bodies run at once; further ones queue, first come, first served. The thread bears the name of the task while it
     * runs for it.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param body the body; it must not touch anything of the loop
     * @return its value
     * @throws X as the body does
     */
    @Awaits
    public static <T extends @Nullable Object, X extends Throwable> T offload(Body<? extends T, ? extends X> body) throws X {
        return EventLoop.current().offload().run(Offload.OnCancel.INTERRUPT, body);
    }

    /**
     * Runs a body that blocks on another thread, and waits for it; as {@link #offload(Body)}.
     *
     * @param <X> what the body throws
     * @param body the body; it must not touch anything of the loop
     * @throws X as the body does
     */
    @Awaits
    public static <X extends Throwable> void offload(VoidBody<? extends X> body) throws X {
        EventLoop.current().offload().<@Nullable Object, X>run(Offload.OnCancel.INTERRUPT, valued(body));
    }

    /**
     * Runs a body that blocks on another thread when a limiter has a place for it, and waits for it; as {@link #offload(Body)}.
     *
     * <p><b>Cancellation.</b> Waiting for a place, the body never runs and no place is taken. The place is given back when the
     * body has ended.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param limiter how many bodies of this sort may run at once, beside {@link LoopOptions#offloadThreads()}
     * @param body the body; it must not touch anything of the loop
     * @return its value
     * @throws X as the body does
     */
    @Awaits
    public static <T extends @Nullable Object, X extends Throwable> T offload(
            CapacityLimiter limiter, Body<? extends T, ? extends X> body) throws X {
        return EventLoop.current().offload().run(limiter, Offload.OnCancel.INTERRUPT, body);
    }

    /**
     * Runs a body that blocks on another thread when a limiter has a place for it; as {@link #offload(CapacityLimiter, Body)}.
     *
     * @param <X> what the body throws
     * @param limiter how many bodies of this sort may run at once
     * @param body the body; it must not touch anything of the loop
     * @throws X as the body does
     */
    @Awaits
    public static <X extends Throwable> void offload(CapacityLimiter limiter, VoidBody<? extends X> body) throws X {
        EventLoop.current().offload().<@Nullable Object, X>run(limiter, Offload.OnCancel.INTERRUPT, valued(body));
    }

    /**
     * Runs a body that blocks and cannot be interrupted on another thread, and waits for it, but not longer than the
     * task wants.
     *
     * {@snippet class="dev.espalier.core.LoopSnippetsTest" region="abandon"}
     *
     * <p><b>Cancellation.</b> A body that has not begun never runs. One that runs is abandoned: this throws at once,
     * and the thread goes on. It counts against {@link LoopOptions#offloadThreads()} until it ends; its value is
     * dropped, so the body must not return what has to be closed, and its failure goes to the error sink. When the loop
     * is closed it is interrupted, and reported if that does not end it in time.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param body the body; it must not touch anything of the loop
     * @return its value
     * @throws X as the body does
     */
    @Awaits
    public static <T extends @Nullable Object, X extends Throwable> T offloadAbandoning(Body<? extends T, ? extends X> body)
            throws X {
        return EventLoop.current().offload().run(Offload.OnCancel.ABANDON, body);
    }

    /**
     * Runs a body that blocks and cannot be interrupted on another thread; as {@link #offloadAbandoning(Body)}.
     *
     * @param <X> what the body throws
     * @param body the body; it must not touch anything of the loop
     * @throws X as the body does
     */
    @Awaits
    public static <X extends Throwable> void offloadAbandoning(VoidBody<? extends X> body) throws X {
        EventLoop.current().offload().<@Nullable Object, X>run(Offload.OnCancel.ABANDON, valued(body));
    }

    /**
     * Runs a body that blocks and cannot be interrupted on another thread when a limiter has a place for it; as {@link
     * #offloadAbandoning(Body)}.
     *
     * <p><b>Cancellation.</b> Waiting for a place, the body never runs and no place is taken. An abandoned body keeps its place
     * until it ends.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param limiter how many bodies of this sort may run at once
     * @param body the body; it must not touch anything of the loop
     * @return its value
     * @throws X as the body does
     */
    @Awaits
    public static <T extends @Nullable Object, X extends Throwable> T offloadAbandoning(
            CapacityLimiter limiter, Body<? extends T, ? extends X> body) throws X {
        return EventLoop.current().offload().run(limiter, Offload.OnCancel.ABANDON, body);
    }

    /**
     * Runs a body that blocks and cannot be interrupted on another thread when a limiter has a place for it; as {@link
     * #offloadAbandoning(CapacityLimiter, Body)}.
     *
     * @param <X> what the body throws
     * @param limiter how many bodies of this sort may run at once
     * @param body the body; it must not touch anything of the loop
     * @throws X as the body does
     */
    @Awaits
    public static <X extends Throwable> void offloadAbandoning(CapacityLimiter limiter, VoidBody<? extends X> body) throws X {
        EventLoop.current().offload().<@Nullable Object, X>run(limiter, Offload.OnCancel.ABANDON, valued(body));
    }
}
