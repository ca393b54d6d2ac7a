package dev.espalier.process;

import java.io.Serializable;

/**
 * How a child JVM ended.
 */
public sealed interface ExitStatus extends Serializable {
    /**
     * It ended by itself.
     *
     * @param code the exit code, 0 to 255
     */
    record Exited(int code) implements ExitStatus {
    }

    /**
     * A signal ended it, or it ended with the exit code that stands for one; the two cannot be told apart.
     *
     * @param signal the number of the signal, 1 to 64; 9 is SIGKILL
     */
    record Signaled(int signal) implements ExitStatus {
    }

    /**
     * The kernel killed it because the memory of its control group was used up.
     */
    record OomKilled() implements ExitStatus {
    }

    /**
     * Its heap was used up; see {@link PoolOptions#heapBytes()}.
     */
    record JvmOutOfMemory() implements ExitStatus {
    }

    /**
     * The JVM itself crashed.
     *
     * @param report the beginning of the JVM's error report, at most 16 384 characters
     */
    record JvmCrashed(String report) implements ExitStatus {
    }

    /**
     * It never reached its pool.
     *
     * @param reason what was seen instead
     */
    record NeverStarted(String reason) implements ExitStatus {
    }
}
