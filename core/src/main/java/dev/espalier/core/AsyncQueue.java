package dev.espalier.core;

import dev.espalier.core.spi.ChannelStatistics;
import java.util.AbstractQueue;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A queue of work in the shape that asyncio users know: tasks put and get, tell when a piece of work is done, and can wait until all
 * is done. Oldest first, newest first, or by priority.
 *
 * {@snippet class="dev.espalier.core.ChannelSnippetsTest" region="queue"}
 *
 * <p>For a stream with ends of its own, overflow policies and select there is {@link Channel}.
 *
 * <p><b>Threads.</b> It belongs to the loop it was created on. <b>Ordering.</b> Tasks that wait are served first come, first served.
 *
 * @param <T> the values
 */
public final class AsyncQueue<T> {
    // Invariants: (1) while a task waits to get, the queue is empty; (2) while a task waits to put, it is full.
    private final EventLoop loop;
    private final int capacity;
    private final Queue<T> values;
    private final WaitQueue getters = new WaitQueue(this);
    private final WaitQueue putters = new WaitQueue(this);
    private final WaitQueue joiners = new WaitQueue(this);

    // By the holder of the turn.
    private long unfinished; // values that were put and not yet told done
    private int peak;
    private long put;
    private long dropped;
    private boolean shutDown;

    private AsyncQueue(int capacity, Queue<T> values) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a queue cannot hold " + capacity + " values; from 1, or Integer.MAX_VALUE for no limit");
        }
        this.loop = EventLoop.current();
        this.capacity = capacity;
        this.values = values;
    }

    /**
     * Makes a queue of the current loop that gives the oldest value first.
     *
     * @param <T> the values
     * @param capacity how many it holds, from 1; {@link Integer#MAX_VALUE}: no limit
     * @return the queue
     * @throws IllegalStateException outside a loop
     */
    public static <T> AsyncQueue<T> fifo(int capacity) {
        return new AsyncQueue<>(capacity, new ArrayDeque<>());
    }

    /**
     * Makes a queue of the current loop that gives the newest value first. A value whose put waits for room is not in it yet.
     *
     * @param <T> the values
     * @param capacity how many it holds, from 1; {@link Integer#MAX_VALUE}: no limit
     * @return the queue
     * @throws IllegalStateException outside a loop
     */
    public static <T> AsyncQueue<T> lifo(int capacity) {
        return new AsyncQueue<>(capacity, Collections.asLifoQueue(new ArrayDeque<>()));
    }

    /**
     * Makes a queue of the current loop that gives the least value first, and the oldest among equals. A value whose put waits for
     * room is not in it yet.
     *
     * @param <T> the values
     * @param capacity how many it holds, from 1; {@link Integer#MAX_VALUE}: no limit
     * @param order the order; it must neither throw nor await
     * @return the queue
     * @throws IllegalStateException outside a loop
     */
    public static <T> AsyncQueue<T> priority(int capacity, Comparator<? super T> order) {
        return new AsyncQueue<>(capacity, new StablePriorityQueue<>(order));
    }

    // ---- putting

    /**
     * Puts a value, waiting while the queue is full.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, the value was not put.
     *
     * @param value the value, not null
     * @throws ChannelClosedException if the queue is shut down, also while waiting
     */
    @Awaits
    public void put(T value) {
        Task<?> me = Task.runningOn(loop, this);
        checkPuttable(value);
        me.passPoint();
        checkPuttable(value); // it may have given way
        if (offer(value)) {
            return;
        }
        me.offered = value;
        putters.add(me);
        try {
            me.park(putters);
        } catch (CancelledError e) {
            me.offered = null;
            throw e;
        }
        if (me.offered != null) { // woken by the shutdown, not by room
            me.offered = null;
            throw isShutDown();
        }
    }

    /**
     * Puts a value if the queue is not full.
     *
     * @param value the value, not null
     * @return whether it was put
     * @throws ChannelClosedException if the queue is shut down
     */
    public boolean tryPut(T value) {
        loop.checkTurn(this);
        checkPuttable(value);
        return offer(value);
    }

    private void checkPuttable(T value) {
        Objects.requireNonNull(value, "a queue carries no null; put an Optional or a value that means nothing");
        if (shutDown) {
            throw isShutDown();
        }
    }

    private boolean offer(T value) {
        if (values.size() >= capacity) {
            return false;
        }
        Waiter getter = getters.poll();
        if (getter == null) {
            values.add(value);
            peak = Math.max(peak, values.size());
        } else {
            getter.wake(value);
        }
        put++;
        unfinished++;
        return true;
    }

    // ---- getting

    /**
     * Gets a value, waiting for one if need be.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, no value was taken; a value that has come in the same tick is delivered, and
     * the next await throws.
     *
     * @return the value
     * @throws ChannelClosedException if the queue is shut down and empty
     */
    @Awaits
    public T get() {
        Task<?> me = Task.runningOn(loop, this);
        me.passPoint();
        T value = take();
        if (value != null) {
            return value;
        }
        getters.add(me);
        T got = cast(me.park(getters));
        if (got == null) {
            throw isShutDown();
        }
        return got;
    }

    /**
     * {@return a value if one is there}
     *
     * @throws ChannelClosedException if the queue is shut down and empty
     */
    public Optional<T> tryGet() {
        loop.checkTurn(this);
        return Optional.ofNullable(take());
    }

    private @Nullable T take() {
        T value = values.poll();
        if (value == null) {
            if (shutDown) {
                throw isShutDown();
            }
            return null;
        }
        Waiter putter = putters.poll();
        if (putter != null) {
            offer(AsyncQueue.<T>cast(putter.offered));
            putter.offered = null;
            putter.wake(null);
        }
        return value;
    }

    // ---- the end of work

    /**
     * Tells that the work for one value that was got is done.
     *
     * @throws IllegalStateException if it was told more often than values were put
     */
    public void taskDone() {
        loop.checkTurn(this);
        if (unfinished == 0) {
            throw new IllegalStateException("taskDone was called more often than values were put: " + this);
        }
        finished(1);
    }

    private void finished(long count) {
        unfinished -= count;
        if (unfinished == 0) {
            joiners.wakeAll(null);
        }
    }

    /**
     * Waits until the work for every value that was put is told done. Returns at once if there is none.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, nothing has changed. <b>Ordering.</b> When it returns, all was done at one
     * moment; since then more may have been put.
     */
    @Awaits
    public void join() {
        Task<?> me = Task.runningOn(loop, this);
        me.passPoint();
        if (unfinished > 0) {
            joiners.add(me);
            me.park(joiners);
        }
    }

    /**
     * {@return how many values were put and not yet told done}
     */
    public long unfinished() {
        return unfinished;
    }

    /**
     * Shuts the queue down: nothing more can be put, and tasks that wait to put or to get are woken with {@link
     * ChannelClosedException}. May be called again, to make it immediate.
     *
     * @param immediate false: what is in the queue can still be got. True: it is dropped, and counts as done
     */
    public void shutdown(boolean immediate) {
        loop.checkTurn(this);
        shutDown = true;
        if (immediate) {
            int left = values.size();
            values.clear();
            dropped += left;
            finished(Math.min(left, unfinished)); // some may have been told done before they were got
        }
        getters.wakeAll(null);
        putters.wakeAll(null);
    }

    private ChannelClosedException isShutDown() {
        return new ChannelClosedException("the queue is shut down: " + this, null);
    }

    /**
     * {@return what is in it, what has gone through it, and who waits to put and to get}
     */
    public ChannelStatistics statistics() {
        loop.checkTurn(this);
        int size = values.size();
        return new ChannelStatistics(size, capacity, peak, put, put - dropped - size, dropped, shutDown ? 0 : 1,
                putters.waiters(), getters.waiters());
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // only values of this queue travel through its waiters
    private static <T> T cast(@Nullable Object value) {
        return (T) value;
    }

    @Override
    public String toString() {
        return "AsyncQueue[" + values.size() + " of " + (capacity == Integer.MAX_VALUE ? "unlimited" : capacity) + ", " + unfinished
                + " unfinished" + (getters.isEmpty() ? "" : ", to get" + getters.waitersText())
                + (putters.isEmpty() ? "" : ", to put" + putters.waitersText()) + (shutDown ? ", shut down]" : "]");
    }

    /** The least first, the oldest among equals. */
    private static final class StablePriorityQueue<T> extends AbstractQueue<T> {
        private record Numbered<T>(T value, long number) {}

        private final PriorityQueue<Numbered<T>> heap;
        private long added; // by the holder of the turn

        private StablePriorityQueue(Comparator<? super T> order) {
            heap = new PriorityQueue<>(
                    Comparator.<Numbered<T>, T>comparing(Numbered::value, order).thenComparingLong(Numbered::number));
        }

        @Override
        public boolean offer(T value) {
            return heap.offer(new Numbered<>(value, added++));
        }

        @Override
        public @Nullable T poll() {
            Numbered<T> least = heap.poll();
            return least == null ? null : least.value();
        }

        @Override
        public @Nullable T peek() {
            Numbered<T> least = heap.peek();
            return least == null ? null : least.value();
        }

        @Override
        public Iterator<T> iterator() {
            return heap.stream().map(Numbered::value).iterator();
        }

        @Override
        public int size() {
            return heap.size();
        }
    }
}
