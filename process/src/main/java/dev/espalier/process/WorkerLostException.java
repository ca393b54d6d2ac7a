package dev.espalier.process;

/**
 * The child JVM that ran a task ended before the task did; or no child could be started. The task may have had effects:
 * it is not run again.
 */
public final class WorkerLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ExitStatus status;
    private final String lastErrorOutput;

    WorkerLostException(String what, ExitStatus status, String lastErrorOutput) {
        super(what + ": " + status + (lastErrorOutput.isEmpty() ? ""
                : "; its last words on standard error:\n" + lastErrorOutput));
        this.status = status;
        this.lastErrorOutput = lastErrorOutput;
    }

    /**
     * {@return how the child ended}
     */
    public ExitStatus status() {
        return status;
    }

    /**
     * {@return the end of what the child wrote to standard error; at most 65 536 characters, empty when it wrote
     * nothing}
     */
    public String lastErrorOutput() {
        return lastErrorOutput;
    }
}
