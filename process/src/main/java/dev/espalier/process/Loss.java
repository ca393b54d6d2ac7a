package dev.espalier.process;

/**
 * The end of a child that had tasks.
 */
record Loss(WorkerLink link, WorkerProcess.Evidence evidence, String worker) {
    boolean hasStarted(PoolTask<?> task) {
        return link.hasStarted(task);
    }

    /** A new exception for each who has to know. */
    WorkerLostException of(String what) {
        String killed = link.killReason() == null ? "" : " (it was killed: " + link.killReason() + ")";
        return new WorkerLostException(worker + " ended while it had " + what + killed, evidence.status(),
                evidence.lastErrorOutput());
    }
}
