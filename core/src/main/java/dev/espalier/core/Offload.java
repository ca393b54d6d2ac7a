package dev.espalier.core;

import dev.espalier.core.spi.ErrorReport;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** One offloaded body and the task that waits for it. */
final class Offload<T extends @Nullable Object> implements Runnable, Waitable {
    /** What becomes of a body that runs when its task is cancelled. */
    enum OnCancel {
        /** It is interrupted, and waited for. */
        INTERRUPT,
        /** It is left alone: the task goes, the thread goes on. */
        ABANDON
    }

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
    private final OffloadPool pool;
    private final OnCancel onCancel;
    private final Body<? extends T, ?> body;
    private Phase phase = Phase.QUEUED;
    private @Nullable Thread thread;
    private boolean interrupted;

    // Written by the offload thread before it posts the end, read by the loop after.
    private @Nullable T value;
    private @Nullable Throwable failure;

    // By the holder of the turn.
    private boolean ended;
    private boolean waiting;
    private boolean abandoned;
    private @Nullable CancelledError cancelled;
    @Nullable CapacityLimiter places; // of which it has borrowed one

    Offload(Task<?> task, OffloadPool pool, OnCancel onCancel, Body<? extends T, ?> body) {
        this.task = task;
        this.pool = pool;
        this.onCancel = onCancel;
        this.body = body;
    }

    // ---- on the offload thread

    @Override
    public void run() {
        Thread me = Thread.currentThread();
        synchronized (this) {
            if (phase != Phase.QUEUED) {
                return;
            }
            phase = Phase.RUNNING;
            thread = me;
        }
        String name = me.getName();
        me.setName(name + " for task '" + task.name() + "'"); // what a thread dump asks first
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
        me.setName(name);
        try {
            task.loop.send(this::ended);
        } catch (RejectedExecutionException e) {
            endedAfterTheLoop();
        }
    }

    /** The loop was closed over the body and has said so; what it failed with has no one left but the warning sink. */
    private void endedAfterTheLoop() {
        if (failure != null && !isOwnInterrupt(failure)) {
            task.loop.warn(late(failure));
        }
    }

    // ---- on the loop

    void await() {
        waiting = true;
        try {
            task.park(this);
        } catch (CancelledError e) {
            if (drop()) {
                pool.left(this);
                throw e;
            }
            if (onCancel == OnCancel.ABANDON && !ended) {
                abandoned = true;
                throw e;
            }
            cancelled = e;
            interrupt();
            while (!ended) {
                waiting = true;
                task.parkUncancellable(this);
            }
        }
    }

    private void ended() {
        ended = true;
        pool.left(this);
        if (waiting) {
            waiting = false;
            task.wake(null);
        } else if (abandoned && failure != null && !isOwnInterrupt(failure)) {
            task.loop.report(late(failure));
        }
    }

    private ErrorReport late(Throwable thrown) {
        return new ErrorReport(
                ErrorReport.Kind.TASK, "an offloaded body failed after its task had left it", thrown, task.name());
    }

    private synchronized boolean isOwnInterrupt(Throwable thrown) {
        return interrupted && thrown instanceof InterruptedException;
    }

    /** Takes it off the queue; false if a thread has it. */
    private synchronized boolean drop() {
        if (phase == Phase.QUEUED) {
            phase = Phase.DROPPED;
            return true;
        }
        return false;
    }

    /** Interrupts the thread that runs it, if one does. */
    synchronized void interrupt() {
        if (thread != null) {
            interrupted = true;
            thread.interrupt();
        }
    }

    boolean isAbandoned() {
        return abandoned;
    }

    synchronized @Nullable Thread thread() {
        return thread;
    }

    @SuppressWarnings("NullAway") // the body returned it
    <X extends Throwable> T result() throws X {
        if (failure == null) {
            if (cancelled != null) {
                task.drops(cancelled);
            }
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
