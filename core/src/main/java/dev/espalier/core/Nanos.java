package dev.espalier.core;

import java.time.Duration;

/** Conversions to nanoseconds, saturating: a deadline never overflows into the past. */
final class Nanos {
    /** About 146 years: now plus this stays comparable by difference. */
    static final long MAX = Long.MAX_VALUE / 2;

    private Nanos() {}

    static long of(Duration duration) {
        if (duration.getSeconds() >= MAX / 1_000_000_000L) {
            return MAX;
        }
        return duration.getSeconds() <= -MAX / 1_000_000_000L ? -MAX : duration.toNanos();
    }

    /** A duration for people: 90 s, 1.5 s, 20 ms, 300 µs. */
    static String text(long nanos) {
        if (nanos >= 1_000_000_000L) {
            return trim(nanos / 1e9) + " s";
        }
        return nanos >= 1_000_000L ? trim(nanos / 1e6) + " ms" : trim(nanos / 1e3) + " µs";
    }

    private static String trim(double value) {
        double rounded = Math.round(value * 1000) / 1000.0;
        return rounded == Math.rint(rounded) ? Long.toString((long) rounded) : Double.toString(rounded);
    }
}
