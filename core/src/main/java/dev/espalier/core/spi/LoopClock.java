package dev.espalier.core.spi;

/** The time of a loop. The loop reads time nowhere else, so a test can own it. */
@FunctionalInterface
public interface LoopClock {
    /**
     * Returns the time. Called by the holder of the loop's turn, several times a tick; it must be quick and must not block.
     *
     * @return nanoseconds since an arbitrary origin, never going back
     */
    long nanoTime();
}
