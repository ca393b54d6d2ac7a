package dev.espalier.process;

import java.util.Set;

/**
 * What a child says, when it is asked, of the task that it runs.
 *
 * @param task its number on the connection; 0 when none runs
 * @param nanos how long it has run
 * @param stack where it is, as a throwable prints it, without the frames that called the user's code; at most 32 768 characters
 */
record RunningTask(long task, long nanos, String stack) {
    static final RunningTask NONE = new RunningTask(0, 0, "");

    private static final int MAX_STACK = 32 * 1024;
    private static final Set<String> CALLERS = Set.of(Calls.class.getName(), ManyRun.class.getName(),
            ChildTasks.class.getName());

    /** Stops the thread for a moment. */
    static RunningTask of(long task, long nanos, Thread thread) {
        StringBuilder text = new StringBuilder();
        for (StackTraceElement frame : thread.getStackTrace()) {
            if (CALLERS.contains(frame.getClassName()) || text.length() >= MAX_STACK) {
                break;
            }
            text.append("\tat ").append(frame).append('\n');
        }
        text.setLength(Math.min(text.length(), MAX_STACK));
        return new RunningTask(task, nanos, text.toString());
    }

    void write(Encoder out) {
        out.putLong(task);
        out.putLong(nanos);
        out.putString(stack);
    }

    static RunningTask read(Decoder in) {
        return new RunningTask(in.getLong(), in.getLong(), in.getString());
    }
}
