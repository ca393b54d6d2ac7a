package dev.espalier.process;

import java.util.Locale;

/**
 * How far a task has come, as it says itself by {@link TaskContext#report}.
 *
 * @param done how much is done, in a unit of the task's own; from 0
 * @param total how much there is to do in all; 0 if that is not known. The task may change it
 * @param message what it does now, for people; at most 1000 characters
 */
public record Progress(long done, long total, String message) {
    /** The longest message; what is beyond is cut off. */
    static final int LONGEST = 1000;

    private static final double PERCENT = 100;

    /**
     * Checks it, and cuts the message to its length.
     *
     * @throws IllegalArgumentException if a number is negative
     */
    public Progress {
        PoolOptions.check(done >= 0, "done", done, "0 or more");
        PoolOptions.check(total >= 0, "total", total, "0 or more");
        message = message.substring(0, Math.min(LONGEST, message.length()));
    }

    @Override
    public String toString() {
        String count = total == 0 ? Long.toString(done)
                : done + " of " + total + String.format(Locale.ROOT, " (%.0f %%)", PERCENT * done / total);
        return message.isEmpty() ? count : count + ": " + message;
    }
}
