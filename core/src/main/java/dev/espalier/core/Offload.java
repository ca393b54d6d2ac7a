package dev.espalier.core;

import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** One offloaded body and the task that waits for it. */
final class Offload<T extends @Nullable Object> implements Runnable, Waitable {
    // Guarded by this; the loop takes the lock only for a moment that blocks nobody.
    //
    //   QUEUED  -> RUNNING   a thread took it
    //   QUEUED  -> DROPPED   the task was cancelled first: the body never runs
    //   RUNNING -> DONE      the body ended; from here on its thread is not interrupted for it
    private enum Phase {
        QUEUED,
        RUNNING,
        DROPPED,
        DONE
    }

    private final Task<?> task;
    private final Body<? extends T, ?> body;
    private Phase phase = Phase.QUEUED;
    private @Nullable Thread thread;

    // Written by the offload thread before it posts the end, read by the loop after.
    private @Nullable T value;
    private @Nullable Throwable failure;

    // By the holder of the turn.
    private boolean ended;
    private boolean waiting;
    private @Nullable CancelledError cancelled;

    Offload(Task<?> task, Body<? extends T, ?> body) {
        this.task = task;
        this.body = body;
    }

    // ---- on the offload thread

    @Override
    public void run() {
        synchronized (this) {
            if (phase != Phase.QUEUED) {
                return;
            }
            phase = Phase.RUNNING;
            thread = Thread.currentThread();
        }
        try {
            value = body.run();
        } catch (Throwable e) {
            failure = e;
        }
        synchronized (this) {
            phase = Phase.DONE;
            thread = null;
        }
        Thread.interrupted(); // an interrupt was meant for this body
        try {
            task.loop.send(this::ended);
        } catch (RejectedExecutionException e) {
            assert task.loop.isClosed() : e; // the task was reported when the loop was closed over it
        }
    }

    // ---- on the loop

    void await() {
        waiting = true;
        try {
            task.park(this);
        } catch (CancelledError e) {
            if (drop()) {
                throw e;
            }
            cancelled = e;
            while (!ended) {
                waiting = true;
                task.parkUncancellable(this);
            }
        }
    }

    private void ended() {
        ended = true;
        if (waiting) {
            waiting = false;
            task.wake(null);
        }
    }

    /** Takes it off the queue; if a thread has it, interrupts that thread instead and says false. */
    private synchronized boolean drop() {
        if (phase == Phase.QUEUED) {
            phase = Phase.DROPPED;
            return true;
        }
        if (thread != null) {
            thread.interrupt();
        }
        return false;
    }

    @SuppressWarnings("NullAway") // the body returned it
    <X extends Throwable> T result() throws X {
        if (failure == null) {
            return value; // also after a cancel that came too late: the next await throws
        }
        if (cancelled != null) {
            cancelled.addSuppressed(failure);
            throw cancelled;
        }
        throw Sneaky.<X>as(failure);
    }

    @Override
    public void abandon(Task<?> parked) {
        waiting = false;
    }

    @Override
    public synchronized String describe() {
        return "an offloaded body (" + (thread == null ? "queued" : "on thread '" + thread.getName() + "'") + ")";
    }
}
