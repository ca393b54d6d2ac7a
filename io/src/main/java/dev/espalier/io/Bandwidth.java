package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Awaits;
import dev.espalier.core.EventLoop;
import java.time.Duration;

/**
 * How many bytes may pass in a second, through one stream or several together; see {@link StreamLimits#withReadBandwidth}. What is
 * not used is saved up to a burst. Those who wait are served in turn, a little each, so that they have equal parts.
 *
 * {@snippet class="dev.espalier.io.BandwidthTest" region="bandwidth"}
 *
 * <p><b>Threads.</b> It belongs to the loop on which it was made. Time is the loop's.
 */
public final class Bandwidth {
    private static final long SECOND = 1_000_000_000;

    /** Parts of a second for which one is served at once at most. */
    private static final int TURNS_PER_SECOND = 50;

    private final EventLoop loop = EventLoop.current();
    private final AsyncSemaphore turn = AsyncSemaphore.of(1); // of who waits for bytes
    private final int burst;

    // By the holder of the turn of the loop.
    private long bytesPerSecond;
    private long paidUntil; // on the loop's clock: what has passed has used the time up to here

    private Bandwidth(long bytesPerSecond, int burst) {
        this.bytesPerSecond = bytesPerSecond;
        this.burst = burst;
        this.paidUntil = loop.now() - time(burst);
    }

    /**
     * Makes a bandwidth. At first, a burst may pass.
     *
     * @param bytesPerSecond from 1 to a billion
     * @param burst how many bytes may pass at once after a pause, from 1
     * @return the bandwidth
     */
    public static Bandwidth of(long bytesPerSecond, int burst) {
        if (burst < 1) {
            throw new IllegalArgumentException("a burst has at least 1 byte, not " + burst);
        }
        return new Bandwidth(checked(bytesPerSecond), burst);
    }

    private static long checked(long bytesPerSecond) {
        if (bytesPerSecond < 1 || bytesPerSecond > SECOND) {
            throw new IllegalArgumentException("from 1 to " + SECOND + " bytes may pass in a second, not " + bytesPerSecond);
        }
        return bytesPerSecond;
    }

    /**
     * {@return how many bytes may pass in a second}
     */
    public long bytesPerSecond() {
        return bytesPerSecond;
    }

    /**
     * Lets more or fewer bytes pass from now on. What was saved stays.
     *
     * @param value bytes in a second, from 1 to a billion
     */
    public void setBytesPerSecond(long value) {
        loop.checkTurn(this);
        long saved = saved();
        bytesPerSecond = checked(value);
        paidUntil = loop.now() - time(saved);
    }

    /**
     * Waits until bytes may pass, and counts them.
     *
     * <p><b>Cancellation.</b> Cancelled, none is counted.
     *
     * @param most how many are wanted, from 1
     * @return how many may pass, from 1
     */
    @Awaits
    int take(int most) {
        turn.acquire();
        try {
            int wanted = Math.min(most, (int) Math.min(Math.max(1, bytesPerSecond / TURNS_PER_SECOND), Math.min(burst, LoopShare.CHUNK)));
            long saved = saved();
            while (saved < wanted) {
                Async.sleep(Duration.ofNanos(Math.max(1, paidUntil + time(wanted) - loop.now())));
                saved = saved();
            }
            return count(wanted);
        } finally {
            turn.release();
        }
    }

    /** As {@link #take} without waiting; 0 if none may pass now, or others wait. */
    int tryTake(int most) {
        return turn.available() == 0 ? 0 : count((int) Math.min(most, saved()));
    }

    private int count(int bytes) {
        paidUntil += time(bytes);
        return bytes;
    }

    /** Counts so many bytes less: they did not pass. */
    void giveBack(int bytes) {
        paidUntil -= time(bytes);
    }

    /** How many bytes may pass now. */
    private long saved() {
        long now = loop.now();
        if (now - paidUntil > time(burst)) {
            paidUntil = now - time(burst);
        }
        return (now - paidUntil) / SECOND * bytesPerSecond + (now - paidUntil) % SECOND * bytesPerSecond / SECOND;
    }

    /** What bytes take, rounded up: never more than promised pass. */
    private long time(long bytes) {
        return Math.ceilDiv(bytes * SECOND, bytesPerSecond);
    }

    @Override
    public String toString() {
        return "Bandwidth[" + bytesPerSecond + " bytes a second, " + burst + " at once, " + saved() + " now"
                + (turn.available() == 0 ? ", a task waits]" : "]");
    }
}
