package dev.espalier.process;

import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaits;
import dev.espalier.core.CancelledError;
import dev.espalier.core.Receiver;
import dev.espalier.core.TaskGroup;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A pool of child JVMs that run functions of this program.
 *
 * {@snippet class="dev.espalier.process.SnippetsTest" region="pool"}
 *
 * <p>Functions are lambdas, method references or serialisable objects. What they capture, their argument and their
 * value travel as copies: primitives, strings, enums, records, arrays, the common collections, {@code java.time}, and
 * everything that is {@link Serializable} or has a {@link ValueCodec}. What is shared inside of one of these stays
 * shared, collections and arrays may hold themselves, and values may be nested 512 deep. The value of a task that fails is its exception, with
 * the child's stack as {@linkplain RemoteTaskException innermost cause}. Tasks run in a child one after the other;
 * static state there is shared by the tasks that happen to run in it.
 *
 * <p>A child that dies fails the task that ran there, with {@link WorkerLostException}, and is replaced; tasks that had
 * not started go to another child. No task is ever begun twice, unless {@link TaskOptions#attempts()} allow it. No child
 * outlives this process, however it ends.
 *
 * <p><b>Threads.</b> A pool belongs to the loop on which it was opened.
 */
public final class ProcessPool implements AutoCloseable {
    /** The results of a map are kept anyway; this many calls keep all workers busy. */
    private static final MapOptions MAP = MapOptions.defaults().withLookahead(1 << 17);

    private final PoolCalls calls;
    private final Lane lane;

    private ProcessPool(PoolCalls calls, TaskOptions options) {
        this.calls = calls;
        this.lane = new Lane(options);
    }

    /**
     * Opens a pool: starts its children and waits until the first of them is ready.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, all children are ended and there is no pool.
     *
     * @param options how
     * @return the pool, to be closed
     * @throws WorkerLostException if no child can be started; holds what they printed
     * @throws IllegalStateException inside a child of a pool: a static initialiser that opens a pool would do so in
     *         each child
     * @throws java.io.UncheckedIOException if there is no place for the pool's sockets
     */
    @Awaits
    public static ProcessPool open(PoolOptions options) {
        if (RemoteMain.depth() > 0) {
            throw new IllegalStateException("this is a child of a pool, and a child cannot open a pool of its own (a"
                    + " class may open one while it is initialised); hand the work back to the parent instead");
        }
        return new ProcessPool(new PoolCalls(PoolCore.open(options)), TaskOptions.defaults());
    }

    /**
     * Gives the same pool with other options for the tasks that it makes: name, priority, key, attempts and limit. The
     * children, the queue and the numbers of the tasks are shared, and closing either of them closes the pool.
     *
     * <p><b>Ordering.</b> Of the tasks that wait, those with the highest priority go first. Among equals, views and
     * streams take turns, one task each, so that a view with a thousand tasks keeps no other one waiting for long; the
     * tasks of one view go in the order in which they were submitted.
     *
     * @param tasks how the tasks of the view are run
     * @return a view of this pool
     */
    public ProcessPool with(TaskOptions tasks) {
        return new ProcessPool(calls, tasks);
    }

    /**
     * Runs a body in a child and waits for its value; first for room in the queue, as {@link #submit(RemoteBody)} does.
     * An array of numbers of 32 KiB or more is not copied before it is sent: nobody should change it until this returns.
     *
     * <p><b>Cancellation.</b> Reaches the child, see {@link RemoteTask#cancel}; this waits until nothing of the body
     * runs any more.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param body the body
     * @return its value
     * @throws X as the body does
     * @throws WorkerLostException if the child died
     * @throws RemoteTaskException if something of it cannot travel back
     * @throws IllegalArgumentException if something it captures cannot travel
     * @throws IllegalStateException if the pool is closed
     */
    @Awaits
    public <T extends @Nullable Object, X extends Throwable> T call(RemoteBody<? extends T, ? extends X> body)
            throws X {
        return this.<T, X>awaitEnd(this.<T>lent(body));
    }

    /**
     * Runs a body in a child and waits for its end; as {@link #call(RemoteBody)}.
     *
     * @param <X> what the body throws
     * @param body the body
     * @throws X as the body does
     */
    @Awaits
    public <X extends Throwable> void call(RemoteVoidBody<? extends X> body) throws X {
        this.<@Nullable Object, X>awaitEnd(this.<@Nullable Object>lent(body));
    }

    /**
     * Applies a function in a child and waits for its value; as {@link #call(RemoteBody)}.
     *
     * @param <A> the argument
     * @param <T> the value
     * @param <X> what the function throws
     * @param function the function
     * @param argument its argument
     * @return its value
     * @throws X as the function does
     */
    @Awaits
    public <A extends @Nullable Object, T extends @Nullable Object, X extends Throwable> T call(
            RemoteFunction<? super A, ? extends T, ? extends X> function, A argument) throws X {
        return this.<T, X>awaitEnd(this.<T>lent(function, argument));
    }

    /**
     * Applies a function of two arguments in a child and waits for its value; as {@link #call(RemoteFunction, Object)}.
     * They need not be captured, so that the function can be a method reference.
     *
     * @param <A> the first argument
     * @param <B> the second argument
     * @param <T> the value
     * @param <X> what the function throws
     * @param function the function
     * @param first its first argument
     * @param second its second argument
     * @return its value
     * @throws X as the function does
     */
    @Awaits
    public <A extends @Nullable Object, B extends @Nullable Object,
            T extends @Nullable Object, X extends Throwable> T call(
            RemoteFunction.Of2<? super A, ? super B, ? extends T, ? extends X> function,
            A first, B second) throws X {
        return this.<T, X>awaitEnd(this.<T>lent(function, first, second));
    }

    /**
     * Applies a function of three arguments in a child and waits for its value; as
     * {@link #call(RemoteFunction, Object)}.
     *
     * @param <A> the first argument
     * @param <B> the second argument
     * @param <C> the third argument
     * @param <T> the value
     * @param <X> what the function throws
     * @param function the function
     * @param first its first argument
     * @param second its second argument
     * @param third its third argument
     * @return its value
     * @throws X as the function does
     */
    @Awaits
    public <A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object,
            T extends @Nullable Object, X extends Throwable> T call(
            RemoteFunction.Of3<? super A, ? super B, ? super C, ? extends T, ? extends X> function,
            A first, B second, C third) throws X {
        return this.<T, X>awaitEnd(this.<T>lent(function, first, second, third));
    }

    /**
     * Submits a body and returns without waiting for its end. While {@link PoolOptions#queueLimit()} submitted tasks
     * wait for a worker, this waits for room, so that nobody runs far ahead of the children. The task belongs to the
     * pool: closing the pool cancels it.
     *
     * {@snippet class="dev.espalier.process.BackPressureTest" region="submit"}
     *
     * <p><b>Cancellation.</b> Cancelled while waiting for room, nothing was submitted. The task, once it is, is
     * cancelled by {@link RemoteTask#cancel} alone. <b>Ordering.</b> Those who wait for room get it in the order in
     * which they came.
     *
     * @param <T> the value
     * @param body the body
     * @return the task
     * @throws IllegalArgumentException if something it captures cannot travel
     * @throws IllegalStateException if the pool is closed, also while this waits
     */
    @Awaits
    public <T extends @Nullable Object> RemoteTask<T> submit(RemoteBody<? extends T, ?> body) {
        return submitted(this.<T>task(body));
    }

    /**
     * Submits a body; as {@link #submit(RemoteBody)}.
     *
     * @param body the body
     * @return the task
     */
    @Awaits
    public RemoteTask<@Nullable Void> submit(RemoteVoidBody<?> body) {
        return submitted(this.<@Nullable Void>task(body));
    }

    /**
     * Submits a function with its argument; as {@link #submit(RemoteBody)}.
     *
     * @param <A> the argument
     * @param <T> the value
     * @param function the function
     * @param argument its argument
     * @return the task
     */
    @Awaits
    public <A extends @Nullable Object, T extends @Nullable Object> RemoteTask<T> submit(
            RemoteFunction<? super A, ? extends T, ?> function, A argument) {
        return submitted(this.<T>task(function, argument));
    }

    /**
     * Submits a function of two arguments; as {@link #submit(RemoteFunction, Object)}.
     * They need not be captured, so that the function can be a method reference.
     *
     * @param <A> the first argument
     * @param <B> the second argument
     * @param <T> the value
     * @param function the function
     * @param first its first argument
     * @param second its second argument
     * @return the task
     */
    @Awaits
    public <A extends @Nullable Object, B extends @Nullable Object,
            T extends @Nullable Object> RemoteTask<T> submit(
            RemoteFunction.Of2<? super A, ? super B, ? extends T, ?> function,
            A first, B second) {
        return submitted(this.<T>task(function, first, second));
    }

    /**
     * Submits a function of three arguments; as {@link #submit(RemoteFunction, Object)}.
     *
     * @param <A> the first argument
     * @param <B> the second argument
     * @param <C> the third argument
     * @param <T> the value
     * @param function the function
     * @param first its first argument
     * @param second its second argument
     * @param third its third argument
     * @return the task
     */
    @Awaits
    public <A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object,
            T extends @Nullable Object> RemoteTask<T> submit(
            RemoteFunction.Of3<? super A, ? super B, ? super C, ? extends T, ?> function,
            A first, B second, C third) {
        return submitted(this.<T>task(function, first, second, third));
    }

    /**
     * Submits a body if there is room for it, and never waits.
     *
     * @param <T> the value
     * @param body the body
     * @return the task; empty when {@link PoolOptions#queueLimit()} submitted tasks wait for a worker, or others wait
     *         for room
     * @throws IllegalArgumentException if something it captures cannot travel
     * @throws IllegalStateException if the pool is closed
     */
    public <T extends @Nullable Object> Optional<RemoteTask<T>> trySubmit(RemoteBody<? extends T, ?> body) {
        return calls.trySubmit(() -> task(body));
    }

    /**
     * Submits a body if there is room for it; as {@link #trySubmit(RemoteBody)}.
     *
     * @param body the body
     * @return the task, or empty
     */
    public Optional<RemoteTask<@Nullable Void>> trySubmit(RemoteVoidBody<?> body) {
        return calls.trySubmit(() -> task(body));
    }

    /**
     * Submits a function with its argument if there is room for it; as {@link #trySubmit(RemoteBody)}.
     *
     * @param <A> the argument
     * @param <T> the value
     * @param function the function
     * @param argument its argument
     * @return the task, or empty
     */
    public <A extends @Nullable Object, T extends @Nullable Object> Optional<RemoteTask<T>> trySubmit(
            RemoteFunction<? super A, ? extends T, ?> function, A argument) {
        return calls.trySubmit(() -> task(function, argument));
    }

    /**
     * Applies a function to all elements, in the children, and waits for all values. The first failure cancels the
     * rest.
     *
     * <p><b>Cancellation.</b> Cancels all of them; this waits until nothing of them runs any more.
     *
     * @param <A> the arguments
     * @param <T> the values
     * @param <X> what the function throws
     * @param arguments the arguments
     * @param function the function
     * @return the values, in the order of the arguments
     * @throws X as the function does, for the first argument in order that failed
     * @throws WorkerLostException if a child died
     */
    @Awaits
    public <A extends @Nullable Object, T extends @Nullable Object, X extends Throwable> List<T> map(
            Collection<? extends A> arguments, RemoteFunction<? super A, ? extends T, ? extends X> function) throws X {
        List<T> values = new ArrayList<>(arguments.size());
        try (var items = new PoolStream<A, T>(calls, lane.options, MAP, function, false)) {
            items.from(arguments, arguments.size());
            for (Chunk<A, T> chunk = items.ready(); chunk != null; chunk = items.ready()) {
                while (chunk.hasUnread()) {
                    values.add(chunk.<X>nextValue());
                }
            }
        }
        return values;
    }

    /**
     * Applies a function to the elements of a sequence, in the children, and hands out the values one by one. Arguments
     * are taken as values are received, never further ahead than the options say. The first failure cancels the rest
     * and ends the stream with it. Values must not be null.
     *
     * @param group where the work belongs to; its end ends the stream
     * @param mapping order and look-ahead
     * @param <A> the arguments
     * @param <T> the values
     * @param arguments the arguments; read by a task of the group
     * @param function the function
     * @return the values; closing it early cancels what is left. Its end by a failure is a
     *         {@link dev.espalier.core.ChannelClosedException} with that failure as cause
     */
    public <A extends @Nullable Object, T> Receiver<T> stream(
            TaskGroup group, MapOptions mapping, Iterable<? extends A> arguments,
            RemoteFunction<? super A, ? extends T, ?> function) {
        return StreamTask.values(group, new PoolStream<A, T>(calls, lane.options,
                StreamTask.withoutBuffer(mapping), function, false), mapping, arguments);
    }

    /**
     * Runs a producer in a child, which gives many values one after the other, and hands them out as they come. The
     * producer waits while the values that it gave are not received, so memory is bounded on both sides.
     *
     * {@snippet class="dev.espalier.process.ProduceTest" region="produce"}
     *
     * <p>While it waits for room it keeps its worker: whoever calls this pool for each value, and waits for that, needs a
     * worker more, or a producer that gives all its values before the capacity is used up.
     *
     * <p>A producer that has begun is never begun again, whatever {@link TaskOptions#attempts()} says: its values would
     * come again. The time in which it waits for room counts for {@link TaskOptions#runLimit()}. Closing the receiver early
     * cancels it, as {@link RemoteTask#cancel} does; so does cancelling the group.
     *
     * @param <T> the values
     * @param group where the work belongs to; it waits for the end of the stream
     * @param capacity how many values may be under way or wait to be received, 1 to 65 536
     * @param producer what gives the values
     * @return the values, in their order. When the producer fails or its child dies, the values that had come are
     *         followed by a {@link dev.espalier.core.ChannelClosedException} with that failure as cause
     * @throws IllegalArgumentException if something the producer captures cannot travel
     * @throws IllegalStateException if the pool is closed
     */
    public <T> Receiver<T> produce(TaskGroup group, int capacity, RemoteProducer<T, ?> producer) {
        PoolOptions.check(capacity >= 1 && capacity <= 1 << 16, "capacity", capacity, "1 to 65536");
        calls.checkOpen();
        return calls.produced(lane, producer, capacity).start(group);
    }

    /**
     * Applies a function to the elements of a sequence as {@link #stream} does, and hands out each argument with what
     * became of it: a failure, also that of a child which died at it, is an outcome of this argument alone, and the
     * others go on.
     *
     * {@snippet class="dev.espalier.process.SnippetsTest" region="outcomes"}
     *
     * @param group where the work belongs to; its end ends the stream
     * @param mapping order and look-ahead
     * @param <A> the arguments
     * @param <T> the values
     * @param arguments the arguments; read by a task of the group. If reading fails, the stream ends with that failure
     * @param function the function
     * @return the outcomes, one for each argument; closing it early cancels what is left
     * @throws IllegalArgumentException if the function cannot travel
     * @throws IllegalStateException if the pool is closed
     */
    public <A extends @Nullable Object, T extends @Nullable Object> Receiver<Outcome<A, T>> outcomes(
            TaskGroup group, MapOptions mapping, Iterable<? extends A> arguments,
            RemoteFunction<? super A, ? extends T, ?> function) {
        return StreamTask.outcomes(group, new PoolStream<A, T>(calls, lane.options,
                StreamTask.withoutBuffer(mapping), function, true), mapping, arguments);
    }

    /**
     * Runs a body once in every worker, behind what is already there, and waits for all of them: to fill a cache, to
     * change a setting, to ask each for something. Where workers are starting it waits for them first; one that is
     * started later is not asked.
     *
     * {@snippet class="dev.espalier.process.BroadcastTest" region="broadcast"}
     *
     * <p><b>Cancellation.</b> Cancels all of them; this waits until nothing of them runs any more.
     *
     * @param <T> the value
     * @param body the body
     * @return what became of it in each worker; a failure, or the death of a worker, is that worker's outcome alone
     * @throws IllegalArgumentException if something it captures cannot travel
     * @throws IllegalStateException if the pool is closed
     * @throws WorkerLostException if the pool has failed
     */
    @Awaits
    public <T extends @Nullable Object> List<WorkerOutcome<T>> broadcast(RemoteBody<? extends T, ?> body) {
        return calls.broadcast(lane.options, body);
    }

    /**
     * Runs a body once in every worker; as {@link #broadcast(RemoteBody)}.
     *
     * @param body the body
     * @return what became of it in each worker
     */
    @Awaits
    public List<WorkerOutcome<@Nullable Void>> broadcast(RemoteVoidBody<?> body) {
        return calls.broadcast(lane.options, body);
    }

    /**
     * What became of a body in one worker.
     *
     * @param <T> the value
     * @param worker the number of the worker in its pool, from 1
     * @param pid the process id of the child
     * @param state how it ended there: {@link Awaitable.Succeeded}, {@link Awaitable.Failed}, or
     *         {@link Awaitable.Cancelled} when the pool was closed
     */
    public record WorkerOutcome<T extends @Nullable Object>(int worker, long pid, Awaitable.State<T> state) {
    }

    /**
     * What became of one argument.
     *
     * @param <A> the argument
     * @param <T> the value
     * @param argument the argument
     * @param state how its call ended: {@link Awaitable.Succeeded}, {@link Awaitable.Failed}, or
     *         {@link Awaitable.Cancelled} when the pool was closed
     */
    public record Outcome<A extends @Nullable Object, T extends @Nullable Object>(
            A argument, Awaitable.State<T> state) {
    }

    /**
     * How a pool stands.
     *
     * @param workers children that are ready for work
     * @param waiting tasks that wait for a worker
     * @param sent tasks that are at a worker
     * @param busy how long workers had something to do, all of them together, from the beginning
     * @param succeeded tasks that have a value, from the beginning; arguments of a map or stream travel in chunks, and
     *         a chunk counts as one task that succeeds
     * @param failed tasks that have failed
     * @param cancelled tasks that were cancelled
     * @param waited how long tasks waited for a worker, all of them together, those that wait now not included
     * @param ran how long tasks ran in children, all of them together, those that run now not included
     * @param started children that were ready for work, from the beginning; those beyond the size of the pool replaced
     *         others
     * @param lost children that ended without having been asked to, or were killed
     */
    public record Statistics(int workers, int waiting, int sent, Duration busy, long succeeded, long failed,
            long cancelled, Duration waited, Duration ran, int started, int lost) {
    }

    /**
     * Changes the bounds of the pool's size and returns at once. What is too much takes no more tasks and ends after those
     * that it has; what is missing is started.
     *
     * @param minimum so many workers at least, 0 to the maximum
     * @param maximum so many at most, 1 to 1024
     * @throws IllegalArgumentException if one is outside of its bounds
     * @throws IllegalStateException if the pool is closed
     * @throws WorkerLostException if it has failed
     */
    public void resize(int minimum, int maximum) {
        calls.checkOpen();
        var size = PoolOptions.Size.between(minimum, maximum);
        calls.core().fleet().resize(size.minimum(), size.maximum());
    }

    /**
     * Replaces all children that are there now and returns at once. Each goes on until another one is ready to take its
     * place, and ends after the tasks that it has.
     *
     * @throws IllegalStateException if the pool is closed
     * @throws WorkerLostException if it has failed
     */
    public void recycle() {
        calls.checkOpen();
        calls.core().fleet().recycle();
    }

    /**
     * {@return how the pool stands now}
     */
    public Statistics statistics() {
        return calls.dispatcher().statistics();
    }

    /**
     * {@return how each place for a child stands now, in the order of their numbers}
     */
    public List<WorkerSnapshot> workers() {
        calls.checkTurn();
        return calls.core().workers().stream().map(Worker::snapshot).toList();
    }

    /**
     * Writes the pool as a tree in text: each worker with its process, the tasks that are there and how long the first
     * has run, where that is, what waits, and which children were lost last. The children are asked for the stacks;
     * those that do not answer within 200 ms are left without.
     *
     * {@snippet class="dev.espalier.process.SnippetsTest" region="dump"}
     *
     * <p><b>Cancellation.</b> Nothing has changed. <b>Threads.</b> A task that runs is stopped for a moment.
     *
     * @return some lines of text, for people; the form may change
     */
    @Awaits
    public String dump() {
        calls.checkTurn();
        return PoolDump.of(calls.core());
    }

    /**
     * Cancels all tasks, ends the children and waits for them. A child that has not ended after
     * {@link PoolOptions#closeGrace()} is killed. Does nothing the second time.
     *
     * <p><b>Cancellation.</b> Does not shorten it: when this returns, no child is left.
     */
    @Awaits
    @Override
    public void close() {
        calls.checkTurn();
        calls.core().close();
    }

    private <T extends @Nullable Object> PoolTask<T> task(Serializable function, @Nullable Object... arguments) {
        calls.checkOpen();
        return calls.task(lane, function, arguments, false);
    }

    /** A task for whose end its caller waits. */
    private <T extends @Nullable Object> PoolTask<T> lent(Serializable function, @Nullable Object... arguments) {
        calls.checkOpen();
        return calls.task(lane, function, arguments, true);
    }

    @Awaits
    private <T extends @Nullable Object> RemoteTask<T> submitted(PoolTask<T> task) {
        calls.submit(task);
        return task;
    }

    /** Submits a task and waits for it; a caller that is cancelled takes the task with it. */
    @Awaits
    private <T extends @Nullable Object, X extends Throwable> T awaitEnd(PoolTask<T> task) throws X {
        calls.submit(task);
        try {
            task.join();
        } catch (CancelledError cancelled) {
            calls.end(List.of(task), cancelled.reason().message());
            throw cancelled;
        }
        return ProcessPool.<T, X>valueOf(task);
    }

    /** The value of a task that has ended; its failure comes out as itself, with the caller's stack. */
    static <T extends @Nullable Object, X extends Throwable> T valueOf(PoolTask<T> task) throws X {
        if (task.state() instanceof Awaitable.Failed<T>(var failure)) {
            throw ProcessPool.<X>here(failure);
        }
        return task.result();
    }

    /** A failure, to be thrown with the caller's stack. */
    @SuppressWarnings("unchecked") // The body threw it, so it is an X or unchecked.
    static <X extends Throwable> X here(Throwable failure) {
        failure.setStackTrace(new Throwable().getStackTrace());
        return (X) failure;
    }

    @Override
    public String toString() {
        return calls.toString();
    }
}
