package dev.espalier.process;

import dev.espalier.core.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * The children of a pool that ended without having been of use: whether to go on starting more of them, and how soon.
 */
final class CrashLog {
    // A child that has ended a task, well or badly, is no part of a crash loop: whoever submits tasks drives it. One that
    // could not be started, or ended with nothing done, would be replaced for ever at the cost of a processor.

    /** How one of them ended. */
    interface Cause {
        WorkerLostException toLost(String what, List<WorkerLostException> earlier);
    }

    /** So many causes are told; each may hold 64 Ki characters. */
    private static final int TOLD = 16;

    // By the holder of the loop's turn.
    private final EventLoop loop = EventLoop.current();
    private final PoolOptions.Restarts limits;
    private final ArrayDeque<Long> times = new ArrayDeque<>();
    private final ArrayDeque<Cause> causes = new ArrayDeque<>();
    private int inARow;

    CrashLog(PoolOptions.Restarts limits) {
        this.limits = limits;
    }

    /** A child has done something before it ended. */
    void useful() {
        inARow = 0;
    }

    /** Takes note of one; false when there were too many of them, in a pool of so many workers. */
    boolean add(Cause cause, int workers) {
        inARow++;
        long now = loop.now();
        times.add(now);
        causes.add(cause);
        if (causes.size() > TOLD) {
            causes.remove();
        }
        while (now - times.getFirst() > limits.period().toNanos()) {
            times.remove();
        }
        return times.size() <= (long) limits.most() * workers;
    }

    /** How long to wait before another child is started, in a pool of so many workers. */
    Duration pause(int workers) {
        int rounds = (inARow + workers - 1) / workers;
        return rounds == 0 ? Duration.ZERO : limits.backoff().after(rounds);
    }

    /** How many there were within the period. */
    int recent() {
        return times.size();
    }

    /** The last one, with those before it. */
    WorkerLostException toLost(String what) {
        List<WorkerLostException> earlier = new ArrayList<>();
        Iterator<Cause> all = causes.iterator();
        while (true) {
            Cause cause = all.next();
            if (!all.hasNext()) {
                return cause.toLost(what, earlier);
            }
            earlier.add(cause.toLost("a child of the pool", List.of()));
        }
    }
}
