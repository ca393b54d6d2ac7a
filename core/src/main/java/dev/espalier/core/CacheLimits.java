package dev.espalier.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link SingleFlightCache} keeps, and for how long. Times are those of the loop's clock.
 *
 * @param maximumSize how many values it keeps, from 0; above that, the ones used least go
 * @param expireAfterWrite how long after it was loaded or put a value goes, positive; null: never
 * @param expireAfterAccess how long after it was last read or written a value goes, positive; null: never
 * @param refreshAfterWrite how long after it was loaded or put a value that is read is loaded again in the background,
 * while
 *     readers still get the old one, positive; null: never
 */
public record CacheLimits(
        long maximumSize,
        @Nullable Duration expireAfterWrite,
        @Nullable Duration expireAfterAccess,
        @Nullable Duration refreshAfterWrite) {

    /** Checks the numbers. */
    public CacheLimits {
        if (maximumSize < 0) {
            throw new IllegalArgumentException("maximumSize must not be negative: " + maximumSize);
        }
        checkPositive("expireAfterWrite", expireAfterWrite);
        checkPositive("expireAfterAccess", expireAfterAccess);
        checkPositive("refreshAfterWrite", refreshAfterWrite);
    }

    private static void checkPositive(String name, @Nullable Duration time) {
        if (time != null && !time.isPositive()) {
            throw new IllegalArgumentException(name + " must be positive, not " + time + "; null is for never");
        }
    }

    /**
     * {@return limits of size alone: values never expire}
     *
     * @param maximumSize how many values it keeps, from 0
     */
    public static CacheLimits ofSize(long maximumSize) {
        return new CacheLimits(maximumSize, null, null, null);
    }

    /**
     * {@return these limits with a time from writing to expiry}
     *
     * @param time how long, positive
     */
    public CacheLimits withExpireAfterWrite(Duration time) {
        return new CacheLimits(maximumSize, time, expireAfterAccess, refreshAfterWrite);
    }

    /**
     * {@return these limits with a time from the last use to expiry}
     *
     * @param time how long, positive
     */
    public CacheLimits withExpireAfterAccess(Duration time) {
        return new CacheLimits(maximumSize, expireAfterWrite, time, refreshAfterWrite);
    }

    /**
     * {@return these limits with a time from writing to refreshing}
     *
     * @param time how long, positive
     */
    public CacheLimits withRefreshAfterWrite(Duration time) {
        return new CacheLimits(maximumSize, expireAfterWrite, expireAfterAccess, time);
    }
}
