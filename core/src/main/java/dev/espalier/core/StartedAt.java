package dev.espalier.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/**
 * Continues the stack trace of a failure with where its task was started, and where the task that started it was started, up
 * to the loop. Each task is announced by a frame that reads {@code espalier.startedAt(task 'name')}. Frames, because every
 * logger prints them, in order, and none has to know.
 */
final class StartedAt {
    private static final String CLASS = "espalier";
    private static final String METHOD = "startedAt";
    private static final int MOST_TASKS = 32;

    private StartedAt() {}

    /** Does nothing if the failure has such frames already: it left a task before. */
    static void append(Throwable failure, Task<?> task) {
        StackTraceElement[] own = failure.getStackTrace();
        if (own.length == 0 || Arrays.stream(own).anyMatch(StartedAt::isMark)) {
            return;
        }
        var frames = new ArrayList<>(Traces.withoutThreadEnd(own));
        int tasks = 0;
        for (@Nullable Task<?> above = task; above != null && tasks < MOST_TASKS; above = above.parentTask()) {
            if (above.startedAt().length > 0) {
                frames.add(new StackTraceElement(CLASS, METHOD, "task '" + above.name() + "'", -1));
                Collections.addAll(frames, above.startedAt());
                tasks++;
            }
        }
        if (tasks > 0) {
            failure.setStackTrace(frames.toArray(StackTraceElement[]::new));
        }
    }

    private static boolean isMark(StackTraceElement frame) {
        return frame.getClassName().equals(CLASS) && frame.getMethodName().equals(METHOD);
    }
}
