package dev.espalier.core;

import dev.espalier.core.spi.LockStatistics;
import dev.espalier.core.spi.TaskRef;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/*
 * States, by the holder of the turn. Invariant: while somebody waits in the queue, somebody holds the mutex.
 *
 *   free   -> held     lock, tryLock: by the running task
 *   held   -> held     unlock, Condition.await: by the first who waits, before that one runs
 *   held   -> free     the same, if nobody waits
 *   held   -> broken   the owner ended; all who wait, here and at the conditions, are told
 */
/**
 * A lock for tasks: one at a time holds it, also while it awaits. The others wait in the order in which they came, and nobody gets
 * in between: the lock goes from hand to hand.
 *
 * <p>A loop runs one task at a time, so state that is changed without an await in the middle needs no lock. A mutex is for changes
 * that await.
 *
 * {@snippet class="dev.espalier.core.SyncSnippetsTest" region="mutex"}
 *
 * <p>The task that took it owns it. It must give it back itself, and must not take it again: that would wait for itself for ever, so
 * it is an error at once. If a task ends while it owns a mutex, the mutex is broken: those who wait for it or ask for it later get
 * {@link BrokenResourceException}, because what it guards may be half changed.
 *
 * <p><b>Threads.</b> It belongs to the loop it was created on. Foreign threads go through {@link EventLoop#submit(Body)}.
 */
public final class Mutex extends Holding {
    private final EventLoop loop;
    private final Object face; // what it is part of, for messages; mostly itself
    private final Entrance queue;

    // By the holder of the turn.
    private @Nullable Condition conditions; // the last made, linked by its field
    private @Nullable String broken; // why nobody will hold it any more

    private Mutex(EventLoop loop, @Nullable Object face) {
        this.loop = loop;
        this.face = face == null ? this : face;
        this.queue = new Entrance();
    }

    /**
     * {@return a mutex of the current loop, free}
     *
     * @throws IllegalStateException outside a loop
     */
    public static Mutex create() {
        return new Mutex(EventLoop.current(), null);
    }

    /** The mutex inside another thing, which it names itself after. */
    static Mutex inside(Object face) {
        return new Mutex(EventLoop.current(), face);
    }

    /**
     * Runs a body while holding the mutex.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting for the mutex, the body has not run.
     *
     * @param <T> its value
     * @param <X> what it throws
     * @param body the body
     * @return its value
     * @throws X as the body does
     * @throws IllegalStateException if the caller holds it already
     * @throws BrokenResourceException if a task ended while it held it
     */
    @Awaits
    public <T extends @Nullable Object, X extends Throwable> T withLock(Body<? extends T, ? extends X> body) throws X {
        lock();
        try {
            return body.run();
        } finally {
            leave();
        }
    }

    /**
     * Runs a body while holding the mutex.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting for the mutex, the body has not run.
     *
     * @param <X> what it throws
     * @param body the body
     * @throws X as the body does
     * @throws IllegalStateException if the caller holds it already
     * @throws BrokenResourceException if a task ended while it held it
     */
    @Awaits
    public <X extends Throwable> void withLock(VoidBody<? extends X> body) throws X {
        lock();
        try {
            body.run();
        } finally {
            leave();
        }
    }

    /**
     * Takes the mutex, waiting for it if need be; for {@code try (var _ = mutex.hold())}.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, it was not taken.
     *
     * @return closes to give it back
     * @throws IllegalStateException if the caller holds it already
     * @throws BrokenResourceException if a task ended while it held it
     */
    @Awaits
    public Held hold() {
        lock();
        return new Held(this::leave);
    }

    /**
     * Takes the mutex, waiting for it if need be. Prefer {@link #withLock(Body)}.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, it was not taken. <b>Ordering.</b> First come, first served.
     *
     * @throws IllegalStateException if the caller holds it already
     * @throws BrokenResourceException if a task ended while it held it
     */
    @Awaits
    public void lock() {
        Task<?> me = Task.runningOn(loop, face);
        me.passPoint();
        if (!take(me)) {
            queue.add(me);
            checkGranted(me.park(queue));
        }
    }

    /**
     * Takes the mutex if nobody holds it.
     *
     * @return whether it was taken
     * @throws IllegalStateException if the caller holds it already, or is no task
     * @throws BrokenResourceException if a task ended while it held it
     */
    public boolean tryLock() {
        return take(Task.runningOn(loop, face));
    }

    private boolean take(Task<?> me) {
        if (broken != null) {
            throw brokenException("mutex", broken);
        }
        Task<?> owner = holder();
        if (owner == me) {
            throw new IllegalStateException("task '" + me.name() + "' holds " + face + " already and would wait for itself for ever;"
                    + " split the method into an outer one that locks and an inner one that does not");
        }
        if (owner != null) {
            return false;
        }
        takenBy(me);
        return true;
    }

    private static void checkGranted(@Nullable Object signal) {
        if (signal != null) {
            throw brokenException("mutex", (String) signal);
        }
    }

    /**
     * Gives the mutex back; the first who waits holds it from here on.
     *
     * @throws IllegalMonitorStateException if the caller does not hold it
     * @throws BrokenResourceException if a task ended while it held it
     */
    public void unlock() {
        if (holder() == null && broken != null) {
            throw brokenException("mutex", broken);
        }
        checkHeld("give it back");
        handOver();
    }

    /** Unlocks at the end of a body, whose own failure says already that it lost the mutex at a condition. */
    void leave() {
        if (broken == null) {
            unlock();
        }
    }

    /** For what finds without waiting that it need not wait. */
    void passPoint() {
        Task.runningOn(loop, face).passPoint();
    }

    void checkTurn() {
        loop.checkTurn(face);
    }

    private Task<?> checkHeld(String purpose) {
        Task<?> me = Task.holdingTurnOf(loop);
        if (me == null || holder() != me) {
            loop.checkTurn(face);
            throw new IllegalMonitorStateException((me == null ? "a callback" : "task '" + me.name() + "'")
                    + " does not hold " + face + ", so it cannot " + purpose);
        }
        return me;
    }

    private void handOver() {
        givenBack();
        Waiter next = queue.poll();
        if (next != null) {
            takenBy(next.waitingTask());
            next.wake(null);
        }
    }

    @Override
    void holderEnded(Task<?> ended) {
        String why = broken(ended);
        broken = why;
        queue.wakeAll(why);
        for (Condition condition = conditions; condition != null; condition = condition.next) {
            condition.queue.wakeAll(why);
        }
    }

    /**
     * {@return whether a task holds it}
     */
    public boolean isLocked() {
        return holder() != null;
    }

    /**
     * {@return whether the running task holds it}
     */
    public boolean isHeldByCurrentTask() {
        Task<?> owner = holder();
        return owner != null && owner == Task.holdingTurnOf(loop);
    }

    /**
     * {@return who holds it and who waits for it now}
     */
    public LockStatistics statistics() {
        loop.checkTurn(face);
        return new LockStatistics(holderRefs(), queue.waiters());
    }

    /**
     * {@return a new condition of this mutex}
     */
    public Condition newCondition() {
        loop.checkTurn(face);
        return new Condition();
    }

    /** For the clause of a select. */
    Selectable entrance() {
        return queue;
    }

    String stateText() {
        Task<?> owner = holder();
        return (broken != null ? "broken: " + broken : owner == null ? "free" : "held by task '" + owner.name() + "'")
                + queue.waitersText();
    }

    @Override
    public String toString() {
        return "Mutex[" + stateText() + "]";
    }

    /** A lock that is held; closing gives it back, and does nothing the second time. */
    public static final class Held implements AutoCloseable {
        private @Nullable Runnable release; // null once closed; by the holder of the turn

        Held(Runnable release) {
            this.release = release;
        }

        /**
         * Gives back what is held.
         *
         * @throws IllegalMonitorStateException if another task holds it
         */
        @Override
        public void close() {
            Runnable action = release;
            if (action != null) {
                action.run();
                release = null;
            }
        }

        @Override
        public String toString() {
            return release == null ? "Held[closed]" : "Held[open]";
        }
    }

    /** Where one waits to hold it. It needs no second look after a waiter left: the next is served when it is given back. */
    private final class Entrance extends SelectQueue {
        private Entrance() {
            super(face);
        }

        /** The face may be another thing, which this mutex is inside of. */
        @Override
        public List<TaskRef> blockers() {
            return holderRefs();
        }

        @Override
        public @Nullable Object tryNow() {
            return tryLock() ? null : NOT_READY;
        }

        @Override
        public @Nullable Object served(Select.Node node, @Nullable Object signal) {
            checkGranted(signal);
            return null;
        }
    }

    /**
     * Where the owner of a mutex waits, without holding it, until another owner says that something has changed.
     *
     * <p>A signalled task waits for the mutex again before it goes on, so what it waited for may be gone by then: wait in a loop, or
     * with {@link #awaitUntil}.
     *
     * {@snippet class="dev.espalier.core.SyncSnippetsTest" region="condition"}
     *
     * <p><b>Threads.</b> As its mutex.
     */
    public final class Condition {
        private static final int SIGNALLED = 1; // in Waiter.request: it waits for the mutex already

        private final WaitQueue queue = new WaitQueue(this);
        private final @Nullable Condition next; // the one made before

        private Condition() {
            next = conditions;
            conditions = this;
        }

        /**
         * Gives the mutex back, waits for a signal, and takes the mutex again.
         *
         * <p><b>Cancellation.</b> Cancelled, it throws when it holds the mutex again, so that leaving it is the same as always; that
         * wait is not cut short. If it had been signalled, but did not hold the mutex yet, the signal goes to the next who waits.
         *
         * @throws IllegalMonitorStateException if the caller does not hold the mutex
         * @throws BrokenResourceException if a task ended while it held the mutex; the caller does not hold it then
         */
        @Awaits
        public void await() {
            Task<?> me = checkHeldByCaller();
            me.passPoint();
            awaitSignal(me);
        }

        /**
         * Waits until something holds, looking first and after each signal.
         *
         * <p><b>Cancellation.</b> As {@link #await()}.
         *
         * @param holds looks; it runs while the caller holds the mutex, and must not await
         * @throws IllegalMonitorStateException if the caller does not hold the mutex
         * @throws BrokenResourceException if a task ended while it held the mutex; the caller does not hold it then
         */
        @Awaits
        public void awaitUntil(BooleanSupplier holds) {
            Task<?> me = checkHeldByCaller();
            me.passPoint();
            while (!holds.getAsBoolean()) {
                awaitSignal(me);
            }
        }

        private void awaitSignal(Task<?> me) {
            me.checkCancelled();
            me.request = 0;
            queue.add(me);
            handOver();
            try {
                checkGranted(me.park(queue));
            } catch (CancelledError e) {
                lockAgain(me);
                if (me.request == SIGNALLED) {
                    signal();
                }
                throw e;
            }
        }

        /** One wait that nothing cuts short: a task that leaves this place holds the mutex. */
        private void lockAgain(Task<?> me) {
            if (!take(me)) {
                Mutex.this.queue.add(me);
                checkGranted(me.parkUncancellable(Mutex.this.queue));
            }
        }

        /**
         * Lets the one go on that waits longest, as soon as it gets the mutex. Does nothing if nobody waits.
         *
         * @throws IllegalMonitorStateException if the caller does not hold the mutex
         */
        public void signal() {
            checkHeld("signal its condition");
            toMutex(queue.poll());
        }

        /**
         * Lets all go on that wait, one after the other as they get the mutex.
         *
         * @throws IllegalMonitorStateException if the caller does not hold the mutex
         */
        public void signalAll() {
            checkHeld("signal its condition");
            for (Waiter waiter = queue.poll(); waiter != null; waiter = queue.poll()) {
                toMutex(waiter);
            }
        }

        /** The one who signals holds the mutex, so a signalled task would only wake to wait again. */
        private void toMutex(@Nullable Waiter waiter) {
            if (waiter != null) {
                waiter.request = SIGNALLED;
                Mutex.this.queue.add(waiter);
                waiter.waitingTask().nowWaitsOn(Mutex.this.queue);
            }
        }

        private Task<?> checkHeldByCaller() {
            return checkHeld("wait at its condition");
        }

        /**
         * {@return who holds the mutex and who waits for a signal now}
         */
        public LockStatistics statistics() {
            return new LockStatistics(Mutex.this.statistics().owners(), queue.waiters());
        }

        @Override
        public String toString() {
            return "Condition[of " + face + queue.waitersText() + "]";
        }
    }
}
