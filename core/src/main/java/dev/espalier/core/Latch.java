package dev.espalier.core;

import dev.espalier.core.spi.LockStatistics;
import java.util.List;

/**
 * A count that goes down to zero; tasks wait until it is there. It is used once.
 *
 * {@snippet class="dev.espalier.core.SyncSnippetsTest" region="latch"}
 *
 * <p><b>Threads.</b> It belongs to the loop it was created on. Foreign threads count through {@link
 * EventLoop#callSoonThreadsafe(Runnable)}.
 */
public final class Latch {
    private final Gate gate;
    private long count; // by the holder of the turn

    private Latch(long count) {
        this.count = count;
        this.gate = new Gate(this, count == 0);
    }

    /**
     * Makes a latch of the current loop.
     *
     * @param count how far it has to go, from 0
     * @return the latch
     * @throws IllegalStateException outside a loop
     */
    public static Latch of(long count) {
        if (count < 0) {
            throw new IllegalArgumentException("a latch counts down to 0, so it cannot begin with " + count);
        }
        return new Latch(count);
    }

    /** Takes one off the count; the last one lets all go on who wait. Does nothing at zero. */
    public void countDown() {
        gate.checkTurn();
        if (count > 0 && --count == 0) {
            gate.open();
        }
    }

    /**
     * {@return how far it still has to go}
     */
    public long count() {
        return count;
    }

    /**
     * Waits until the count is zero.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, nothing has changed.
     */
    @Awaits
    public void await() {
        gate.pass();
    }

    /**
     * {@return who waits for it now}
     */
    public LockStatistics statistics() {
        gate.checkTurn();
        return new LockStatistics(List.of(), gate.waiters());
    }

    @Override
    public String toString() {
        return "Latch[" + count + " to go" + gate.waitersText() + "]";
    }
}
