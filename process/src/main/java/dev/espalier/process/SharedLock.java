package dev.espalier.process;

import dev.espalier.core.Awaits;

/**
 * A lock that tasks of this process and of its children hold in turn.
 *
 * {@snippet class="dev.espalier.process.SharedLockTest" region="lock"}
 *
 * <p>It is captured, passed as an argument, sent through channels and returned, as often as one likes; all of these are the same lock.
 * The process that created it keeps it, and only its own children can use it, not theirs. It is not reentrant.
 *
 * <p><b>Loss.</b> When the process of a holder ends, however that happens, the lock is free when that process is buried, and so it is when
 * a task of a pool ends without having given it back. {@link Held#isAfterLoss()} tells the next holder, who may find what the
 * lock protects in the middle of a change.
 *
 * <p><b>Ordering.</b> First come, first served, in the order in which requests reach the process that keeps it. What a holder did
 * happened-before what the next one does, also in shared memory.
 *
 * <p><b>Threads.</b> Any: a task on a loop waits, a thread elsewhere blocks.
 */
public final class SharedLock implements AutoCloseable {
    private final Permits permits;

    SharedLock(Permits permits) {
        this.permits = permits;
    }

    /**
     * Creates a lock that this process keeps.
     *
     * @return the lock, to be closed
     */
    public static SharedLock create() {
        return new SharedLock(PermitHome.of(1));
    }

    /**
     * Waits until the lock is free and takes it.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, the lock is not taken. A thread outside a loop that is interrupted stays so.
     *
     * @return the hold, to be closed
     * @throws IllegalStateException if the lock is closed
     * @throws java.util.concurrent.CancellationException if a thread outside a loop is interrupted
     */
    @Awaits
    public Held hold() {
        return new Held(Permits.take(permits, 1, this));
    }

    Permits permits() {
        return permits;
    }

    /**
     * Ends it: whoever waits for it, or will, gets an {@link IllegalStateException}. Does nothing in a process that does not keep it.
     */
    @Override
    public void close() {
        permits.close();
    }

    @Override
    public String toString() {
        return "SharedLock[" + permits + "]";
    }

    /**
     * The lock in the hands of one holder.
     */
    public static final class Held implements AutoCloseable {
        private final Permits.Grant grant;

        private Held(Permits.Grant grant) {
            this.grant = grant;
        }

        /**
         * {@return whether the holder before was lost and did not give the lock back}
         */
        public boolean isAfterLoss() {
            return grant.afterLoss;
        }

        /**
         * Gives the lock back; does nothing the second time.
         */
        @Override
        public void close() {
            grant.close();
        }
    }
}
