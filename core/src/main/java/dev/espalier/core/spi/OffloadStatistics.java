package dev.espalier.core.spi;

/**
 * Counts of the threads of a loop for bodies that block, at one moment.
 *
 * @param busy bodies that have a thread, or have its end under way
 * @param queued bodies that wait for a thread
 * @param abandoned those of the busy bodies whose tasks were cancelled and have left them
 * @param peak the most bodies that were ever busy at once
 * @param limit the most bodies that can be busy at once
 */
public record OffloadStatistics(int busy, int queued, int abandoned, int peak, int limit) {}
