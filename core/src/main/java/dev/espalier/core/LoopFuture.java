package dev.espalier.core;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A future of the JDK that a loop completes. A task or callback of that loop that blocks on it would hold the turn that the
 * completion needs, and wait for ever: it gets an error instead. The futures made from it are guarded as it is.
 */
final class LoopFuture<T extends @Nullable Object> extends CompletableFuture<T> {
    private final EventLoop loop;

    LoopFuture(EventLoop loop) {
        this.loop = loop;
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new LoopFuture<>(loop);
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        checkMayBlock("get");
        return super.get();
    }

    @Override
    public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        checkMayBlock("get");
        return super.get(timeout, unit);
    }

    @Override
    public T join() {
        checkMayBlock("join");
        return super.join();
    }

    private void checkMayBlock(String method) {
        if (!isDone() && loop.holdsTurn()) {
            throw new IllegalStateException(method + " of a future that " + loop.name() + " completes was called by "
                    + loop.scheduler.running() + " of the same loop: it would hold the loop and wait for ever; "
                    + "use Async.await(future), or await the task or promise itself");
        }
    }
}
