package dev.espalier.process;

import java.util.List;

/**
 * The end of a child that had tasks.
 */
record Loss(WorkerLink link, WorkerProcess.Evidence evidence, String worker) {
    boolean hasStarted(PoolTask<?> task) {
        return link.hasStarted(task);
    }

    /** A new exception for each who has to know. */
    WorkerLostException of(String what) {
        return of(what, List.of());
    }

    /** The same, for what other children have died with before. */
    WorkerLostException of(String what, List<WorkerLostException> earlier) {
        boolean quarantined = !earlier.isEmpty();
        String given = quarantined ? ", which is quarantined: " + (earlier.size() + 1)
                + " children have ended with it, and it is not tried again" : "";
        return new WorkerLostException(worker + " ended while it had " + what + killed() + given, evidence.status(),
                evidence.lastErrorOutput(), earlier, quarantined);
    }

    /** Of a child that has not ended a task. Whoever keeps it does not keep the child's memory. */
    CrashLog.Cause ofNoUse() {
        String how = worker + " ended" + killed();
        WorkerProcess.Evidence seen = evidence;
        return (what, earlier) -> new WorkerLostException(what + "; " + how, seen.status(), seen.lastErrorOutput(), earlier,
                false);
    }

    private String killed() {
        return link.killReason() == null ? "" : " (it was killed: " + link.killReason() + ")";
    }
}
