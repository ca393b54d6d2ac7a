package dev.espalier.core;

import org.jspecify.annotations.Nullable;

/**
 * Permits that tasks take and give back. First come, first served: a task that needs many permits is not overtaken by those
 * that need few.
 *
 * <p><b>Threads.</b> It belongs to the loop on which it is first used.
 */
public final class AsyncSemaphore {
    private final EventLoop loop;
    private final WaitQueue queue = new WaitQueue(this);
    private final Selectable onePermit = new OnePermit();

    // By the holder of the turn.
    private int permits;

    private AsyncSemaphore(EventLoop loop, int permits) {
        this.loop = loop;
        this.permits = permits;
    }

    /**
     * Makes a semaphore of the current loop.
     *
     * @param permits how many permits it has, from 0
     * @return the semaphore
     * @throws IllegalStateException outside a loop
     */
    public static AsyncSemaphore of(int permits) {
        if (permits < 0) {
            throw new IllegalArgumentException("a semaphore cannot have " + permits + " permits; from 0");
        }
        return new AsyncSemaphore(EventLoop.current(), permits);
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
     * <p><b>Cancellation.</b> Cancelled while waiting, no permit was taken.
     *
     * @param count how many, from 1
     */
    @Awaits
    public void acquire(int count) {
        checkCount(count);
        loop.checkTurn(this);
        Task<?> me = Task.running();
        if (queue.isEmpty() && permits >= count) {
            me.passPoint();
            if (queue.isEmpty() && permits >= count) { // it may have given way
                permits -= count;
                return;
            }
        }
        me.checkCancelled();
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
        loop.checkTurn(this);
        if (permits < 1 || !queue.isEmpty()) {
            return false;
        }
        permits--;
        return true;
    }

    /** Gives one permit back. */
    public void release() {
        release(1);
    }

    /**
     * Gives permits back.
     *
     * @param count how many, from 1
     */
    public void release(int count) {
        checkCount(count);
        loop.checkTurn(this);
        permits = Math.addExact(permits, count);
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
     * {@return how many permits can be taken now}
     */
    public int available() {
        return queue.isEmpty() ? permits : 0;
    }

    /** For the clause of a select. */
    Selectable onePermit() {
        return onePermit;
    }

    /** One permit, as a select takes it. */
    private final class OnePermit implements Selectable {
        @Override
        public @Nullable Object tryNow() {
            return tryAcquire() ? null : NOT_READY;
        }

        @Override
        public void link(Select.Node node) {
            node.request = 1;
            queue.add(node);
        }

        @Override
        public void unlink(Select.Node node) {
            queue.remove(node);
        }

        @Override
        public void unlinked() {
            grant(); // those behind may need fewer
        }

        @Override
        public @Nullable Object served(Select.Node node, @Nullable Object signal) {
            return null;
        }

        @Override
        public String toString() {
            return AsyncSemaphore.this.toString();
        }
    }

    private static void checkCount(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("the number of permits must be at least 1, not " + count);
        }
    }

    @Override
    public String toString() {
        Waiter first = queue.peek();
        return "AsyncSemaphore[" + permits + " free" + (first == null ? "]" : ", first waits task '" + first.waitingTask().name() + "']");
    }
}
