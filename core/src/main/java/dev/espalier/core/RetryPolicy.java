package dev.espalier.core;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * When a failed body is tried again: how often, after how long, and after which failures.
 *
 * <p>No attempt is begun that the deadline of the scopes around it would cut off: if the next delay, and {@link
 * #reserve} after it, do not end before that deadline, the failure comes out at once.
 *
 * {@snippet class="dev.espalier.core.RetryTest" region="retry"}
 *
 * @param attempts how many attempts there are at most, the first included, from 1
 * @param backoff how long to wait before each further attempt
 * @param jitter what part of each delay is random, from 0 to 1; with 0.5 a delay of a second takes between 0.5 and 1 s.
 *     Drawn from {@link EventLoop#random()}
 * @param reserve the least time an attempt needs; a further attempt is begun only if this much is left to the deadline
 * @param retryable which failures are worth another attempt; the others come out at once. Never asked for a {@link
 *     CancelledError}
 */
public record RetryPolicy(
        int attempts, Backoff backoff, double jitter, Duration reserve, Predicate<? super Throwable> retryable) {

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if a number is out of its bounds
     */
    public RetryPolicy {
        if (attempts < 1) {
            throw new IllegalArgumentException("a retry policy needs at least 1 attempt, not " + attempts);
        }
        if (!(jitter >= 0 && jitter <= 1)) {
            throw new IllegalArgumentException("jitter is a part of a delay, from 0 to 1, not " + jitter);
        }
        Objects.requireNonNull(backoff);
        Objects.requireNonNull(reserve);
        Objects.requireNonNull(retryable);
    }

    /**
     * A policy that waits 100 ms, then twice as long before each further attempt, at most 10 s, with a jitter of one
     * half, and retries each {@link Exception}.
     *
     * @param attempts how many attempts there are at most, the first included, from 1
     * @return the policy
     */
    public static RetryPolicy upTo(int attempts) {
        Backoff doubling = Backoff.exponential(Duration.ofMillis(100), 2).atMost(Duration.ofSeconds(10));
        return new RetryPolicy(attempts, doubling, 0.5, Duration.ZERO, Exception.class::isInstance);
    }

    /**
     * {@return as {@link #upTo}, without an end: only a deadline, a cancellation or another failure ends it}
     */
    public static RetryPolicy unlimited() {
        return upTo(Integer.MAX_VALUE);
    }

    /**
     * {@return this policy with other delays}
     *
     * @param value the delays
     */
    public RetryPolicy withBackoff(Backoff value) {
        return new RetryPolicy(attempts, value, jitter, reserve, retryable);
    }

    /**
     * {@return this policy with another jitter}
     *
     * @param value the random part of a delay, from 0 to 1
     */
    public RetryPolicy withJitter(double value) {
        return new RetryPolicy(attempts, backoff, value, reserve, retryable);
    }

    /**
     * {@return this policy with another reserve}
     *
     * @param value the least time an attempt needs
     */
    public RetryPolicy withReserve(Duration value) {
        return new RetryPolicy(attempts, backoff, jitter, value, retryable);
    }

    /**
     * {@return this policy for failures of a type only}
     *
     * @param type the type, its subtypes included
     */
    public RetryPolicy on(Class<? extends Throwable> type) {
        return when(type::isInstance);
    }

    /**
     * {@return this policy for other failures}
     *
     * @param test says which
     */
    public RetryPolicy when(Predicate<? super Throwable> test) {
        return new RetryPolicy(attempts, backoff, jitter, reserve, test);
    }

    /** How long to wait before each further attempt. The methods make one of others. */
    @FunctionalInterface
    public interface Backoff {
        /**
         * {@return the delay before the next attempt; zero or negative: none}
         *
         * @param failures how many attempts have failed, from 1
         */
        Duration after(int failures);

        /**
         * {@return the same delay each time}
         *
         * @param delay the delay
         */
        static Backoff constant(Duration delay) {
            return failures -> delay;
        }

        /**
         * {@return delays that grow by a factor}
         *
         * @param first the first delay
         * @param factor what each is multiplied by to give the next, at least 1
         */
        static Backoff exponential(Duration first, double factor) {
            if (!(factor >= 1)) {
                throw new IllegalArgumentException("the factor of a back-off must be at least 1, not " + factor);
            }
            double nanos = Nanos.of(first);
            double most = (double) Nanos.MAX;
            return failures -> Duration.ofNanos((long) Math.min(most, nanos * Math.pow(factor, failures - 1)));
        }

        /**
         * {@return these delays, cut to a longest one}
         *
         * @param longest the longest delay
         */
        default Backoff atMost(Duration longest) {
            return failures -> {
                Duration delay = after(failures);
                return delay.compareTo(longest) > 0 ? longest : delay;
            };
        }

        /**
         * {@return these delays for some failures, and others from then on, which count anew}
         *
         * @param failures how many of these delays come first, from 0
         * @param next the delays after them
         */
        default Backoff then(int failures, Backoff next) {
            return count -> count <= failures ? after(count) : next.after(count - failures);
        }
    }
}
