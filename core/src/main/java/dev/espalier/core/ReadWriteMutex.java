package dev.espalier.core;

import dev.espalier.core.spi.LockStatistics;
import dev.espalier.core.spi.TaskRef;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/*
 * States, by the holder of the turn. Invariant: while somebody waits, the first who waits cannot have it now.
 *
 *   free    -> read      by one reader, or by all readers that wait before the first writer
 *   read    -> read      a further reader, unless somebody waits
 *   free    -> written   by one writer
 *   written -> read      downgrade, with the readers that wait before the first writer
 *   read, written -> free  the last one gave it back
 *   any     -> broken    one who held it ended; all who wait are told. Readers that still hold it go on
 */
/**
 * A lock that many tasks may hold to read, or one to write. Who waits is served in the order of coming: a reader that comes while a
 * writer waits waits behind it, so writers do not starve; readers that came before the next writer go in together, so readers do
 * not starve either.
 *
 * {@snippet class="dev.espalier.core.SyncSnippetsTest" region="read-write"}
 *
 * <p>What holds for {@link Mutex} holds for both sides: the task that took it owns it, taking it again is an error at once, and a
 * task that ends while it owns it breaks it. A reader cannot become a writer, because two that try would wait for each other; a writer
 * can become a reader, with {@link #downgrade()}.
 *
 * <p><b>Threads.</b> It belongs to the loop it was created on. Foreign threads go through {@link EventLoop#submit(Body)}.
 */
public final class ReadWriteMutex {
    private static final int READ = 0; // in Waiter.request
    private static final int WRITE = 1;

    private final EventLoop loop;
    private final WaitQueue queue = new WaitQueue(this);
    private final Side readSide = new Side(READ);
    private final Side writeSide = new Side(WRITE);

    // By the holder of the turn.
    private final Map<Task<?>, Hold> holds = new LinkedHashMap<>();
    private boolean written; // one holds it to write
    private @Nullable String broken; // why nobody will take it any more

    private ReadWriteMutex(EventLoop loop) {
        this.loop = loop;
    }

    /**
     * {@return a lock of the current loop, free}
     *
     * @throws IllegalStateException outside a loop
     */
    public static ReadWriteMutex create() {
        return new ReadWriteMutex(EventLoop.current());
    }

    /**
     * {@return the side that many may hold at once}
     */
    public Side readLock() {
        return readSide;
    }

    /**
     * {@return the side that one holds, alone}
     */
    public Side writeLock() {
        return writeSide;
    }

    /**
     * Makes the running task, which holds it to write, a reader. Nobody writes in between; readers that wait before the first writer go
     * in. The task gives it back through {@link #readLock()}.
     *
     * @throws IllegalMonitorStateException if the caller does not hold it to write
     */
    public void downgrade() {
        writeSide.checkHeld("downgrade it");
        written = false;
        grant();
    }

    private boolean isFreeFor(int mode) {
        return mode == WRITE ? holds.isEmpty() : !written;
    }

    private void give(Task<?> task, int mode) {
        var hold = new Hold();
        hold.takenBy(task);
        holds.put(task, hold);
        written = mode == WRITE;
    }

    private void grant() {
        Waiter first = queue.peek();
        while (first != null && isFreeFor(first.request)) {
            queue.poll();
            give(first.waitingTask(), first.request);
            first.wake(null);
            first = queue.peek();
        }
    }

    private boolean take(Task<?> me, int mode) {
        if (broken != null) {
            throw Holding.brokenException("lock", broken);
        }
        if (holds.containsKey(me)) {
            throw new IllegalStateException("task '" + me.name() + "' holds " + this + " already and may wait for itself for ever; "
                    + (written ? "to go on as a reader call downgrade" : "a reader gives it back before it takes it again or writes"));
        }
        if (!queue.isEmpty() || !isFreeFor(mode)) {
            return false;
        }
        give(me, mode);
        return true;
    }

    /**
     * {@return who holds it and who waits for it now, readers and writers}
     */
    public LockStatistics statistics() {
        loop.checkTurn(this);
        return new LockStatistics(holders(), queue.waiters());
    }

    List<TaskRef> holders() {
        return holds.keySet().stream().map(Task::ref).toList();
    }

    @Override
    public String toString() {
        String names = holders().stream().limit(WaitQueue.MOST_NAMES).map(task -> "'" + task.name() + "'")
                .collect(Collectors.joining(", "));
        int more = Math.max(0, holds.size() - WaitQueue.MOST_NAMES);
        return "ReadWriteMutex[" + (broken != null ? "broken: " + broken : holds.isEmpty() ? "free"
                : (written ? "written by " : "read by ") + names + (more == 0 ? "" : " and " + more + " more"))
                + queue.waitersText() + "]";
    }

    /** That a task holds it, on either side. */
    private final class Hold extends Holding {
        @Override
        void holderEnded(Task<?> ended) {
            holds.remove(ended);
            String why = broken(ended);
            broken = why;
            queue.wakeAll(why);
        }
    }

    /** The side of a {@link ReadWriteMutex} that reads, or the one that writes; used like a {@link Mutex}. */
    public final class Side {
        private final int mode;

        private Side(int mode) {
            this.mode = mode;
        }

        /**
         * Runs a body while holding this side.
         *
         * <p><b>Cancellation.</b> Cancelled while waiting for it, the body has not run.
         *
         * @param <T> its value
         * @param <X> what it throws
         * @param body the body
         * @return its value
         * @throws X as the body does
         * @throws IllegalStateException if the caller holds one of the sides already
         * @throws BrokenResourceException if a task ended while it held one of the sides
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
         * Runs a body while holding this side.
         *
         * <p><b>Cancellation.</b> Cancelled while waiting for it, the body has not run.
         *
         * @param <X> what it throws
         * @param body the body
         * @throws X as the body does
         * @throws IllegalStateException if the caller holds one of the sides already
         * @throws BrokenResourceException if a task ended while it held one of the sides
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
         * Takes this side, waiting for it if need be; for {@code try (var _ = lock.readLock().hold())}.
         *
         * <p><b>Cancellation.</b> Cancelled while waiting, it was not taken.
         *
         * @return closes to give back what the task holds then, also after {@link #downgrade()}
         * @throws IllegalStateException if the caller holds one of the sides already
         * @throws BrokenResourceException if a task ended while it held one of the sides
         */
        @Awaits
        public Mutex.Held hold() {
            lock();
            return new Mutex.Held(this::leave);
        }

        /**
         * Takes this side, waiting for it if need be. Prefer {@link #withLock(Body)}.
         *
         * <p><b>Cancellation.</b> Cancelled while waiting, it was not taken. <b>Ordering.</b> First come, first served.
         *
         * @throws IllegalStateException if the caller holds one of the sides already
         * @throws BrokenResourceException if a task ended while it held one of the sides
         */
        @Awaits
        public void lock() {
            Task<?> me = Task.runningOn(loop, this);
            me.passPoint();
            if (take(me, mode)) {
                return;
            }
            me.request = mode;
            queue.add(me);
            try {
                Object signal = me.park(queue);
                if (signal != null) {
                    throw Holding.brokenException("lock", (String) signal);
                }
            } catch (CancelledError e) {
                grant(); // readers may have waited behind a writer
                throw e;
            }
        }

        /**
         * Takes this side if that needs no waiting, and nobody waits before.
         *
         * @return whether it was taken
         * @throws IllegalStateException if the caller holds one of the sides already, or is no task
         * @throws BrokenResourceException if a task ended while it held one of the sides
         */
        public boolean tryLock() {
            return take(Task.runningOn(loop, this), mode);
        }

        /**
         * Gives this side back.
         *
         * @throws IllegalMonitorStateException if the caller does not hold this side
         */
        public void unlock() {
            giveBack(checkHeld("give it back"));
        }

        /** At the end of a body, which may have downgraded. */
        private void leave() {
            Side held = written ? writeSide : readSide;
            giveBack(held.checkHeld("give it back"));
        }

        private void giveBack(Task<?> me) {
            Hold hold = holds.remove(me);
            if (hold != null) {
                hold.givenBack();
            }
            written = false;
            grant();
        }

        private Task<?> checkHeld(String purpose) {
            Task<?> me = Task.holdingTurnOf(loop);
            if (me == null || !holds.containsKey(me) || written != (mode == WRITE)) {
                loop.checkTurn(this);
                throw new IllegalMonitorStateException((me == null ? "a callback" : "task '" + me.name() + "'")
                        + " does not hold " + this + ", so it cannot " + purpose);
            }
            return me;
        }

        @Override
        public String toString() {
            return (mode == WRITE ? "the writing side of " : "the reading side of ") + ReadWriteMutex.this;
        }
    }
}
