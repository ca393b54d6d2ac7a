package dev.espalier.process;

/**
 * What a task of a {@link ProcessPool} has of its pool while it runs.
 *
 * <p><b>Threads.</b> It is found by the thread that runs the task. Other threads of the child may use it when they are
 * given it, until the task ends; what they report later is dropped.
 */
public final class TaskContext {
    private final ChildProgress progress;
    private final long task;

    TaskContext(ChildProgress progress, long task) {
        this.progress = progress;
        this.task = task;
    }

    /**
     * {@return that of the task which this thread runs}
     *
     * @throws IllegalStateException on a thread that runs no task of a pool
     */
    public static TaskContext current() {
        ChildTasks tasks = ChildTasks.currentIfAny();
        TaskContext context = tasks == null ? null : tasks.progress().context();
        if (context == null) {
            throw new IllegalStateException("thread " + Thread.currentThread().getName()
                    + " runs no task of a ProcessPool; where a task has threads of its own, give them the context");
        }
        return context;
    }

    /**
     * Tells the pool how far the task has come: {@link RemoteTask#progress}. It costs little and never waits: of many
     * reports the pool sees some, at most fifty a second, and always the last one.
     *
     * @param done how much is done, in a unit of the task's own; from 0
     * @param total how much there is to do in all; 0 if that is not known
     * @param message what it does now, for people; cut to 1000 characters
     * @throws IllegalArgumentException if a number is negative
     */
    public void report(long done, long total, String message) {
        progress.report(task, new Progress(done, total, message));
    }

    @Override
    public String toString() {
        return "TaskContext[task " + task + "]";
    }
}
