package dev.espalier.testing;

import dev.espalier.core.Awaits;
import dev.espalier.core.spi.LoopClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The clock of a {@link LoopTester}. It stands still while anything can run and moves when nothing can, so an hour of
 * {@code sleep} takes no real time.
 *
 * <p>Give it to the tested code as what it is, an {@link InstantSource}, or as the {@link java.time.Clock} that {@link
 * #withZone} makes of it.
 *
 * <p>The unit is the nanosecond; time ends 292 years after the start and stands still there.
 *
 * <p><b>Threads.</b> Reading is free to any thread; moving belongs to the tasks of the run.
 */
public final class VirtualClock implements LoopClock, InstantSource {
    /** Who moves the clock. */
    public enum Mode {
        /** It jumps to the next timer when nothing can run and nothing outside the loop is awaited. */
        AUTO,
        /** Only {@link #advanceBy} and {@link #jumpBy} move it. */
        MANUAL
    }

    private final Instant start;
    private final LoopRun run;

    /** Written by the holder of the turn, or by the driving thread while nobody holds it; read by any thread. */
    private volatile long nanos;

    private Mode mode = Mode.AUTO; // by the holder of the turn, read by the driving thread while nobody holds it

    /** Once the run has ended: real time goes on from here, so that clean-up that sleeps ends. Null before. */
    private volatile @Nullable Long flowsSince;

    VirtualClock(Instant start, LoopRun run) {
        this.start = start;
        this.run = run;
    }

    /**
     * {@return the virtual moment; the same as {@link #instant()}}
     */
    public Instant now() {
        return start.plusNanos(nanoTime());
    }

    @Override
    public Instant instant() {
        return now();
    }

    /**
     * {@return the virtual time since the start of the run}
     */
    public Duration elapsed() {
        return Duration.ofNanos(nanoTime());
    }

    /**
     * {@return the virtual nanoseconds since the start of the run}
     */
    @Override
    public long nanoTime() {
        Long since = flowsSince;
        return since == null ? nanos : saturated(nanos, System.nanoTime() - since);
    }

    /**
     * {@return who moves the clock now}
     */
    public Mode mode() {
        return mode;
    }

    /**
     * Sets who moves the clock from now on.
     *
     * @param value the mode
     */
    public void mode(Mode value) {
        mode = value;
    }

    /**
     * Moves time forward and runs everything that is due on the way, in the order of its deadlines, including what is
     * due at the very end. {@linkplain LoopTester#settle() Settles} before the first move and after each one, so that a
     * task that was just started has set its timers, and the caller goes on last.
     *
     * <p><b>Cancellation.</b> Cancelled on the way, time stays where it is.
     *
     * @param duration how far, not negative
     * @throws IllegalArgumentException if the duration is negative
     */
    @Awaits
    public void advanceBy(Duration duration) {
        long target = momentIn(duration);
        run.settle();
        for (OptionalLong next = run.loop().nextTimer();
                next.isPresent() && next.getAsLong() - target <= 0;
                next = run.loop().nextTimer()) {
            moveTo(next.getAsLong());
            run.settle();
        }
        moveTo(target);
        run.settle();
    }

    /**
     * Moves time in one jump, as if the machine had been frozen: all that became due runs afterwards, in one tick.
     *
     * @param duration how far, not negative
     * @throws IllegalArgumentException if the duration is negative
     */
    public void jumpBy(Duration duration) {
        run.checkTurn("jumpBy");
        moveTo(momentIn(duration));
    }

    private long momentIn(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("virtual time never goes back, so it cannot move by " + duration);
        }
        boolean far = duration.getSeconds() >= Long.MAX_VALUE / 1_000_000_000L;
        return saturated(nanos, far ? Long.MAX_VALUE : duration.toNanos());
    }

    private static long saturated(long nanos, long more) {
        return nanos + Math.min(more, Long.MAX_VALUE - nanos);
    }

    /** Another task may have moved it further meanwhile: it never goes back. */
    void moveTo(long moment) {
        nanos = Math.max(nanos, moment);
    }

    /** At the end of the run: what cleans up now may need time, and nobody jumps any more. */
    void flow() {
        flowsSince = System.nanoTime();
    }

    @Override
    public String toString() {
        return "VirtualClock[" + now() + ", " + elapsed() + " after the start, " + mode + "]";
    }
}
