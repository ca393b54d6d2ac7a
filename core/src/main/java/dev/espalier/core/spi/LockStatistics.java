package dev.espalier.core.spi;

import java.util.List;

/**
 * Who holds something and who waits for it at one moment: the edges of a graph of who waits for whom. The waiters wait for each
 * of the owners.
 *
 * @param owners the tasks that hold it, in the order in which they took it; empty if nobody does, or if it is of a kind that nobody
 *     owns, such as an event
 * @param waiters the tasks that wait, in the order in which they came
 */
public record LockStatistics(List<TaskRef> owners, List<TaskRef> waiters) {
    /**
     * Creates the record; the lists are copied.
     *
     * @param owners the tasks that hold it
     * @param waiters the tasks that wait
     */
    public LockStatistics {
        owners = List.copyOf(owners);
        waiters = List.copyOf(waiters);
    }
}
