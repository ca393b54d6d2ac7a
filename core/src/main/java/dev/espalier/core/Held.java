package dev.espalier.core;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Who holds a loop, seen from another thread at one moment.
 *
 * @param task the name of the task; null if a callback holds it
 * @param state of the thread
 * @param pinned whether it awaits while something on its stack pins its thread
 * @param stack of the thread, without the library's frames at its outer end
 */
record Held(@Nullable String task, Thread.State state, boolean pinned, StackTraceElement[] stack) {

    /** Any thread. What it reads may change meanwhile; only final fields of the task are touched. */
    static Held by(Coroutine holder, boolean pinned) {
        Task<?> task = holder.task;
        Thread.State state = holder.thread.getState();
        StackTraceElement[] stack = Traces.withoutThreadEnd(holder.thread.getStackTrace()).toArray(StackTraceElement[]::new);
        return new Held(task == null ? null : task.name(), state, pinned, stack);
    }

    static String nameOf(Coroutine holder) {
        Task<?> task = holder.task;
        return task == null ? "a callback" : "task '" + task.name() + "'";
    }

    String who() {
        return task == null ? "a callback" : "task '" + task + "'";
    }

    /** The way out. */
    String advice() {
        if (pinned) {
            return "Its await can never end there: do not await in a class initialiser or below a native frame";
        }
        if (calls("java.lang.Thread", "sleep")) {
            return "Thread.sleep holds the loop: use Async.sleep, which gives way";
        }
        return switch (state) {
            case BLOCKED -> "It waits for a monitor: never hold one across an await; use Mutex, or Async.offload";
            case WAITING, TIMED_WAITING ->
                "It waits for something that is not the library's: await it with Async.await, or move it to Async.offload";
            default -> "It computes, or is in a native call: move it to Async.offload, or give way with Async.checkpoint";
        };
    }

    private boolean calls(String type, String method) {
        return Arrays.stream(stack)
                .limit(6)
                .anyMatch(frame -> frame.getClassName().equals(type) && frame.getMethodName().startsWith(method));
    }

    @Override
    public String toString() {
        String where = Traces.innermost(stack);
        return pinned
                ? who() + ", which awaits while its thread is pinned" + where
                : who() + ", whose thread is " + state + (state == Thread.State.RUNNABLE ? "" : " outside the library") + where;
    }
}
