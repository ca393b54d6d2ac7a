package dev.espalier.core.spi;

import dev.espalier.core.Deadline;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A timer that was set at one moment.
 *
 * @param moment when it fires
 * @param what what happens then, in words
 * @param task the task that sleeps, or that opened the scope whose deadline this is; null for a callback
 * @param where where it was set, outermost frame last, as far as that is known: the stack of a task that waits, where a scope was
 *     opened if the loop keeps spawn traces, where a callback was made if it was made in debug mode
 */
public record TimerSnapshot(Deadline moment, String what, @Nullable TaskRef task, List<StackTraceElement> where) {}
