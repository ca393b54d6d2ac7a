package dev.espalier.process;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The child JVM that ran a task ended before the task did; or children could not be started, or ended again and again.
 * The task may have had effects: it is not run again, unless {@link TaskOptions#attempts()} allow it.
 */
public final class WorkerLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ExitStatus status;
    private final String lastErrorOutput;
    private final WorkerLostException[] earlier;
    private final boolean quarantined;

    WorkerLostException(String what, ExitStatus status, String lastErrorOutput) {
        this(what, status, lastErrorOutput, List.of(), false);
    }

    WorkerLostException(String what, ExitStatus status, String lastErrorOutput, List<WorkerLostException> earlier,
            boolean quarantined) {
        super(what + ": " + status + (lastErrorOutput.isEmpty() ? ""
                : "; its last words on standard error:\n" + lastErrorOutput));
        this.status = status;
        this.lastErrorOutput = lastErrorOutput;
        this.earlier = earlier.toArray(WorkerLostException[]::new);
        this.quarantined = quarantined;
        earlier.forEach(this::addSuppressed);
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

    /**
     * {@return all the ends of children that led to this, oldest first and this one last: one for each attempt of the
     * task, or for each of the last children, at most 16, with which the pool failed. The earlier ones are suppressed exceptions of
     * this one as well}
     */
    public List<WorkerLostException> losses() {
        List<WorkerLostException> all = new ArrayList<>(List.of(earlier));
        all.add(this);
        return Collections.unmodifiableList(all);
    }

    /**
     * {@return true if the task was given up because one child after another ended with it}
     */
    public boolean isQuarantined() {
        return quarantined;
    }
}
