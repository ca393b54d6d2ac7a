package dev.espalier.core;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** A task on its way into the loop, sent by any thread. */
final class Submission<T extends @Nullable Object> implements Droppable {
    private final EventLoop loop;
    private final @Nullable String name;
    private final Body<? extends T, ?> body;
    private final StackTraceElement[] startedAt;
    private final CompletableFuture<T> future;

    Submission(EventLoop loop, @Nullable String name, Body<? extends T, ?> body) {
        this.loop = loop;
        this.name = name;
        this.startedAt = Task.traceIfWanted(loop);
        this.body = Inherited.body(loop, body);
        this.future = new LoopFuture<>(loop);
    }

    CompletableFuture<T> future() {
        return future;
    }

    @Override
    public void run() {
        if (future.isDone() || loop.driving().holdBack(this)) {
            return; // cancelled before it began, or the next run's
        }
        var task = new Task<T>(loop.root(), null, name, body, startedAt);
        loop.taskStarted(task);
        task.completes(future);
        future.whenComplete((_, _) -> {
            if (future.isCancelled()) {
                task.cancel("its future was cancelled");
            }
        });
    }

    @Override
    public void drop(RejectedExecutionException why) {
        future.completeExceptionally(why);
    }
}
