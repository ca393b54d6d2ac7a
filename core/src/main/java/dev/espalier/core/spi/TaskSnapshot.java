package dev.espalier.core.spi;

import dev.espalier.core.Deadline;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one task was doing at one moment.
 *
 * @param id its number in its loop, from 1
 * @param name its name
 * @param parentId the number of the task whose group or scope it lives in; 0 if that is the loop itself
 * @param waitingFor what it waits for, in words; "nothing: it runs" or "its turn" if it does not wait
 * @param blockers the tasks that it waits for: those whose end it awaits, the children of a group that it leaves, the owners of a lock;
 *     any one of them if it waits for the first of several things; empty if it waits for nobody in particular
 * @param beganAt when it took its first step; null before that, and if the loop neither keeps spawn traces nor was in debug mode
 *     then
 * @param startedAt where it was started, outermost frame last; empty unless the loop keeps spawn traces
 * @param stack its stack while suspended, outermost frame last; empty before its first step
 */
public record TaskSnapshot(
        long id,
        String name,
        long parentId,
        String waitingFor,
        List<TaskRef> blockers,
        @Nullable Deadline beganAt,
        List<StackTraceElement> startedAt,
        List<StackTraceElement> stack) {}
