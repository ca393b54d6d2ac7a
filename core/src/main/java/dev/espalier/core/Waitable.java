package dev.espalier.core;

/** What a parked task waits on. */
interface Waitable {
    /** Unlinks a task that stops waiting because it is cancelled. Nothing else changes: the wait did not happen. */
    void abandon(Task<?> task);

    /** What is waited for, in words that complete "waits for …". */
    String describe();
}
