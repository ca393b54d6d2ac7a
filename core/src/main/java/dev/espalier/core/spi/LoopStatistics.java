package dev.espalier.core.spi;

/**
 * Counts of a loop at one moment.
 *
 * @param tasks tasks that have not ended
 * @param ready items that can run now
 * @param timers timers that are set
 * @param external waits for something outside the loop: offloaded bodies, channels, foreign futures
 * @param ticks ticks since the loop was created
 */
public record LoopStatistics(long tasks, int ready, int timers, int external, long ticks) {}
