package dev.espalier.process;

import dev.espalier.core.EventLoop;
import dev.espalier.core.Promise;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The way in which a task that is at a worker is ended against its will.
 */
final class TaskStop {
    //   TOLD    -> ASKING  the grace is over, and the task is still there: where is it?
    //   ASKING  -> KILLED  its stack has come, or has not come in time
    //   any     -> OVER    the task has come back, or has ended
    private enum Stage { TOLD, ASKING, KILLED, OVER }

    /** A child that is stopped, or in a collection, says nothing. */
    private static final Duration PATIENCE = Duration.ofMillis(250);

    // By the holder of the loop's turn.
    private final Dispatcher dispatcher;
    private final PoolTask<?> task;
    /** Null when it is over: whoever keeps the task does not keep the memory of a child that is gone. */
    private @Nullable WorkerLink link;
    private Stage stage = Stage.TOLD;
    private EventLoop.@Nullable Handle timer;
    private String stack = "";

    /** Tells the child: a task that has not begun is dropped there, one that runs is interrupted. */
    TaskStop(PoolTask<?> task, WorkerLink link, Dispatcher dispatcher, Duration grace) {
        this.dispatcher = dispatcher;
        this.task = task;
        this.link = link;
        link.revoke(task.sequence());
        timer = dispatcher.later(grace, this::ask);
    }

    private void ask() {
        stage = Stage.ASKING;
        if (link != null) {
            Promise<RunningTask> answer = link.look();
            answer.onDone(() -> seen(answer.result()));
        }
        timer = dispatcher.later(PATIENCE, this::kill);
    }

    /** The child has said what it runs. If that is not the task, its answer is on the way. */
    private void seen(RunningTask running) {
        if (stage == Stage.ASKING && running.task() == task.sequence()) {
            stack = running.stack();
            kill();
        }
    }

    private void kill() {
        WorkerLink at = link;
        over();
        stage = Stage.KILLED;
        if (at != null) {
            at.kill(task.name() + " went on after it was interrupted");
        }
    }

    /** No more is to be done. */
    void over() {
        if (stage != Stage.KILLED) {
            stage = Stage.OVER;
        }
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        link = null;
    }

    boolean hasKilled() {
        return stage == Stage.KILLED;
    }

    String lastStack() {
        return stack;
    }
}
