package dev.espalier.process;

import dev.espalier.core.Awaits;
import dev.espalier.core.CancelScope;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Promise;
import dev.espalier.core.Receiver;
import dev.espalier.core.TaskCancelledException;
import dev.espalier.core.TaskFailedException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One task of a pool, from the moment it is submitted.
 */
sealed class PoolTask<T extends @Nullable Object> implements RemoteTask<T> permits Chunk, PinnedTask, ProducedTask {
    // By the holder of the loop's turn:
    //
    //   WAITING -> SENT      handed to a worker
    //   WAITING -> DONE      cancelled, or the pool has failed or was closed
    //   SENT    -> WAITING   its worker was lost before the task started, or gave it back on request
    //                        or while it ran, and it may be tried again
    //   SENT    -> DONE      answered; or its worker was lost while it ran
    enum Phase { WAITING, SENT, DONE }

    private static final byte[] NOTHING = {};
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
    private @Nullable Parcels parcels;
    /** Those that travel beside the call. */
    private List<LargeArray> arrays = List.of();
    private Phase phase = Phase.WAITING;
    private @Nullable WorkerLink link;
    private long sequence;
    private boolean recalled;
    /** It has taken a place in the queue, to be given back when it leaves. */
    private boolean placed;
    private @Nullable Losses losses;
    private @Nullable String cancelReason;
    /** How it is stopped, once it shall; and what watches its time. */
    private @Nullable TaskStop stop;
    private @Nullable RunWatch watch;
    private boolean overLimit;
    private Rung rung = Rung.NONE;
    /** Since when it waits, where it had to; 0 otherwise. */
    private long waitsSince;
    private @Nullable RemoteTaskEvent event;
    /** What it has reported; null as long as it has not, and nobody watches. */
    private @Nullable TaskProgress progress;

    PoolTask(Dispatcher dispatcher, Lane lane, long number, Class<?> function, byte[] call) {
        this.dispatcher = dispatcher;
        this.lane = lane;
        this.name = "task " + number
                + lane.options.name().map(name -> " (" + name + ")").orElseGet(() -> LABELS.get(function));
        this.promise = Promise.create(name);
        this.call = call;
    }

    /** Shared buffers that its call holds. */
    final PoolTask<T> with(Parcels carried) {
        parcels = carried.isEmpty() ? null : carried;
        return this;
    }

    /** Takes what travels beside the call. */
    final PoolTask<T> with(List<LargeArray> beside) {
        arrays = beside;
        return this;
    }

    final List<LargeArray> arrays() {
        return arrays;
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

    /** How often it may begin. */
    int attempts() {
        return options().attempts();
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

    /** How many calls it is. */
    int calls() {
        return 1;
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

    /**
     * Its worker is gone; {@code suspect} if taking this task may have been the reason. Gives whether it, or a part of
     * it, has ended by that.
     */
    boolean lost(Loss loss, boolean suspect) {
        boolean begun = loss.hasStarted(this);
        if (begun && stop != null && (cancelReason != null || overLimit)) {
            rung = rung();
            if (cancelReason == null) {
                failed(limitFailure(loss.of(name)));
            } else {
                cancelled(rung == Rung.KILLED ? "did not stop in time, and " + loss.worker() + " was killed"
                        : "was interrupted, and " + loss.worker() + " ended");
            }
            return true;
        }
        WorkerLostException failure = begun || suspect ? met(loss, name, begun) : null;
        if (failure == null) {
            dispatcher.returned(this);
        } else {
            failed(failure);
        }
        return phase == Phase.DONE;
    }

    /** A child died with it at hand; gives the failure, or null if it may be tried again. */
    final @Nullable WorkerLostException met(Loss loss, String what, boolean begun) {
        if (losses == null) {
            losses = new Losses();
        }
        return losses.add(loss, what, begun, attempts());
    }

    /** Those that were met had nothing to do with what is left of it. */
    final void forgetLosses() {
        losses = null;
    }

    final void suspectedLike(PoolTask<?> other) {
        losses = other.losses == null ? null : other.losses.copy();
    }

    /** It has to wait for a worker, from now on. */
    final void waits(long now) {
        waitsSince = now;
    }

    /** Its worker is found; gives how long it has waited. */
    final long waited(EventLoop loop) {
        long nanos = waitsSince == 0 ? 0 : loop.now() - waitsSince;
        waitsSince = 0;
        return nanos;
    }

    void sent(WorkerLink to, long as, long waited) {
        event = Recording.isPossible() ? RemoteTaskEvent.sent(to.process(), waited) : null;
        recalled = false;
        phase = Phase.SENT;
        link = to;
        sequence = as;
        if (progress != null) {
            progress.sent();
        }
        options().runLimit().ifPresent(limit -> watch = new RunWatch(this, to, dispatcher, limit));
    }

    /** Its time is over. */
    void ranTooLong() {
        if (link != null && stop == null) {
            overLimit = true;
            stop(link);
        }
    }

    final boolean isOverLimit() {
        return overLimit;
    }

    /** What it fails with when it was stopped because of its time. */
    final RunLimitExceededException limitFailure(@Nullable Throwable cause) {
        return new RunLimitExceededException(name, options().runLimit().orElseThrow(), rung, lastStack(), cause);
    }

    private void stop(WorkerLink on) {
        rung = Rung.INTERRUPTED;
        stop = dispatcher.stop(this, on);
    }

    /** It comes back from a worker on which it has not started. */
    void returned() {
        phase = Phase.WAITING;
        link = null;
        leave();
        if (cancelReason != null) {
            rung = Rung.DROPPED;
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

    /** It has failed there. */
    void failedThere(Throwable failure) {
        if (cancelReason != null) {
            cancelled("was interrupted");
        } else {
            failed(overLimit ? limitFailure(failure) : failure);
        }
    }

    final void succeeded(T value) {
        dispatcher.journal().succeeded();
        done("succeeded");
        promise.trySucceed(value);
    }

    void failed(Throwable failure) {
        dispatcher.journal().failed();
        done("failed");
        promise.tryFail(failure);
    }

    void cancelled(String how) {
        dispatcher.journal().cancelled();
        done("cancelled");
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

    private void done(String how) {
        if (event != null) {
            event.ended(this, how);
            event = null;
        }
        phase = Phase.DONE;
        link = null;
        call = NOTHING;
        if (parcels != null) {
            parcels.delete();
            parcels = null;
        }
        arrays = List.of();
        leave();
        if (progress != null) {
            progress.over();
        }
    }

    /** It is at no worker any more. */
    private void leave() {
        if (watch != null) {
            watch.end();
            watch = null;
        }
        if (stop != null) {
            stop.over();
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
            rung = Rung.DROPPED;
            cancelled("was dropped before it started");
        } else if (stop == null) {
            stop(on);
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

    /** It says how far it has come. */
    final void reported(Decoder report) {
        ownProgress().came(report);
    }

    private TaskProgress ownProgress() {
        TaskProgress own = progress;
        if (own == null) {
            own = new TaskProgress(phase == Phase.DONE);
            progress = own;
        }
        return own;
    }

    @Override
    public Optional<Progress> progress() {
        return progress == null ? Optional.empty() : progress.last();
    }

    @Override
    public Receiver<Progress> progressChanges() {
        return ownProgress().changes();
    }

    @Override
    public Rung rung() {
        return stop != null && stop.hasKilled() ? Rung.KILLED : rung;
    }

    @Override
    public String lastStack() {
        return stop == null ? "" : stop.lastStack();
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
            case SENT -> "waits for " + on + (cancelReason == null ? "" : " to stop it: " + cancelReason)
                    + (overLimit ? " to stop it: it runs too long" : "");
            case DONE -> "ended";
        } + "]";
    }
}
