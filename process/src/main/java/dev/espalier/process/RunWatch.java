package dev.espalier.process;

import dev.espalier.core.EventLoop;
import java.time.Duration;

/**
 * Watches the time in which one task runs.
 */
final class RunWatch {
    //   WAITING -> RUNNING  a look found that its child has begun with it
    //   RUNNING -> OVER     the limit has passed since then
    //   any     -> OVER     it was ended
    //
    // That a task begins is no message: the child writes it into shared memory. Looks are so near to each other that a
    // limit is prolonged by little.
    private static final Duration LEAST = Duration.ofMillis(1);
    private static final Duration MOST = Duration.ofMillis(50);
    private static final int LOOKS = 16;

    // By the holder of the loop's turn.
    private final Dispatcher dispatcher;
    private final PoolTask<?> task;
    private final WorkerLink link;
    private final Duration limit;
    private EventLoop.Handle timer;

    RunWatch(PoolTask<?> task, WorkerLink link, Dispatcher dispatcher, Duration limit) {
        this.dispatcher = dispatcher;
        this.task = task;
        this.link = link;
        this.limit = limit;
        this.timer = dispatcher.later(gap(), this::look);
    }

    private Duration gap() {
        Duration part = limit.dividedBy(LOOKS);
        return part.compareTo(LEAST) < 0 ? LEAST : part.compareTo(MOST) > 0 ? MOST : part;
    }

    private void look() {
        timer = link.hasStarted(task) ? dispatcher.later(limit, task::ranTooLong)
                : dispatcher.later(gap(), this::look);
    }

    void end() {
        timer.cancel();
    }
}
