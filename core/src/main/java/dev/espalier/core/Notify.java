package dev.espalier.core;

import dev.espalier.core.spi.LockStatistics;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A bell for tasks: each ring lets one go on. If nobody waits, one ring is kept for the next who comes, so that a task which looks
 * for work, finds none and then waits misses nothing. More rings than one are not kept: the ring says "look again", not how often.
 * The semantics are those of tokio's type of this name.
 *
 * {@snippet class="dev.espalier.core.SyncSnippetsTest" region="notify"}
 *
 * <p><b>Threads.</b> It belongs to the loop it was created on. Foreign threads ring through {@link
 * EventLoop#callSoonThreadsafe(Runnable)}.
 */
public final class Notify {
    private final EventLoop loop;
    private final Place queue = new Place();
    private boolean kept; // a ring that nobody heard yet; by the holder of the turn, true only while nobody waits

    private Notify(EventLoop loop) {
        this.loop = loop;
    }

    /**
     * {@return a bell of the current loop, with no ring kept}
     *
     * @throws IllegalStateException outside a loop
     */
    public static Notify create() {
        return new Notify(EventLoop.current());
    }

    /** Lets the one go on that waits longest. If nobody waits, the next {@link #await} returns at once. */
    public void notifyOne() {
        loop.checkTurn(this);
        Waiter first = queue.poll();
        if (first == null) {
            kept = true;
        } else {
            first.wake(null);
        }
    }

    /** Lets all go on who wait now. Keeps nothing for those who come later. */
    public void notifyWaiters() {
        loop.checkTurn(this);
        queue.wakeAll(null);
    }

    /**
     * Waits for a ring; takes the one that was kept, if there is one.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, it has taken no ring. A ring that came before the cancellation was heard:
     * this returns, and the next await throws. <b>Ordering.</b> First come, first served.
     */
    @Awaits
    public void await() {
        Task<?> me = Task.runningOn(loop, this);
        me.passPoint();
        if (!takeKept()) {
            queue.add(me);
            me.park(queue);
        }
    }

    private boolean takeKept() {
        boolean was = kept;
        kept = false;
        return was;
    }

    /**
     * {@return who waits for a ring now}
     */
    public LockStatistics statistics() {
        loop.checkTurn(this);
        return new LockStatistics(List.of(), queue.waiters());
    }

    /** For the clause of a select. */
    Selectable place() {
        return queue;
    }

    @Override
    public String toString() {
        return "Notify[" + (kept ? "one ring kept" : "no ring kept") + queue.waitersText() + "]";
    }

    /** Where one waits for a ring. */
    private final class Place extends SelectQueue {
        private Place() {
            super(Notify.this);
        }

        @Override
        public @Nullable Object tryNow() {
            Task.runningOn(loop, Notify.this);
            return takeKept() ? null : NOT_READY;
        }
    }
}
