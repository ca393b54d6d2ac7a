package dev.espalier.core;

import dev.espalier.core.spi.LockStatistics;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A queue of waiting tasks: what locks, semaphores and the like are made of, for those who need one that is not here. It only waits
 * and wakes, in order; what a wake-up means is up to its user, who keeps that in plain fields, since one task of a loop runs at a time.
 * After Trio's type of this name.
 *
 * {@snippet class="dev.espalier.core.SyncSnippetsTest" region="parking-lot"}
 *
 * <p>The rule to keep: whoever unparks a task gives it what it waited for in the same breath, before it runs, because an unparked task
 * is not cancelled any more. Then nothing is lost and nobody comes between.
 *
 * <p><b>Threads.</b> It belongs to the loop it was created on. Foreign threads go through {@link
 * EventLoop#callSoonThreadsafe(Runnable)}.
 */
public final class ParkingLot extends Holding {
    private final EventLoop loop;
    private final WaitQueue queue = new WaitQueue(this);

    private @Nullable String broken; // why nobody parks here any more; by the holder of the turn

    private ParkingLot(EventLoop loop) {
        this.loop = loop;
    }

    /**
     * {@return an empty lot, of the current loop}
     *
     * @throws IllegalStateException outside a loop
     */
    public static ParkingLot create() {
        return new ParkingLot(EventLoop.current());
    }

    /**
     * Waits until unparked.
     *
     * <p><b>Cancellation.</b> Cancelled before it is unparked, the task has left the lot. Once unparked, this returns. <b>Ordering.</b>
     * Tasks are unparked in the order in which they came.
     *
     * @throws BrokenResourceException if the lot is broken
     */
    @Awaits
    public void park() {
        Task<?> me = Task.runningOn(loop, this);
        me.passPoint();
        checkWhole(broken);
        queue.add(me);
        checkWhole((String) me.park(queue));
    }

    private static void checkWhole(@Nullable String why) {
        if (why != null) {
            throw new BrokenResourceException("what was waited for will not come: " + why);
        }
    }

    /**
     * Lets those go on that wait longest.
     *
     * @param count how many at most, from 0
     * @return who was unparked, in order
     */
    public List<Task<?>> unpark(int count) {
        checkCount(count);
        var unparked = new ArrayList<Task<?>>();
        while (unparked.size() < count && !queue.isEmpty()) {
            unparked.add(wakeFirst());
        }
        return unparked;
    }

    /**
     * Lets all go on.
     *
     * @return who was unparked, in order
     */
    public List<Task<?>> unparkAll() {
        return unpark(Integer.MAX_VALUE);
    }

    private Task<?> wakeFirst() {
        Waiter first = queue.poll();
        if (first == null) {
            throw new AssertionError("nobody is parked");
        }
        first.wake(null);
        return first.waitingTask();
    }

    private void checkCount(int count) {
        loop.checkTurn(this);
        if (count < 0) {
            throw new IllegalArgumentException("the number of tasks must be at least 0, not " + count);
        }
    }

    /**
     * Moves those that wait longest to the end of another lot, without waking them: a condition does that with those it signals, who
     * wait for its lock next.
     *
     * @param target where they wait from here on
     * @param count how many at most, from 0
     * @return how many were moved
     * @throws ForeignLoopException if the target belongs to another loop
     * @throws BrokenResourceException if the target is broken; then nobody was moved
     */
    public int repark(ParkingLot target, int count) {
        checkCount(count);
        if (target.loop != loop) {
            throw new ForeignLoopException(target + " belongs to " + target.loop.name() + ", and " + this + " to " + loop.name());
        }
        checkWhole(target.broken);
        int moved = 0;
        for (int present = queue.count(); moved < count && moved < present; moved++) { // the target may be this lot
            Waiter first = queue.poll();
            if (first != null) {
                target.queue.add(first);
                first.waitingTask().nowWaitsOn(target.queue);
            }
        }
        return moved;
    }

    /**
     * Breaks the lot: who is parked and who parks later gets {@link BrokenResourceException}. There is no way back.
     *
     * @param why for the error messages
     */
    public void breakLot(String why) {
        loop.checkTurn(this);
        if (broken == null) {
            broken = why;
            queue.wakeAll(why);
        }
    }

    /**
     * Says for which task those in the lot wait, such as the owner of a lock. If that task ends as the owner, the lot breaks.
     *
     * @param owner the task; null: nobody
     * @throws IllegalArgumentException if it has ended, or belongs to another loop
     */
    public void ownedBy(@Nullable Task<?> owner) {
        loop.checkTurn(this);
        if (owner != null && (owner.loop != loop || !(owner.state() instanceof Awaitable.Pending))) {
            throw new IllegalArgumentException(owner + " has ended or belongs to another loop, so it cannot own " + this);
        }
        if (holder() != null) {
            givenBack();
        }
        if (owner != null) {
            takenBy(owner);
        }
    }

    @Override
    void holderEnded(Task<?> ended) {
        breakLot(broken(ended));
    }

    /**
     * {@return how many tasks are parked}
     */
    public int count() {
        return queue.count();
    }

    /**
     * {@return the owner, if one was named, and who is parked now}
     */
    public LockStatistics statistics() {
        loop.checkTurn(this);
        return new LockStatistics(holderRefs(), queue.waiters());
    }

    @Override
    public String toString() {
        Task<?> owner = holder();
        return "ParkingLot[" + (broken != null ? "broken: " + broken : owner == null ? "no owner" : "owned by task '" + owner.name() + "'")
                + queue.waitersText() + "]";
    }
}
