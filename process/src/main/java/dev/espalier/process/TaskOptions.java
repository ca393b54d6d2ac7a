package dev.espalier.process;

import java.time.Duration;
import java.util.Optional;

/**
 * How tasks of a {@link ProcessPool} are run; see {@link ProcessPool#with}. Start from {@link #defaults()} and change
 * what matters.
 *
 * {@snippet class="dev.espalier.process.TaskOptionsTest" region="with"}
 *
 * @param name what they are, for error messages and lists of tasks; without it, the class of the function
 * @param priority of the tasks that wait, those with a higher number go first
 * @param key tasks with equal keys run in the same worker, one after the other, as long as it lives; keys are spread
 *         over the workers. When a pool grows, keys that are in use stay where they are, and new ones go to the new worker until it
 *         has its share. It is asked for its {@code hashCode} when a view is made, and stays in this process
 * @param attempts how often a task may be begun: when its worker dies while it runs, it runs again in another one.
 *         More than 1 only where it does no harm that a part of it, or all, happens twice; 1 to 100. When so many workers
 *         have died with a task, it is quarantined: it fails with a {@link WorkerLostException} that has all these losses.
 *         What a task throws is its outcome, and is not tried again
 * @param runLimit how long a task may run in its worker, from its start there; positive. The time in which it waits
 *         for a worker does not count; a scope around the call limits both together. When the limit is over, the task is
 *         interrupted, and when the {@linkplain PoolOptions#cancelGrace() grace} is over as well, its child is killed. It fails with
 *         {@link RunLimitExceededException}, unless it brings a value all the same. The limit may be prolonged by a
 *         sixteenth, at most 50 ms. Calls of a stream with a limit travel one by one
 */
public record TaskOptions(
        Optional<String> name,
        int priority,
        Optional<Object> key,
        int attempts,
        Optional<Duration> runLimit) {

    private static final TaskOptions DEFAULTS =
            new TaskOptions(Optional.empty(), 0, Optional.empty(), 1, Optional.empty());

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is outside of its bounds
     */
    public TaskOptions {
        PoolOptions.check(attempts >= 1 && attempts <= 100, "attempts", attempts, "1 to 100");
        PoolOptions.check(runLimit.isEmpty() || runLimit.get().isPositive(), "runLimit", runLimit, "positive");
    }

    /**
     * {@return no name, priority 0, no key, one attempt, no limit}
     */
    public static TaskOptions defaults() {
        return DEFAULTS;
    }

    /**
     * {@return these options with another value}
     *
     * @param name what the tasks are
     */
    public TaskOptions withName(String name) {
        return new TaskOptions(Optional.of(name), priority, key, attempts, runLimit);
    }

    /**
     * {@return these options with another value}
     *
     * @param priority those with a higher number go first; may be negative
     */
    public TaskOptions withPriority(int priority) {
        return new TaskOptions(name, priority, key, attempts, runLimit);
    }

    /**
     * {@return these options with another value}
     *
     * @param key tasks with equal keys run in the same worker
     */
    public TaskOptions withKey(Object key) {
        return new TaskOptions(name, priority, Optional.of(key), attempts, runLimit);
    }

    /**
     * {@return these options with another value}
     *
     * @param attempts how often a task may be begun, 1 to 100
     */
    public TaskOptions withAttempts(int attempts) {
        return new TaskOptions(name, priority, key, attempts, runLimit);
    }

    /**
     * {@return these options with another value}
     *
     * @param runLimit how long a task may run in its worker; positive
     */
    public TaskOptions withRunLimit(Duration runLimit) {
        return new TaskOptions(name, priority, key, attempts, Optional.of(runLimit));
    }
}
