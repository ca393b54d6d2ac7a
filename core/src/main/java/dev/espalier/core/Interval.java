package dev.espalier.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Ticks at equal distances. The moments are reckoned from the first one, never from when a tick was taken, so they do
 * not drift ({@link MissedTicks#DELAY} excepted, which starts anew after a delay).
 *
 * {@snippet class="dev.espalier.core.IntervalTest" region="interval"}
 *
 * <p><b>Threads.</b> It belongs to its loop; one task at a time waits for the next tick.
 */
public final class Interval {
    private final EventLoop loop;
    private final long period;
    private final MissedTicks missedTicks;

    // By the holder of the turn.
    private long due; // the moment of the next tick
    private long number; // of the next tick
    private @Nullable Task<?> waiting;

    private Interval(EventLoop loop, long initial, long period, MissedTicks missedTicks) {
        if (period <= 0) {
            throw new IllegalArgumentException(
                    "the period of an interval must be positive, not " + Duration.ofNanos(period));
        }
        this.loop = loop;
        this.period = period;
        this.missedTicks = missedTicks;
        this.due = loop.now() + Math.max(0, initial);
    }

    /** What happens to ticks that nobody took in time, because the one who takes them was busy. */
    public enum MissedTicks {
        /** They come at once, one after the other, until the schedule is caught up: none is left out. */
        BURST,
        /**
         * One comes at once, and the schedule starts anew from that moment: two ticks are never closer than the period.
         */
        DELAY,
        /** One comes at once, the others are left out, and the schedule stays as it was. */
        SKIP
    }

    /**
     * A tick.
     *
     * @param number which tick of the schedule it is, from 0; numbers of ticks that were left out are left out too
     * @param due the moment it was due, never later than the moment it was taken
     * @param missed how many ticks before it were left out
     */
    public record Tick(long number, Deadline due, long missed) {}

    /**
     * Makes an interval of the current loop whose first tick comes one period from now, and that skips missed ticks.
     *
     * @param period the time between two ticks, positive
     * @return the interval
     * @throws IllegalStateException outside a loop
     */
    public static Interval every(Duration period) {
        return every(period, period, MissedTicks.SKIP);
    }

    /**
     * Makes an interval of the current loop.
     *
     * @param initial the time to the first tick; zero or negative: it is due now
     * @param period the time between two ticks, positive
     * @param missedTicks what happens to ticks that nobody took in time
     * @return the interval
     * @throws IllegalStateException outside a loop
     */
    public static Interval every(Duration initial, Duration period, MissedTicks missedTicks) {
        return new Interval(EventLoop.current(), Nanos.of(initial), Nanos.of(period), missedTicks);
    }

    /**
     * Waits for the next tick; returns at once if it is due already.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, the tick was not taken and is the next one still.
     *
     * @return the tick
     * @throws BusyException if another task waits for it
     */
    @Awaits
    public Tick next() {
        Task<?> me = Task.runningOn(loop, this);
        me.passPoint();
        checkFree(me);
        long untilDue = due - loop.now();
        if (untilDue <= 0) {
            return take(untilDue < 0);
        }
        waiting = me;
        try {
            me.sleep(untilDue);
        } finally {
            waiting = null;
        }
        return take(false); // a timer that was late by less than a period moves nothing
    }

    /** For the clause of a select. */
    Selectable asSource() {
        return new NextTick();
    }

    /** The next tick, as a select takes it; the node is its timer. */
    private final class NextTick implements Selectable {
        @Override
        public Object tryNow() {
            checkFree(Task.runningOn(loop, Interval.this));
            long untilDue = due - loop.now();
            return untilDue <= 0 ? take(untilDue < 0) : NOT_READY;
        }

        @Override
        public void link(Select.Node node) {
            waiting = node.waitingTask();
            loop.scheduler.timers.add(node, due);
        }

        @Override
        public void unlink(Select.Node node) {
            waiting = null;
            loop.scheduler.timers.remove(node);
        }

        @Override
        public Object served(Select.Node node, @Nullable Object signal) {
            waiting = null;
            return take(false);
        }

        @Override
        public String toString() {
            return Interval.this.toString();
        }
    }

    private void checkFree(Task<?> me) {
        if (waiting != null) {
            throw new BusyException("task '" + waiting.name() + "' waits for the next tick of " + this + ", and task '"
                    + me.name() + "' came second; give each task an interval of its own");
        }
    }

    private Tick take(boolean late) {
        long now = loop.now();
        long behind = Math.max(0, now - due) / period; // whole ticks that are due after this one
        long skipped = missedTicks == MissedTicks.SKIP ? behind : 0;
        long moment = due + skipped * period;
        var tick = new Tick(number + skipped, new Deadline(moment), skipped);
        number += skipped + 1;
        boolean anew = missedTicks == MissedTicks.DELAY && (late || behind > 0);
        due = (anew ? now : moment) + period;
        return tick;
    }

    /**
     * {@return when the next tick is due; in the past if it was missed}
     */
    public Deadline due() {
        return new Deadline(due);
    }

    @Override
    public String toString() {
        return "Interval[of " + Nanos.text(period) + ", tick " + number + " due in "
                + Nanos.text(Math.max(0, due - loop.now()))
                + (waiting == null ? "]" : ", task '" + waiting.name() + "' waits]");
    }
}
