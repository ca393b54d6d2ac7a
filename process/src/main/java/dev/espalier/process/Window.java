package dev.espalier.process;

import dev.espalier.core.EventLoop;

/**
 * How many tasks may be at one child at once: one that runs and one that is there when it ends; more only when tasks
 * are so short that the way there and back takes longer.
 */
final class Window {
    // A task at a child cannot go to an idle neighbour, so a long window is only right for short tasks. The measured
    // time of a task is the time between two turns with answers, divided by their number, while the child had work all
    // along. With a window that is too short this is a part of the round trip, still short, and so the window grows
    // step by step.
    static final int LEAST = 2;
    static final int MOST = 512;
    private static final long COVERED_NANOS = 250_000;

    private int size = LEAST;
    private long since;
    private int answers;
    private double nanosPerTask = COVERED_NANOS;

    private boolean busy;
    private long busySince;
    private long busyBefore;

    int size() {
        return size;
    }

    /** The child has something to do from now on. */
    void busy(long now) {
        if (!busy) {
            busy = true;
            busySince = now;
            since = now;
            answers = 0;
        }
    }

    /** An answer came, and so many are still out. */
    void answered(EventLoop loop, int outstanding) {
        answers++;
        if (outstanding == 0 && busy) {
            busy = false;
            long now = loop.now();
            busyBefore += now - busySince;
            adapt(now);
        }
    }

    /** All answers of one turn are in. */
    void adapt(long now, int outstanding) {
        if (outstanding > 0 && answers > 0) {
            adapt(now);
        }
    }

    private void adapt(long now) {
        if (answers == 0) {
            return;
        }
        double measured = (double) (now - since) / answers;
        // Quick to grow, slow to shrink: one task that the machine kept waiting says little, and an idle worker takes
        // over what is in the way of others.
        double rate = measured > nanosPerTask ? 0.1 : 0.5;
        nanosPerTask += (Math.min(measured, 8 * nanosPerTask) - nanosPerTask) * rate;
        size = Math.clamp((long) (COVERED_NANOS / Math.max(nanosPerTask, 1)), LEAST, MOST);
        since = now;
        answers = 0;
    }

    long busyNanos(long now) {
        return busyBefore + (busy ? now - busySince : 0);
    }
}
