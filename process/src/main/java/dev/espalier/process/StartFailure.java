package dev.espalier.process;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A child ended, or was given up, before it was ready.
 */
final class StartFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient WorkerProcess.Evidence evidence;

    StartFailure(String reason, WorkerProcess.Evidence evidence, @Nullable Throwable cause) {
        super(reason, cause);
        this.evidence = evidence;
    }

    /** A new exception for each who has to know. */
    WorkerLostException toLost(String what) {
        return toLost(what, List.of());
    }

    WorkerLostException toLost(String what, List<WorkerLostException> earlier) {
        var status = new ExitStatus.NeverStarted(getMessage() + ", " + evidence.status());
        var lost = new WorkerLostException(what, status, evidence.lastErrorOutput(), earlier, false);
        lost.initCause(this);
        return lost;
    }
}
