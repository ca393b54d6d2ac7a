package dev.espalier.core;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One call through a portal: sent by any thread, begun on the loop as a task of the portal's group. */
final class PortalCall<T extends @Nullable Object> implements Droppable {
    private final Portal portal;
    private final String name;
    private final Body<? extends T, ?> body;
    private final LoopFuture<T> future;

    /** Set by the loop when it begins the call, or by the caller that gives it up before: whoever comes first. */
    private final AtomicBoolean taken = new AtomicBoolean();

    private @Nullable CancelReason givenUp; // before it began; by the caller's thread alone

    // Written by the holder of the turn before the future ends, read by the caller after.
    private @Nullable Task<Void> task;
    private @Nullable T value;
    private @Nullable Throwable failure;

    PortalCall(Portal portal, Body<? extends T, ?> body) {
        this.portal = portal;
        this.name = "call of thread '" + Thread.currentThread().getName() + "'";
        this.body = Inherited.body(portal.loop(), body);
        this.future = new LoopFuture<>(portal.loop());
    }

    CompletableFuture<T> future() {
        return future;
    }

    // ---- on the loop

    @Override
    public void run() {
        if (future.isDone() || taken.getAndSet(true)) {
            return; // given up before it began
        }
        if (portal.isClosed()) {
            drop(new RejectedExecutionException(portal.refusal()));
            return;
        }
        try {
            begin();
        } catch (IllegalStateException e) {
            drop(new RejectedExecutionException(portal.refusal() + ": its group has been left", e));
        }
    }

    private void begin() {
        Task<Void> begun = portal.group().start(name, this::inside);
        task = begun;
        portal.began(this);
        begun.outcome().onDone(new End(begun));
        future.whenComplete((_, _) -> {
            if (future.isCancelled()) {
                begun.cancel("its future was cancelled");
            }
        });
    }

    /** The failure is the caller's and not the group's. */
    private void inside() {
        try {
            value = body.run();
        } catch (Throwable e) {
            if (e instanceof CancelledError cancelled && Task.running().isEffective()) {
                throw cancelled;
            }
            portal.loop().scheduler.inspect(e);
            Task.running().tellStart(e);
            failure = e;
        }
    }

    void request(CancelReason why) {
        if (task != null) {
            task.request(why);
        }
    }

    @Override
    public void drop(RejectedExecutionException why) {
        future.completeExceptionally(why);
    }

    /** The end of the task is on its way to the caller. */
    private final class End implements Droppable {
        private final Task<Void> ended;

        private End(Task<Void> ended) {
            this.ended = ended;
        }

        @Override
        public void run() {
            portal.ended(PortalCall.this);
            switch (ended.state()) {
                case Awaitable.Cancelled<?> _ -> future.cancel(false);
                case Awaitable.Failed<?>(var misuse) -> fail(misuse);
                case Awaitable.Succeeded<?> _ -> endAsTheBodyDid();
                case Awaitable.Pending<?> _ -> throw new AssertionError("before the end");
            }
        }

        @SuppressWarnings("NullAway") // without a failure it is what the body returned
        private void endAsTheBodyDid() {
            if (failure == null) {
                future.complete(value);
            } else {
                fail(failure);
            }
        }

        private void fail(Throwable thrown) {
            if (!future.completeExceptionally(thrown)) {
                portal.loop().report("a call failed after its future had ended", thrown, name);
            }
        }

        @Override
        public void drop(RejectedExecutionException why) {
            if (ended.state() instanceof Awaitable.Pending) {
                future.completeExceptionally(why);
            } else {
                run();
            }
        }
    }

    // ---- on the calling thread

    /** Blocks until the end, also after an interrupt, which cancels the call. */
    <X extends Throwable> T join() throws X {
        boolean interrupted = false;
        CompletableFuture<?> end = future.handle((_, _) -> ""); // ends well in any case
        while (!end.isDone()) {
            try {
                end.get();
            } catch (InterruptedException e) {
                interrupted = true;
                giveUp(new CancelReason(CancelReason.Kind.INTERRUPT, "the calling thread was interrupted", null));
            } catch (ExecutionException e) {
                throw new AssertionError(e);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return this.<X>result();
    }

    private void giveUp(CancelReason why) {
        if (!taken.getAndSet(true)) {
            givenUp = why;
            future.cancel(false);
            return;
        }
        try {
            portal.loop().send(() -> request(why));
        } catch (RejectedExecutionException e) {
            assert portal.loop().isClosed() : e; // which has ended the future
        }
    }

    private <X extends Throwable> T result() throws X {
        return switch (future.state()) {
            case SUCCESS -> future.resultNow();
            case FAILED -> throw Sneaky.<X>as(future.exceptionNow());
            case CANCELLED -> throw cancelled();
            case RUNNING -> throw new AssertionError("before the end");
        };
    }

    private RuntimeException cancelled() {
        CancelReason why = givenUp;
        if (why == null && task != null && task.state() instanceof Awaitable.Cancelled<?>(var reason)) {
            why = reason;
        }
        if (why != null && why.kind() == CancelReason.Kind.INTERRUPT) {
            throw new CancelledError(name, why);
        }
        return new TaskCancelledException(name + " was cancelled: " + why);
    }
}
