package dev.espalier.process;

import dev.espalier.core.Awaits;

/**
 * A number of permits that tasks of this process and of its children take in turn; in all else as {@link SharedLock}.
 *
 * {@snippet class="dev.espalier.process.SharedSemaphoreTest" region="semaphore"}
 *
 * <p><b>Loss.</b> Permits of a process that has ended are free again, as those of a task of a pool that has.
 *
 * <p><b>Ordering.</b> First come, first served: a request for many permits is not passed by one for few.
 */
public final class SharedSemaphore implements AutoCloseable {
    private final Permits permits;
    private final int total;

    SharedSemaphore(Permits permits, int total) {
        this.permits = permits;
        this.total = total;
    }

    /**
     * Creates a semaphore that this process keeps.
     *
     * @param permits how many, 1 to 1 048 576
     * @return the semaphore, to be closed
     */
    public static SharedSemaphore of(int permits) {
        PoolOptions.check(permits >= 1 && permits <= 1 << 20, "permits", permits, "1 to 1048576");
        return new SharedSemaphore(PermitHome.of(permits), permits);
    }

    /**
     * Waits for one permit and takes it; as {@link #acquire(int)}.
     *
     * @return the permit, to be closed
     */
    @Awaits
    public Permit acquire() {
        return acquire(1);
    }

    /**
     * Waits until so many permits are free and takes them.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, none is taken. A thread outside a loop that is interrupted stays so.
     *
     * @param count how many, 1 to {@link #total()}
     * @return the permits, to be closed
     * @throws IllegalStateException if the semaphore is closed
     * @throws java.util.concurrent.CancellationException if a thread outside a loop is interrupted
     */
    @Awaits
    public Permit acquire(int count) {
        PoolOptions.check(count >= 1 && count <= total, "count", count, "1 to " + total);
        return new Permit(Permits.take(permits, count, this), count);
    }

    /**
     * {@return how many permits there are, free or taken}
     */
    public int total() {
        return total;
    }

    Permits permits() {
        return permits;
    }

    /**
     * Ends it: whoever waits for permits, or will, gets an {@link IllegalStateException}. Does nothing in a process that does not keep it.
     */
    @Override
    public void close() {
        permits.close();
    }

    @Override
    public String toString() {
        return "SharedSemaphore[" + permits + "]";
    }

    /**
     * Permits in the hands of one holder.
     */
    public static final class Permit implements AutoCloseable {
        private final Permits.Grant grant;
        private final int count;

        private Permit(Permits.Grant grant, int count) {
            this.grant = grant;
            this.count = count;
        }

        /**
         * {@return how many there are}
         */
        public int count() {
            return count;
        }

        /**
         * {@return whether a holder was lost since permits were taken last}
         */
        public boolean isAfterLoss() {
            return grant.afterLoss;
        }

        /**
         * Gives them back; does nothing the second time.
         */
        @Override
        public void close() {
            grant.close();
        }
    }
}
