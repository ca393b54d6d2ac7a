package dev.espalier.core;

import org.jspecify.annotations.Nullable;

/**
 * Those who wait, in the order in which they came, linked through fields of their own: waiting allocates nothing. Written
 * and read by the holder of the turn.
 */
class WaitQueue implements Waitable {
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
    public final void abandon(Task<?> task) {
        remove(task);
    }

    /** Wakes all with the same signal, in order. */
    final void wakeAll(@Nullable Object signal) {
        for (Waiter waiter = poll(); waiter != null; waiter = poll()) {
            waiter.wake(signal);
        }
    }

    @Override
    public String describe() {
        return owner instanceof Task<?> task ? "task '" + task.name() + "'" : owner.toString();
    }
}
