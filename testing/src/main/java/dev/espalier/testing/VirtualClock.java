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
 * <p>It has two faces, as a machine has. The <em>monotonic</em> one, {@link #nanoTime()} and {@link #elapsed()}, is
 * the time of the loop: it never goes back, and all timers go by it. The <em>wall</em> clock, {@link #now()} and
 * {@link #instant()}, shows the start plus the elapsed time, until a test {@linkplain #setWall sets} it or
 * {@linkplain #skewWall skews} it, back too.
 *
 * {@snippet class="dev.espalier.testing.SnippetsTest" region="clock"}
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
        /** Only {@link #advanceBy}, {@link #advanceToJustBefore} and {@link #jumpBy} move it. */
        MANUAL,
        /** Real time moves it, at its own {@linkplain #rate pace} or another. */
        REAL
    }

    private final Instant start;
    private final LoopRun run;

    // Written by the holder of the turn, or by the driving thread while nobody holds it; read by any thread.
    private volatile long nanos; // while it does not flow
    private volatile @Nullable Flow flow; // null: it stands between two moves
    private volatile Duration skew = Duration.ZERO; // of the wall clock
    private volatile @Nullable Duration covered; // what the run has covered; null until it has come to its verdict

    private Mode mode = Mode.AUTO; // by the holder of the turn, read by the driving thread while nobody holds it

    /** Time that goes on by itself from a moment on. */
    private record Flow(long base, long since, double rate) {
        private long now() {
            return saturated(base, (long) ((System.nanoTime() - since) * rate));
        }
    }

    VirtualClock(Instant start, LoopRun run) {
        this.start = start;
        this.run = run;
    }

    // ---- reading

    /**
     * {@return what the wall clock shows; the same as {@link #instant()}}
     */
    public Instant now() {
        return start.plusNanos(nanoTime()).plus(skew);
    }

    @Override
    public Instant instant() {
        return now();
    }

    /**
     * {@return the virtual time since the start of the run, whatever the wall clock shows}
     */
    public Duration elapsed() {
        return Duration.ofNanos(nanoTime());
    }

    /**
     * {@return the virtual nanoseconds since the start of the run}
     */
    @Override
    public long nanoTime() {
        Flow flowing = flow;
        return flowing == null ? nanos : flowing.now();
    }

    // ---- modes

    /**
     * {@return who moves the clock now}
     */
    public Mode mode() {
        return mode;
    }

    /**
     * Sets who moves the clock from now on.
     *
     * @param value the mode; {@link Mode#REAL} lets a second be a second
     * @throws IllegalStateException outside the run
     */
    public void mode(Mode value) {
        run.checkTurn("mode");
        set(value, 1);
    }

    /**
     * Lets real time move the clock from now on, at another pace: mode {@link Mode#REAL}. For tests of what has to do
     * with the world outside the loop and would take too long in real time.
     *
     * @param factor how many times as fast as real time virtual time runs; positive and finite
     * @throws IllegalArgumentException if the factor is neither
     * @throws IllegalStateException outside the run
     */
    public void rate(double factor) {
        run.checkTurn("rate");
        if (!(factor > 0 && factor < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("virtual time cannot run " + factor
                    + " times as fast as real time; the factor must be positive and finite");
        }
        set(Mode.REAL, factor);
    }

    private void set(Mode value, double rate) {
        nanos = nanoTime();
        mode = value;
        flow = value == Mode.REAL ? new Flow(nanos, System.nanoTime(), rate) : null;
    }

    // ---- the wall clock

    /**
     * Sets the wall clock; from there it goes on with virtual time. The monotonic clock, and with it every timer, is
     * not touched.
     *
     * @param moment what it shows from now on; it may lie in the past
     * @throws IllegalStateException outside the run
     */
    public void setWall(Instant moment) {
        run.checkTurn("setWall");
        skew = Duration.between(start.plusNanos(nanoTime()), moment);
    }

    /**
     * Moves the wall clock against the monotonic one, as a time server or a person would.
     *
     * @param by how far; negative moves it back
     * @throws IllegalStateException outside the run
     */
    public void skewWall(Duration by) {
        run.checkTurn("skewWall");
        skew = skew.plus(by);
    }

    // ---- moving

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
        advanceTo(momentIn(duration));
    }

    /**
     * As {@link #advanceBy}, but stops one nanosecond before the end: what is due at the end has not run yet. For a
     * test that something does not happen too early.
     *
     * <p><b>Cancellation.</b> Cancelled on the way, time stays where it is.
     *
     * @param duration how far it is to the moment that is not reached, positive
     * @throws IllegalArgumentException if the duration is not positive
     */
    @Awaits
    public void advanceToJustBefore(Duration duration) {
        if (!duration.isPositive()) {
            throw new IllegalArgumentException("nothing lies between now and just before " + duration
                    + " from now; the duration must be positive");
        }
        advanceTo(momentIn(duration.minusNanos(1)));
    }

    @Awaits
    private void advanceTo(long target) {
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

    /** The moment that is so far from now. */
    long momentIn(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("virtual time never goes back, so it cannot move by " + duration);
        }
        return saturated(nanoTime(), nanosOf(duration));
    }

    /** In nanoseconds, cut to what a clock can show. */
    static long nanosOf(Duration duration) {
        return duration.getSeconds() >= Long.MAX_VALUE / 1_000_000_000L ? Long.MAX_VALUE : duration.toNanos();
    }

    private static long saturated(long nanos, long more) {
        return nanos + Math.min(more, Long.MAX_VALUE - nanos);
    }

    /** Another task may have moved it further meanwhile: it never goes back. */
    void moveTo(long moment) {
        long target = Math.max(nanoTime(), moment);
        Flow flowing = flow;
        if (flowing == null) {
            nanos = target;
        } else {
            flow = new Flow(target, System.nanoTime(), flowing.rate);
        }
    }

    /** What a step costs. */
    void moveBy(long cost) {
        moveTo(saturated(nanoTime(), cost));
    }

    // ---- for the driver

    /** How long it is to a moment in real time, if time flows. Rounded up, and not longer than a day. */
    Duration realTimeTo(long moment) {
        Flow flowing = flow;
        double rate = flowing == null ? 1 : flowing.rate;
        double left = Math.ceil(Math.max(0, moment - nanoTime()) / rate);
        return left >= 86_400e9 ? Duration.ofDays(1) : Duration.ofNanos((long) left);
    }

    /** At the verdict on the run: what cleans up now may need time, and nobody jumps any more. */
    void flow() {
        covered = elapsed();
        set(Mode.REAL, 1);
    }

    /** At the end of the run. */
    void stop() {
        set(Mode.MANUAL, 1);
    }

    /** How much virtual time the run has covered, up to its verdict; so far, while it is under way. */
    Duration covered() {
        Duration whole = covered;
        return whole == null ? elapsed() : whole;
    }

    @Override
    public String toString() {
        return "VirtualClock[" + now() + ", " + elapsed() + " after the start, " + mode + "]";
    }
}
