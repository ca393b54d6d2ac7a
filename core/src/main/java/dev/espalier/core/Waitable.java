package dev.espalier.core;

import dev.espalier.core.spi.TaskRef;
import java.util.List;

/** What a parked task waits on. */
interface Waitable {
    /** Unlinks a task that stops waiting because it is cancelled. Nothing else changes: the wait did not happen. */
    void abandon(Task<?> task);

    /** What is waited for, in words that complete "waits for …". */
    String describe();

    /** The tasks for which a task waits that waits here; empty if nobody in particular ends the wait. */
    default List<TaskRef> blockers() {
        return List.of();
    }
}
