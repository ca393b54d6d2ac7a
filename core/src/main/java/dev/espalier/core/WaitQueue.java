package dev.espalier.core;

import dev.espalier.core.spi.TaskRef;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait, in the order in which they came, linked through fields of their own: waiting allocates nothing. Written
 * and read by the holder of the turn.
 */
class WaitQueue implements Waitable {
    static final int MOST_NAMES = 8;

    private final Object owner;
    private @Nullable Waiter head;
    private @Nullable Waiter tail;

    WaitQueue(Object owner) {
        this.owner = owner;
    }

    final Object owner() {
        return owner;
    }

    final boolean isEmpty() {
        return head == null;
    }

    final @Nullable Waiter peek() {
        return head;
    }

    final void add(Waiter waiter) {
        Waiter last = tail;
        waiter.previousWaiter = last;
        if (last == null) {
            head = waiter;
        } else {
            last.nextWaiter = waiter;
        }
        tail = waiter;
    }

    /** Takes the one that waits longest; it is the caller's to wake. */
    final @Nullable Waiter poll() {
        Waiter first = head;
        if (first != null) {
            remove(first);
        }
        return first;
    }

    /** Takes one out of the middle, in constant time; it must be in this queue. */
    final void remove(Waiter waiter) {
        Waiter before = waiter.previousWaiter;
        Waiter after = waiter.nextWaiter;
        if (before == null) {
            head = after;
        } else {
            before.nextWaiter = after;
        }
        if (after == null) {
            tail = before;
        } else {
            after.previousWaiter = before;
        }
        waiter.previousWaiter = null;
        waiter.nextWaiter = null;
    }

    @Override
    public void abandon(Task<?> task) {
        remove(task);
    }

    /** Wakes all with the same signal, in order. */
    final void wakeAll(@Nullable Object signal) {
        for (Waiter waiter = poll(); waiter != null; waiter = poll()) {
            waiter.wake(signal);
        }
    }

    /** Who waits, in order. */
    final List<TaskRef> waiters() {
        var refs = new ArrayList<TaskRef>();
        for (Waiter waiter = head; waiter != null; waiter = waiter.nextWaiter) {
            refs.add(waiter.waitingTask().ref());
        }
        return refs;
    }

    final int count() {
        int count = 0;
        for (Waiter waiter = head; waiter != null; waiter = waiter.nextWaiter) {
            count++;
        }
        return count;
    }

    /** Who waits, for the end of a {@code toString}: empty, or names after a comma. */
    final String waitersText() {
        var text = new StringBuilder();
        int named = 0;
        for (Waiter waiter = head; waiter != null && named < MOST_NAMES; waiter = waiter.nextWaiter) {
            text.append(named++ == 0 ? ", waiting: '" : ", '").append(waiter.waitingTask().name()).append('\'');
        }
        int more = count() - named;
        return more == 0 ? text.toString() : text.append(" and ").append(more).append(" more").toString();
    }

    @Override
    public List<TaskRef> blockers() {
        return switch (owner) {
            case Task<?> awaited -> List.of(awaited.ref());
            case TaskGroup group -> group.childRefs();
            case ReadWriteMutex lock -> lock.holders();
            case CapacityLimiter limiter -> limiter.owners();
            case Holding held -> held.holderRefs();
            default -> List.of();
        };
    }

    @Override
    public String describe() {
        return owner instanceof Task<?> task ? "task '" + task.name() + "'" : owner.toString();
    }
}
