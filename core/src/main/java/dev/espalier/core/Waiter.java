package dev.espalier.core;

import org.jspecify.annotations.Nullable;

/**
 * What stands in a {@link WaitQueue}: a parked task, or one of the several places at which a task waits at once in a select.
 * Whoever takes it off its queue must wake it, and by that gives it what it waited for: there is no way back.
 *
 * <p>All fields are written and read by the holder of the turn.
 */
abstract class Waiter extends Schedulable {
    // Links of the queue it waits in, written by that queue.
    @Nullable Waiter nextWaiter;
    @Nullable Waiter previousWaiter;

    /** The value it waits to hand over; the one who takes it sets null. */
    @Nullable Object offered;

    /** How much it waits for, where it waits for an amount. */
    int request;

    /** Ends the wait: the task runs when its turn comes. Called once, after the queue has let go of it. */
    abstract void wake(@Nullable Object carrying);

    /** The task that waits. */
    abstract Task<?> waitingTask();
}
