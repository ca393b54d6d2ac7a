package dev.espalier.core;

import dev.espalier.core.spi.TimerSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * Something the scheduler can hold: in the ready queue, in the timer heap, or in both one after the other. The fields
 * are here and not in an entry object, so that neither making ready nor setting a timer allocates.
 *
 * <p>All fields are written and read by the holder of the turn.
 */
abstract class Schedulable {
    /** The coroutine that keeps this item's stack; null while the item is fresh. */
    @Nullable Coroutine coroutine;

    /** When the timer fires, in nanoseconds of the loop's clock; meaningful while in the heap. */
    long when;

    /** The order among timers of one moment: first set, first fired. */
    long sequence;

    /** The place in the timer heap, {@link TimerHeap#ABSENT} outside it. */
    int heapIndex = TimerHeap.ABSENT;

    /** Runs the item from its beginning, on a coroutine. Throws nothing. */
    abstract void runFresh();

    /**
     * Came out of the inbox, inside a scheduler step: is made ready, if it is not one of the library that only makes
     * others ready.
     */
    void arrived(ReadyQueue ready) {
        ready.add(this);
    }

    /** What it does as a timer. Only while it is set, and only for what sets timers. */
    TimerSnapshot timer() {
        throw new AssertionError("it has no timer: " + this);
    }

    /** The timer is due. Runs inside a scheduler step, so it runs no user code: it makes something ready. */
    abstract void timerFired();
}
