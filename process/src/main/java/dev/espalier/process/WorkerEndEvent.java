package dev.espalier.process;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/**
 * For the Flight Recorder: a worker of a pool is gone.
 */
@Name("dev.espalier.WorkerEnd")
@Label("Worker End")
@Category({"Espalier", "Processes"})
@Description("A child JVM of a pool has ended")
@StackTrace(false)
@SuppressWarnings("unused") // read by the recorder
final class WorkerEndEvent extends Event {
    @Label("Worker")
    private final String worker;
    @Label("Process Id")
    private final long pid;
    @Label("How it Ended")
    private final String how;
    @Label("Asked To")
    private final boolean asked;
    @Label("Tasks it Had")
    private final int tasks;
    @Label("Tasks Answered")
    private final long answered;
    @Label("Age")
    @Timespan
    private final long age;

    private WorkerEndEvent(WorkerLink link, String how, boolean asked, int tasks) {
        this.worker = link.process().name();
        this.pid = link.process().pid();
        this.how = how;
        this.asked = asked;
        this.tasks = tasks;
        this.answered = link.answers();
        this.age = link.ageNanos();
    }

    static void commit(WorkerLink link, String how, boolean asked, int tasks) {
        new WorkerEndEvent(link, how, asked, tasks).commit();
    }
}
