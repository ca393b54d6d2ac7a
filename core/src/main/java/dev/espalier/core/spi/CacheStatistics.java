package dev.espalier.core.spi;

/**
 * Counts of a {@link dev.espalier.core.SingleFlightCache} since it was opened.
 *
 * @param hits reads that found a value
 * @param misses reads that found none and waited for a load
 * @param joined those of the misses that joined a load under way
 * @param loads loads that ended with a value, refreshes included
 * @param failures loads that failed
 * @param cancellations loads that were cancelled
 * @param loadNanos time spent in loads that ended with a value, in nanoseconds of the loop's clock
 * @param evictions values that went because of the size limit or their age
 * @param size values it keeps now
 * @param loading loads under way now
 */
public record CacheStatistics(
        long hits,
        long misses,
        long joined,
        long loads,
        long failures,
        long cancellations,
        long loadNanos,
        long evictions,
        long size,
        int loading) {}
