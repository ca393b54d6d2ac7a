package dev.espalier.core;

import dev.espalier.core.spi.LockStatistics;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Permits that tasks take and give back. First come, first served: a task that needs many permits is not overtaken by those
 * that need few.
 *
 * <p>Nobody owns a permit: one task may take it and another give it back, and what is given back may never have been taken. {@link
 * #of(int, int)} sets a bound to that.
 *
 * {@snippet class="dev.espalier.core.SyncSnippetsTest" region="semaphore"}
 *
 * <p><b>Threads.</b> It belongs to the loop it was created on. Foreign threads go through {@link EventLoop#submit(Body)}, or {@link
 * EventLoop#callSoonThreadsafe(Runnable)} to give back.
 */
public final class AsyncSemaphore {
    private final EventLoop loop;
    private final int maximum;
    private final Entrance queue = new Entrance();

    // By the holder of the turn.
    private int permits;

    private AsyncSemaphore(EventLoop loop, int permits, int maximum) {
        this.loop = loop;
        this.permits = permits;
        this.maximum = maximum;
    }

    /**
     * Makes a semaphore of the current loop.
     *
     * @param permits how many permits it has, from 0
     * @return the semaphore
     * @throws IllegalStateException outside a loop
     */
    public static AsyncSemaphore of(int permits) {
        return of(permits, Integer.MAX_VALUE);
    }

    /**
     * Makes a semaphore of the current loop that never has more permits than a maximum: giving back one too many, which is a
     * mistake somewhere, is an error at once.
     *
     * @param permits how many permits it has, from 0
     * @param maximum how many it may have, from {@code permits} and from 1
     * @return the semaphore
     * @throws IllegalStateException outside a loop
     */
    public static AsyncSemaphore of(int permits, int maximum) {
        if (permits < 0 || maximum < Math.max(1, permits)) {
            throw new IllegalArgumentException("a semaphore cannot have " + permits + " permits of at most " + maximum
                    + "; permits from 0, maximum from 1 and not less than the permits");
        }
        return new AsyncSemaphore(EventLoop.current(), permits, maximum);
    }

    /**
     * Takes one permit, waiting for it if need be.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, no permit was taken.
     */
    @Awaits
    public void acquire() {
        acquire(1);
    }

    /**
     * Takes permits, all at once, waiting for them if need be.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, no permit was taken. <b>Ordering.</b> First come, first served.
     *
     * @param count how many, from 1 to the maximum
     */
    @Awaits
    public void acquire(int count) {
        checkCount(count);
        Task<?> me = Task.runningOn(loop, this);
        me.passPoint();
        if (take(count)) {
            return;
        }
        me.request = count;
        queue.add(me);
        try {
            me.park(queue);
        } catch (CancelledError e) {
            grant(); // those behind may need fewer
            throw e;
        }
    }

    /**
     * Takes one permit if it is there and nobody waits before.
     *
     * @return whether it was taken
     */
    public boolean tryAcquire() {
        return tryAcquire(1);
    }

    /**
     * Takes permits if they are there and nobody waits before.
     *
     * @param count how many, from 1 to the maximum
     * @return whether they were taken: all or none
     */
    public boolean tryAcquire(int count) {
        checkCount(count);
        loop.checkTurn(this);
        return take(count);
    }

    private boolean take(int count) {
        if (permits < count || !queue.isEmpty()) {
            return false;
        }
        permits -= count;
        return true;
    }

    /**
     * Gives one permit back.
     *
     * @throws IllegalStateException if there would be more permits than the maximum
     */
    public void release() {
        release(1);
    }

    /**
     * Gives permits back.
     *
     * @param count how many, from 1
     * @throws IllegalStateException if there would be more permits than the maximum; then none is given back
     */
    public void release(int count) {
        checkCount(count);
        loop.checkTurn(this);
        if (permits > maximum - count) {
            throw new IllegalStateException("giving back " + count + " would make more permits than " + maximum + " in " + this
                    + "; some were given back twice or never taken");
        }
        permits += count;
        grant();
    }

    /** Deducts for those whose turn it is, before they run: nobody can come between. */
    private void grant() {
        Waiter first = queue.peek();
        while (first != null && permits >= first.request) {
            permits -= first.request;
            queue.poll();
            first.wake(null);
            first = queue.peek();
        }
    }

    /**
     * Runs a body with one permit.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting for the permit, the body has not run.
     *
     * @param <T> its value
     * @param <X> what it throws
     * @param body the body
     * @return its value
     * @throws X as the body does
     */
    @Awaits
    public <T extends @Nullable Object, X extends Throwable> T withPermit(Body<? extends T, ? extends X> body) throws X {
        acquire();
        try {
            return body.run();
        } finally {
            release();
        }
    }

    /**
     * Runs a body with one permit.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting for the permit, the body has not run.
     *
     * @param <X> what it throws
     * @param body the body
     * @throws X as the body does
     */
    @Awaits
    public <X extends Throwable> void withPermit(VoidBody<? extends X> body) throws X {
        acquire();
        try {
            body.run();
        } finally {
            release();
        }
    }

    /**
     * {@return how many permits can be taken now; none while somebody waits, because it would be overtaken}
     */
    public int available() {
        return queue.isEmpty() ? permits : 0;
    }

    /**
     * {@return who waits for permits now; nobody owns one}
     */
    public LockStatistics statistics() {
        loop.checkTurn(this);
        return new LockStatistics(List.of(), queue.waiters());
    }

    /** For the clause of a select. */
    Selectable onePermit() {
        return queue;
    }

    /** Where one waits for permits; a select waits for one. */
    private final class Entrance extends SelectQueue {
        private Entrance() {
            super(AsyncSemaphore.this);
        }

        @Override
        public @Nullable Object tryNow() {
            Task.runningOn(loop, AsyncSemaphore.this);
            return tryAcquire() ? null : NOT_READY;
        }

        @Override
        public void link(Select.Node node) {
            node.request = 1;
            add(node);
        }

        @Override
        public void unlinked() {
            grant(); // those behind may need fewer
        }
    }

    private void checkCount(int count) {
        if (count < 1 || count > maximum) {
            throw new IllegalArgumentException("the number of permits must be at least 1"
                    + (maximum == Integer.MAX_VALUE ? "" : " and at most " + maximum) + ", not " + count);
        }
    }

    @Override
    public String toString() {
        return "AsyncSemaphore[" + permits + " free" + (maximum == Integer.MAX_VALUE ? "" : " of at most " + maximum)
                + queue.waitersText() + "]";
    }
}
