package dev.espalier.process;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * For the Flight Recorder: a worker of a pool was started; lasts from the start of the process until it is ready.
 */
@Name("dev.espalier.WorkerStart")
@Label("Worker Start")
@Category({"Espalier", "Processes"})
@Description("From the start of a child JVM of a pool until it is ready for work")
@StackTrace(false)
@SuppressWarnings("unused") // read by the recorder
final class WorkerStartEvent extends Event {
    @Label("Worker")
    private String worker = "";
    @Label("Process Id")
    private long pid;

    private WorkerStartEvent() {
    }

    static WorkerStartEvent started() {
        var event = new WorkerStartEvent();
        event.begin();
        return event;
    }

    void ready(WorkerProcess process) {
        worker = process.name();
        pid = process.pid();
        commit();
    }
}
