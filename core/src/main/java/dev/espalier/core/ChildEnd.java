package dev.espalier.core;

/** Hears of the end of a child of a group. */
interface ChildEnd {
    /** Called once, by the child on its own coroutine, before those who wait for the child hear of its end. */
    void childEnded(Task<?> child, Awaitable.State<?> end);
}
