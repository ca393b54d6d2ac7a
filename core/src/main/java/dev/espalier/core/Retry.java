package dev.espalier.core;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** The attempts of one body. */
final class Retry {
    /** How many earlier failures the last one keeps: a policy without an end must not collect for ever. */
    private static final int MOST_KEPT = 16;

    private final Task<?> task;
    private final RetryPolicy policy;
    private final ArrayDeque<Throwable> earlier = new ArrayDeque<>();
    private int failures;

    private Retry(Task<?> task, RetryPolicy policy) {
        this.task = task;
        this.policy = policy;
    }

    static <T extends @Nullable Object, X extends Throwable> T run(
            RetryPolicy policy, Body<? extends T, ? extends X> body) throws X {
        var retry = new Retry(Task.running(), policy);
        while (true) {
            try {
                return body.run();
            } catch (Throwable e) {
                if (!retry.again(e)) {
                    throw e;
                }
            }
        }
    }

    /**
     * Waits for the moment of the next attempt; false if there is none, and the failure has been given the earlier
     * ones.
     */
    private boolean again(Throwable failure) {
        task.loop.scheduler.inspect(failure);
        failures++;
        boolean over = failure instanceof CancelledError
                || failures >= policy.attempts()
                || !policy.retryable().test(failure);
        long delay = over ? 0 : Math.max(0, delay());
        if (over || !isTimeFor(delay, failure)) {
            addEarlierTo(failure);
            return false;
        }
        keep(failure);
        try {
            task.sleep(delay);
        } catch (CancelledError e) {
            addEarlierTo(e);
            throw e;
        }
        return true;
    }

    private boolean isTimeFor(long delay, Throwable failure) {
        if (task.innermost().isEffective()) {
            return true; // the cancellation comes out of the delay, and tells more
        }
        long left = task.innermost().timeLeft();
        if (left > delay + Nanos.of(policy.reserve())) {
            return true;
        }
        failure.addSuppressed(new DeadlineExceededException("task '" + task.name() + "': none follows failed attempt "
                + failures + ": it would begin in " + Nanos.text(delay) + ", and the deadline is in "
                + Nanos.text(Math.max(0, left)), null));
        return false;
    }

    private long delay() {
        long nanos = Nanos.of(policy.backoff().after(failures));
        double random = policy.jitter() == 0 ? 0 : policy.jitter() * task.loop.random().nextDouble();
        return nanos - (long) (nanos * random);
    }

    private void keep(Throwable failure) {
        if (earlier.size() == MOST_KEPT) {
            earlier.remove();
        }
        earlier.add(failure);
    }

    private void addEarlierTo(Throwable last) {
        for (Throwable failure : earlier) {
            if (failure != last) { // a body may throw the same one each time
                last.addSuppressed(failure);
            }
        }
    }
}
