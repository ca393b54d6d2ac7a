package dev.espalier.core;

import java.util.concurrent.RejectedExecutionException;

/** A callback of the library that somebody outside the loop waits for: a closed loop must not leave that one waiting. */
interface Droppable extends Runnable {
    /** Called in place of {@link #run} when the loop is closed before its turn came, by the thread that closes. */
    void drop(RejectedExecutionException why);
}
