package dev.espalier.core.spi;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Counts of a loop at one moment.
 *
 * @param tasks tasks that have not ended
 * @param ready items that can run now
 * @param timers timers that are set
 * @param external waits for something outside the loop: offloaded bodies, channels, foreign futures
 * @param ticks ticks since the loop was created
 * @param steps turns that were given since the loop was created
 * @param forcedYields how often a task gave way because its operation or time budget was spent
 * @param hog the task that had to give way most often; null if none had to
 * @param slowSteps steps and ticks that took longer than the {@code slowStep} of the options
 * @param slowest the longest of those; null if there was none
 */
public record LoopStatistics(
        long tasks,
        int ready,
        int timers,
        int external,
        long ticks,
        long steps,
        long forcedYields,
        @Nullable Hog hog,
        long slowSteps,
        @Nullable Slow slowest) {

    /**
     * A task that never waits by itself. The count is exact while at most eight tasks had to give way, and an estimate from
     * above with more.
     *
     * @param task its name
     * @param forcedYields how often it had to give way
     */
    public record Hog(String task, long forcedYields) {}

    /**
     * What held the loop for long.
     *
     * @param what the task or callback, in words
     * @param duration how long, to a quarter of the {@code slowStep} of the options
     */
    public record Slow(String what, Duration duration) {}
}
