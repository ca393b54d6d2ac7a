package dev.espalier.core;

import org.jspecify.annotations.Nullable;

/**
 * Parked tasks in the order in which they came, linked through fields of the tasks: waiting allocates nothing. Written
 * and read by the holder of the turn.
 */
class WaitQueue implements Waitable {
    private final Object owner;
    private @Nullable Task<?> head;
    private @Nullable Task<?> tail;

    WaitQueue(Object owner) {
        this.owner = owner;
    }

    final Object owner() {
        return owner;
    }

    final boolean isEmpty() {
        return head == null;
    }

    final @Nullable Task<?> peek() {
        return head;
    }

    final void add(Task<?> task) {
        Task<?> last = tail;
        task.previousWaiter = last;
        if (last == null) {
            head = task;
        } else {
            last.nextWaiter = task;
        }
        tail = task;
    }

    /** Takes the task that waits longest; it is the caller's to wake. */
    final @Nullable Task<?> poll() {
        Task<?> first = head;
        if (first != null) {
            abandon(first);
        }
        return first;
    }

    @Override
    public final void abandon(Task<?> task) {
        Task<?> before = task.previousWaiter;
        Task<?> after = task.nextWaiter;
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
        task.previousWaiter = null;
        task.nextWaiter = null;
    }

    /** Wakes all with the same signal, in order. */
    final void wakeAll(@Nullable Object signal) {
        for (Task<?> task = poll(); task != null; task = poll()) {
            task.wake(signal);
        }
    }

    @Override
    public String describe() {
        return owner instanceof Task<?> task ? "task '" + task.name() + "'" : owner.toString();
    }
}
