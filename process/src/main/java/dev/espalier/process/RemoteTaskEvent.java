package dev.espalier.process;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/**
 * For the Flight Recorder: a task that was at a worker for longer than the threshold; lasts from the moment when it was
 * handed to the worker until its answer, or until the worker was lost.
 */
@Name("dev.espalier.RemoteTask")
@Label("Remote Task")
@Category({"Espalier", "Processes"})
@Description("A task of a pool, from when it was handed to a worker until its answer")
@Threshold("20 ms")
@StackTrace(false)
@SuppressWarnings("unused") // read by the recorder
final class RemoteTaskEvent extends Event {
    @Label("Task")
    private String task = "";
    @Label("Worker")
    private final String worker;
    @Label("Process Id")
    private final long pid;
    @Label("Waited For a Worker")
    @Timespan
    private final long waited;
    @Label("Outcome")
    private String outcome = "";

    private RemoteTaskEvent(WorkerProcess process, long waited) {
        this.worker = process.name();
        this.pid = process.pid();
        this.waited = waited;
    }

    /** Null while nobody records such events: then a task costs nothing more. */
    static @Nullable RemoteTaskEvent sent(WorkerProcess process, long waited) {
        var event = new RemoteTaskEvent(process, waited);
        if (!event.isEnabled()) {
            return null;
        }
        event.begin();
        return event;
    }

    void ended(PoolTask<?> of, String how) {
        end();
        if (shouldCommit()) {
            task = of.name();
            outcome = how;
            commit();
        }
    }
}
