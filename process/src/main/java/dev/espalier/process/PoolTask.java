package dev.espalier.process;

import dev.espalier.core.Awaits;
import dev.espalier.core.CancelScope;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Promise;
import dev.espalier.core.TaskCancelledException;
import dev.espalier.core.TaskFailedException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One task of a pool, from the moment it is submitted.
 */
sealed class PoolTask<T extends @Nullable Object> implements RemoteTask<T> permits Chunk, PinnedTask {
    // By the holder of the loop's turn:
    //
    //   WAITING -> SENT      handed to a worker
    //   WAITING -> DONE      cancelled, or the pool has failed or was closed
    //   SENT    -> WAITING   its worker was lost before the task started, or gave it back on request
    //   SENT    -> DONE      answered; or its worker was lost while it ran
    enum Phase { WAITING, SENT, DONE }

    private static final byte[] NOTHING = {};
    /** A task with which so many children died without having begun it is not tried again. */
    private static final int LOSSES = 3;

    private static final ClassValue<String> LABELS = new ClassValue<>() {
        @Override
        protected String computeValue(Class<?> function) {
            String type = function.getName();
            int lambda = type.indexOf("$$Lambda");
            return lambda < 0 ? " (" + type + ")" : " (a lambda of " + type.substring(0, lambda) + ")";
        }
    };

    private final Dispatcher dispatcher;
    private final Lane lane;
    private final String name;
    private final Promise<T> promise;
    private byte[] call;
    private Phase phase = Phase.WAITING;
    private @Nullable WorkerLink link;
    private long sequence;
    private boolean recalled;
    /** It has taken a place in the queue, to be given back when it leaves. */
    private boolean placed;
    private int losses;
    private @Nullable String cancelReason;
    private EventLoop.@Nullable Handle grace;

    PoolTask(Dispatcher dispatcher, Lane lane, long number, Class<?> function, byte[] call) {
        this.dispatcher = dispatcher;
        this.lane = lane;
        this.name = "task " + number
                + lane.options.name().map(name -> " (" + name + ")").orElseGet(() -> LABELS.get(function));
        this.promise = Promise.create(name);
        this.call = call;
    }

    final byte[] call() {
        return call;
    }

    /** Changes what it sends, before it is sent again. */
    final void call(byte[] next) {
        call = next;
    }

    final Lane lane() {
        return lane;
    }

    final TaskOptions options() {
        return lane.options;
    }

    final Dispatcher dispatcher() {
        return dispatcher;
    }

    final void placed() {
        placed = true;
    }

    /** Gives whether it has a place in the queue; it has none any more. */
    final boolean leavePlace() {
        boolean had = placed;
        placed = false;
        return had;
    }

    boolean isWaiting() {
        return phase == Phase.WAITING;
    }

    long sequence() {
        return sequence;
    }

    @Nullable String cancelReason() {
        return cancelReason;
    }

    boolean isRecalled() {
        return recalled;
    }

    /** Its worker is asked to give it back; false when it was asked before, or no other worker may have it. */
    boolean recall() {
        if (lane.bucket >= 0) {
            return false;
        }
        boolean first = !recalled;
        recalled = true;
        return first;
    }

    /** True while it runs somewhere and others could do a part of it. */
    boolean isDivisible() {
        return false;
    }

    /** Its worker is gone; {@code suspect} if taking this task may have been the reason. */
    void lost(Loss loss, boolean suspect) {
        if (!loss.hasStarted(this) && !(suspect && killedAgain())) {
            dispatcher.returned(this);
        } else if (cancelReason != null) {
            cancelled("did not stop in time, and " + loss.worker() + " was killed");
        } else {
            failed(loss.of(name));
        }
    }

    final void suspectedLike(PoolTask<?> other) {
        losses = other.losses;
    }

    /** A child died with it at hand; gives whether that has happened too often. */
    final boolean killedAgain() {
        return ++losses >= LOSSES;
    }

    void sent(WorkerLink to, long as) {
        recalled = false;
        phase = Phase.SENT;
        link = to;
        sequence = as;
    }

    /** It comes back from a worker on which it has not started. */
    void returned() {
        phase = Phase.WAITING;
        link = null;
        if (cancelReason != null) {
            cancelled("was taken back before it started");
        }
    }

    /** The whole answer, or the last part of it. */
    @SuppressWarnings({"unchecked", "NullAway"}) // The child ran the body whose type the compiler has checked.
    void answered(Decoder answer) {
        succeeded((T) answer.last());
    }

    /** A part of the answer; more will follow. */
    void part(Decoder answer) throws ProtocolException {
        throw new ProtocolException("it sent a part of " + name + ", which has none");
    }

    final void succeeded(T value) {
        done();
        promise.trySucceed(value);
    }

    void failed(Throwable failure) {
        done();
        promise.tryFail(failure);
    }

    void cancelled(String how) {
        done();
        promise.tryCancel(how + ": " + cancelReason);
    }

    /** Why there is no value. */
    Throwable failure() {
        if (state() instanceof Failed<T>(var failure)) {
            return failure;
        }
        try {
            throw new IllegalStateException(this + " has the value " + result());
        } catch (TaskCancelledException cancelled) {
            return cancelled;
        }
    }

    private void done() {
        phase = Phase.DONE;
        link = null;
        call = NOTHING;
        if (grace != null) {
            grace.cancel();
            grace = null;
        }
    }

    @Override
    public void cancel(String reason) {
        if (phase == Phase.DONE || cancelReason != null) {
            return;
        }
        cancelReason = reason;
        WorkerLink on = link;
        if (on == null) {
            dispatcher.dropped(this);
            cancelled("was dropped before it started");
        } else {
            on.revoke(sequence);
            grace = dispatcher.afterGrace(() -> {
                grace = null;
                on.kill("task " + name() + " went on after it was interrupted");
            });
        }
    }

    @Awaits
    @Override
    public void cancelAndJoin(String reason) {
        cancel(reason);
        join();
    }

    /** Waits until it has ended, however it ends. */
    @Awaits
    void join() {
        try {
            promise.await();
        } catch (TaskFailedException | TaskCancelledException ended) {
            // Whoever asks for the value gets to know; here only the end matters.
        }
    }

    @Awaits
    @Override
    public T await() {
        return promise.await();
    }

    @Awaits
    @Override
    public <X extends Throwable> T await(Class<X> failure) throws X {
        return promise.await(failure);
    }

    @Override
    public T result() {
        return promise.result();
    }

    @Override
    public State<T> state() {
        return promise.state();
    }

    @Override
    public CompletableFuture<T> toFuture() {
        return promise.toFuture();
    }

    @Override
    public CancelScope.Registration onDone(Runnable action) {
        return promise.onDone(action);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String toString() {
        WorkerLink on = link;
        return "RemoteTask[" + name() + ", " + switch (phase) {
            case WAITING -> "waits for a worker";
            case SENT -> "waits for " + on + (cancelReason == null ? "" : " to stop it: " + cancelReason);
            case DONE -> "ended";
        } + "]";
    }
}
