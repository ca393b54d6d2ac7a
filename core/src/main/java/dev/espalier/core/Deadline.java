package dev.espalier.core;

import java.time.Duration;

/**
 * A moment on the clock of the running loop. Readable, so that work can be cut to the time that is left.
 *
 * @param nanos the moment in nanoseconds of {@link dev.espalier.core.spi.LoopClock#nanoTime()}; only differences have a
 *     meaning, and they are compared overflow-safe
 */
public record Deadline(long nanos) implements Comparable<Deadline> {

    /**
     * Returns the moment that is {@code duration} from now on the current loop's clock.
     *
     * @param duration how far away; zero or negative is a deadline that has passed, more than 146 years is cut to that
     * @return the moment
     * @throws IllegalStateException outside a loop
     */
    public static Deadline after(Duration duration) {
        return new Deadline(EventLoop.current().now() + Nanos.of(duration));
    }

    /**
     * {@return the time left on the current loop's clock, negative when the deadline has passed}
     *
     * @throws IllegalStateException outside a loop
     */
    public Duration remaining() {
        return Duration.ofNanos(nanos - EventLoop.current().now());
    }

    @Override
    public int compareTo(Deadline other) {
        return Long.signum(nanos - other.nanos);
    }
}
