package dev.espalier.core;

import dev.espalier.core.spi.LockStatistics;
import dev.espalier.core.spi.TaskRef;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bounds how many use something at the same time, and knows who they are. A borrower is the running task, or any object on whose
 * behalf a task borrows; objects are compared by {@code equals}. Each has one place at most: borrowing twice, or giving back what was
 * not borrowed, is an error at once. How many places there are can be changed at any time.
 *
 * {@snippet class="dev.espalier.core.SyncSnippetsTest" region="limiter"}
 *
 * <p>A borrower that never gives its place back keeps it, also if it is a task that has ended. Use {@link #withPlace(Body)}.
 *
 * <p><b>Threads.</b> It belongs to the loop it was created on. Foreign threads go through {@link EventLoop#submit(Body)}.
 */
public final class CapacityLimiter {
    private final EventLoop loop;
    private final Line queue = new Line();

    // By the holder of the turn. What a waiter borrows for is in Waiter.offered; null there: it waits no more.
    private final Set<Object> borrowers = new LinkedHashSet<>();
    private final Map<Object, Waiter> waiting = new HashMap<>();
    private int total;

    private CapacityLimiter(EventLoop loop, int total) {
        this.loop = loop;
        this.total = total;
    }

    /**
     * Makes a limiter of the current loop.
     *
     * @param total how many places there are, from 0: nobody gets one until {@link #resize}
     * @return the limiter
     * @throws IllegalStateException outside a loop
     */
    public static CapacityLimiter of(int total) {
        return new CapacityLimiter(EventLoop.current(), checkTotal(total));
    }

    private static int checkTotal(int total) {
        if (total < 0) {
            throw new IllegalArgumentException("a limiter cannot have " + total + " places; from 0");
        }
        return total;
    }

    /**
     * Takes a place for the running task, waiting for it if need be.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, it has no place.
     *
     * @throws IllegalStateException if the task has a place, or waits for one
     */
    @Awaits
    public void acquire() {
        acquireFor(Task.runningOn(loop, this));
    }

    /**
     * Takes a place for a borrower, waiting for it if need be.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, the borrower has no place. <b>Ordering.</b> First come, first served.
     *
     * @param borrower who gets it
     * @throws IllegalStateException if the borrower has a place, or waits for one
     */
    @Awaits
    public void acquireFor(Object borrower) {
        Task<?> me = Task.runningOn(loop, this);
        me.passPoint();
        if (take(borrower)) {
            return;
        }
        waiting.put(borrower, me);
        me.offered = borrower;
        queue.add(me);
        try {
            me.park(queue);
        } catch (CancelledError e) {
            waiting.remove(borrower, me);
            throw e;
        }
    }

    /**
     * Takes a place for the running task if one is free and nobody waits before.
     *
     * @return whether it was taken
     * @throws IllegalStateException if the task has a place, or waits for one
     */
    public boolean tryAcquire() {
        return tryAcquireFor(Task.runningOn(loop, this));
    }

    /**
     * Takes a place for a borrower if one is free and nobody waits before.
     *
     * @param borrower who gets it
     * @return whether it was taken
     * @throws IllegalStateException if the borrower has a place, or waits for one
     */
    public boolean tryAcquireFor(Object borrower) {
        loop.checkTurn(this);
        return take(borrower);
    }

    private boolean take(Object borrower) {
        Waiter waiter = waiting.get(borrower);
        boolean has = borrowers.contains(borrower);
        if (has || (waiter != null && waiter.offered != null)) {
            throw new IllegalStateException(nameOf(borrower) + (has ? " has a place of " : " waits for a place of ") + this
                    + " already; each borrower has one place, so borrow on behalf of another object with acquireFor");
        }
        if (available() == 0) {
            return false;
        }
        borrowers.add(borrower);
        return true;
    }

    /**
     * Gives the place of the running task back.
     *
     * @throws IllegalStateException if the task has none
     */
    public void release() {
        releaseFor(Task.runningOn(loop, this));
    }

    /**
     * Gives the place of a borrower back.
     *
     * @param borrower who had it
     * @throws IllegalStateException if the borrower has none
     */
    public void releaseFor(Object borrower) {
        loop.checkTurn(this);
        if (!borrowers.remove(borrower)) {
            throw new IllegalStateException(nameOf(borrower) + " has no place of " + this + " to give back");
        }
        grant();
    }

    /** Those whose turn it is have their places before they run: nobody can come between. */
    private void grant() {
        Waiter first = queue.peek();
        while (first != null && borrowers.size() < total) {
            Object borrower = first.offered;
            if (borrower == null) {
                throw new AssertionError("a waiter without a borrower");
            }
            borrowers.add(borrower);
            waiting.remove(borrower);
            first.offered = null;
            queue.poll();
            first.wake(null);
            first = queue.peek();
        }
    }

    /**
     * Runs a body while the running task has a place.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting for the place, the body has not run.
     *
     * @param <T> its value
     * @param <X> what it throws
     * @param body the body
     * @return its value
     * @throws X as the body does
     * @throws IllegalStateException if the task has a place, or waits for one
     */
    @Awaits
    public <T extends @Nullable Object, X extends Throwable> T withPlace(Body<? extends T, ? extends X> body) throws X {
        acquire();
        try {
            return body.run();
        } finally {
            release();
        }
    }

    /**
     * Runs a body while the running task has a place.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting for the place, the body has not run.
     *
     * @param <X> what it throws
     * @param body the body
     * @throws X as the body does
     * @throws IllegalStateException if the task has a place, or waits for one
     */
    @Awaits
    public <X extends Throwable> void withPlace(VoidBody<? extends X> body) throws X {
        acquire();
        try {
            body.run();
        } finally {
            release();
        }
    }

    /**
     * Changes how many places there are. With more, those who wait get them at once; with fewer, nobody loses a place, but nobody gets
     * one until enough were given back.
     *
     * @param newTotal how many, from 0
     */
    public void resize(int newTotal) {
        loop.checkTurn(this);
        total = checkTotal(newTotal);
        grant();
    }

    /**
     * {@return how many places there are}
     */
    public int total() {
        return total;
    }

    /**
     * {@return how many places are taken; more than {@link #total()} for a while after that was lowered}
     */
    public int borrowed() {
        return borrowers.size();
    }

    /**
     * {@return how many places can be taken now; none while somebody waits, because it would be overtaken}
     */
    public int available() {
        return queue.isEmpty() ? Math.max(0, total - borrowers.size()) : 0;
    }

    /**
     * {@return the tasks among the borrowers, and who waits for a place now}
     */
    public LockStatistics statistics() {
        loop.checkTurn(this);
        return new LockStatistics(owners(), queue.waiters());
    }

    /** The tasks among the borrowers. */
    List<TaskRef> owners() {
        return borrowers.stream().<TaskRef>mapMulti((borrower, to) -> {
            if (borrower instanceof Task<?> task) {
                to.accept(task.ref());
            }
        }).toList();
    }

    private static String nameOf(Object borrower) {
        return borrower instanceof Task<?> task ? "task '" + task.name() + "'" : "borrower " + borrower;
    }

    @Override
    public String toString() {
        return "CapacityLimiter[" + borrowers.size() + " of " + total + " taken" + queue.waitersText() + "]";
    }

    /** Where one waits for a place. */
    private final class Line extends WaitQueue {
        private Line() {
            super(CapacityLimiter.this);
        }

        /** The borrower is free at once, though its task tidies up only when it runs; no code of a user may run here. */
        @Override
        public void abandon(Task<?> task) {
            super.abandon(task);
            task.offered = null;
        }
    }
}
