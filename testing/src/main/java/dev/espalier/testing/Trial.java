package dev.espalier.testing;

import dev.espalier.core.GroupException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One run of an exploration, ended.
 *
 * @param schedule the order of its steps
 * @param draws its random numbers
 * @param failure what it failed with; null if it is well
 * @param printed its output; null if that was not kept
 */
record Trial(Schedule schedule, Draws draws, @Nullable Throwable failure, RunOutput.@Nullable Page printed) {

    /**
     * What tells one failure from another: its class and the innermost frame that its author wrote. A hang and its like are
     * known by the class alone, because they are seen from a place that the schedule decides.
     */
    static String keyOf(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof GroupException group && !group.failures().isEmpty()) {
            cause = group.failures().get(0);
        }
        String type = cause.getClass().getName();
        List<StackTraceElement> frames = Report.outside(List.of(cause.getStackTrace()));
        return isOurs(cause) || frames.isEmpty() ? type : type + " at " + frames.get(0);
    }

    static boolean isOurs(Throwable failure) {
        return failure instanceof DeadlockError
                || failure instanceof LivelockError
                || failure instanceof LeakedTaskError
                || failure instanceof BlockedLoopError;
    }

    boolean failsAs(String key) {
        return failure != null && keyOf(failure).equals(key);
    }
}
