package dev.espalier.core;

import dev.espalier.core.spi.LockStatistics;
import java.util.List;
import org.jspecify.annotations.Nullable;

/*
 * States, by the holder of the turn.
 *
 *   filling -> filling  a party arrives; the last one wakes all, and the next round begins
 *   filling -> broken   a waiting party is cancelled, or abort
 *   any     -> filling  reset, with nobody waiting
 */
/**
 * A place where a fixed number of tasks wait for each other. When the last one arrives all go on, and the barrier can be used again.
 *
 * {@snippet class="dev.espalier.core.SyncSnippetsTest" region="barrier"}
 *
 * <p>If one of those who wait is cancelled, the others would wait for ever. So the barrier is broken then: they and all who come later
 * get {@link BrokenResourceException}, until {@link #reset()}.
 *
 * <p><b>Threads.</b> It belongs to the loop it was created on. Foreign threads go through {@link EventLoop#submit(Body)}.
 */
public final class Barrier {
    private final EventLoop loop;
    private final int parties;
    private final Line queue = new Line();

    // By the holder of the turn.
    private int arrived;
    private @Nullable String broken; // why

    private Barrier(EventLoop loop, int parties) {
        this.loop = loop;
        this.parties = parties;
    }

    /**
     * Makes a barrier of the current loop.
     *
     * @param parties how many wait for each other, from 1
     * @return the barrier
     * @throws IllegalStateException outside a loop
     */
    public static Barrier of(int parties) {
        if (parties < 1) {
            throw new IllegalArgumentException("a barrier needs at least one party, not " + parties);
        }
        return new Barrier(EventLoop.current(), parties);
    }

    /**
     * Waits until all parties have arrived.
     *
     * <p><b>Cancellation.</b> Cancelled before it waits, it has not arrived. Cancelled while it waits, the barrier is broken.
     *
     * @return how many had arrived before: 0 for the first, one less than {@link #parties()} for the last
     * @throws BrokenResourceException if the barrier is broken or is reset while the caller waits
     */
    @Awaits
    public int await() {
        Task<?> me = Task.runningOn(loop, this);
        me.passPoint();
        checkWhole(broken);
        int index = arrived;
        if (index + 1 == parties) {
            letGo(null);
            return index;
        }
        arrived++;
        queue.add(me);
        try {
            checkWhole((String) me.park(queue));
        } catch (CancelledError e) {
            tellOthers();
            throw e;
        }
        return index;
    }

    private void checkWhole(@Nullable String why) {
        if (why != null) {
            throw new BrokenResourceException("this barrier of " + parties + " parties is broken: " + why
                    + "; when all parties know, use it again with reset");
        }
    }

    /**
     * After the cancellation of one: not while it is spread, because the others may be cancelled by the same request, and then they
     * must hear of that and of nothing else.
     */
    private void tellOthers() {
        if (broken != null) {
            letGo(broken);
        }
    }

    private void letGo(@Nullable String why) {
        arrived = 0;
        queue.wakeAll(why);
    }

    /** Breaks the barrier: who waits and who comes later gets {@link BrokenResourceException}. */
    public void abort() {
        loop.checkTurn(this);
        Task<?> me = Task.holdingTurnOf(loop);
        broken = me == null ? "it was aborted" : "task '" + me.name() + "' aborted it";
        letGo(broken);
    }

    /** Makes the barrier new. Who waits gets {@link BrokenResourceException}; who comes later is the first. */
    public void reset() {
        loop.checkTurn(this);
        broken = null;
        letGo("it was reset");
    }

    /**
     * {@return whether it is broken and not reset}
     */
    public boolean isBroken() {
        return broken != null;
    }

    /**
     * {@return how many wait for each other}
     */
    public int parties() {
        return parties;
    }

    /**
     * {@return who waits for the others now}
     */
    public LockStatistics statistics() {
        loop.checkTurn(this);
        return new LockStatistics(List.of(), queue.waiters());
    }

    @Override
    public String toString() {
        return "Barrier[" + (broken != null ? "broken: " + broken : arrived + " of " + parties + " arrived") + queue.waitersText()
                + "]";
    }

    /** Where the parties wait. */
    private final class Line extends WaitQueue {
        private Line() {
            super(Barrier.this);
        }

        /** Broken at once: nobody may count on a party that will not go through. */
        @Override
        public void abandon(Task<?> task) {
            super.abandon(task);
            broken = "task '" + task.name() + "' was cancelled while it waited";
        }
    }
}
