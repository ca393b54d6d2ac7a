package dev.espalier.core;

import dev.espalier.core.spi.IoDriver;
import dev.espalier.core.spi.LoopClock;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A clock that stands still while the loop has work and jumps to the next timer when it has none. A wait without end is
 * an error at once, unless the test has said that foreign threads will wake the loop.
 */
final class VirtualTime implements LoopClock, IoDriver {
    private static final int PATIENCE_SECONDS = 30;
    private static final long START = 1_000_000_000_000L;

    private final Semaphore wakeUps = new Semaphore(0);

    private long now = START; // by the holder of the turn
    private volatile boolean foreignThreads; // by the test, before the loop waits
    private volatile boolean closed; // by the loop
    private Supplier<String> tasks = () -> ""; // by the fixture, before the loop runs

    /** From here on a wait without end is a wait for a foreign thread. */
    void expectForeignThreads() {
        foreignThreads = true;
    }

    /** Tells what waits, for the error. */
    void describeWith(Supplier<String> description) {
        tasks = description;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public long nanoTime() {
        return now;
    }

    /** How much time has passed, of all loops; when they have ended. */
    Duration covered() {
        return Duration.ofNanos(now - START);
    }

    /** Moves the time on; the caller holds the turn and sees to the timers that are due then. */
    void jumpTo(long moment) {
        now = Math.max(now, moment);
    }

    @Override
    public void poll(long timeoutNanos) {
        if (timeoutNanos >= 0) {
            if (!wakeUps.tryAcquire()) {
                now += timeoutNanos;
            }
            return;
        }
        if (!foreignThreads) {
            throw new IllegalStateException("nothing is ready, no timer is set and no foreign thread is expected: "
                    + "the loop would wait for ever with " + tasks.get());
        }
        try {
            if (!wakeUps.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("no foreign thread woke the loop in " + PATIENCE_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            assert !Thread.currentThread().isInterrupted() : "the flag is cleared: a driver must be able to wait again";
        }
    }

    @Override
    public void wakeup() {
        wakeUps.release();
    }

    @Override
    public int registrations() {
        return 0;
    }

    @Override
    public Registration register(SelectableChannel channel, Listener listener) {
        throw new UnsupportedOperationException("virtual time has no channels; use a loop in real time");
    }

    @Override
    public void close() {
        closed = true;
    }
}
