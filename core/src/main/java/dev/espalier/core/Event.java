package dev.espalier.core;

import dev.espalier.core.spi.LockStatistics;
import java.util.List;

/**
 * Something that happens once: before, tasks wait for it; afterwards, nobody does. There is no way back, because a task that was
 * woken could find the event cleared again. For something that happens again and again, use {@link Notify}, or an event each time.
 *
 * {@snippet class="dev.espalier.core.SyncSnippetsTest" region="event"}
 *
 * <p><b>Threads.</b> It belongs to the loop it was created on. Foreign threads set it through {@link
 * EventLoop#callSoonThreadsafe(Runnable)}.
 */
public final class Event {
    private final Gate gate;

    private Event() {
        gate = new Gate(this, false);
    }

    /**
     * {@return an event of the current loop, not set}
     *
     * @throws IllegalStateException outside a loop
     */
    public static Event create() {
        return new Event();
    }

    /** Sets it and lets all go on who wait. Does nothing the second time. */
    public void set() {
        gate.open();
    }

    /**
     * {@return whether it is set}
     */
    public boolean isSet() {
        return gate.isOpen();
    }

    /**
     * Waits until it is set.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, nothing has changed. Where the event is set already, this is still a point at
     * which the task may be cancelled.
     */
    @Awaits
    public void await() {
        gate.pass();
    }

    /**
     * {@return who waits for it now}
     */
    public LockStatistics statistics() {
        gate.checkTurn();
        return new LockStatistics(List.of(), gate.waiters());
    }

    /** For the clause of a select. */
    Selectable gate() {
        return gate;
    }

    @Override
    public String toString() {
        return "Event[" + (gate.isOpen() ? "set" : "not set") + gate.waitersText() + "]";
    }
}
