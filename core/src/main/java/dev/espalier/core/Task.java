package dev.espalier.core;

import dev.espalier.core.spi.TaskRef;
import dev.espalier.core.spi.TaskSnapshot;
import dev.espalier.core.spi.TimerSnapshot;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A body that runs concurrently with others of its loop, on a virtual thread, and takes turns with them: it gives up its
 * turn only in methods marked {@link Awaits}.
 *
 * <p>A task lives in a {@link TaskGroup}, which waits for it and hears of its failure.
 *
 * <p><b>Threads.</b> {@link #cancel(String)}, {@link #name()} and {@link #toString()} may be called by any thread.
 *
 * @param <T> the value it ends with
 */
public final class Task<T extends @Nullable Object> extends ScopeNode implements Awaitable<T> {
    /** The signal of a wake-up that says: you are cancelled. */
    private static final Object CANCEL = new Object();

    private static final StackTraceElement[] NO_TRACE = {};

    private final long id;
    private final @Nullable String givenName;
    private final @Nullable ChildEnd group; // null: it lives in the loop itself
    private final Outcome<T> outcome;
    private final StackTraceElement[] startedAt;

    // All of these are written and read by the holder of the turn.
    private @Nullable Body<? extends T, ?> body;
    @Nullable CancelScope scope; // the innermost one it has opened
    private @Nullable Waitable waitingOn; // null: it runs or has its turn coming
    private boolean cancellable; // whether the present wait may be abandoned
    private boolean seen; // somebody looked at its end, waits for it, or holds a future of it
    private @Nullable Object signal; // what the last wake-up carried
    private @Nullable Times times; // from its first step on, in debug mode or with spawn traces
    @Nullable Holding held; // the first of what it holds and others may wait for, linked by Holding

    Task(ScopeNode parent, @Nullable ChildEnd group, @Nullable String name, Body<? extends T, ?> body) {
        this(parent, group, name, Inherited.body(parent.loop, body), traceIfWanted(parent.loop));
    }

    /** For a body that has its surroundings already, because it was handed in by another thread. */
    Task(
            ScopeNode parent,
            @Nullable ChildEnd group,
            @Nullable String name,
            Body<? extends T, ?> body,
            StackTraceElement[] startedAt) {
        super(parent.loop, parent, false);
        this.group = group;
        this.givenName = name;
        this.body = body;
        this.id = loop.nextTaskId();
        this.outcome = new Outcome<>(this);
        this.startedAt = startedAt;
        joinTree();
    }

    static StackTraceElement[] traceIfWanted(EventLoop loop) {
        return keepsTraces(loop) ? Traces.ofCaller() : NO_TRACE;
    }

    private static boolean keepsTraces(EventLoop loop) {
        return loop.isDebug() || loop.options().spawnTraces();
    }

    // ---- the public face

    /**
     * {@return the running task}
     *
     * @throws IllegalStateException outside a task
     */
    public static Task<?> current() {
        return running();
    }

    /**
     * {@return the name it was given, else one made of its number}
     */
    public String name() {
        return givenName == null ? "task-" + id : givenName;
    }

    /**
     * {@return its number in its loop, from 1, in order of creation}
     */
    public long id() {
        return id;
    }

    /**
     * {@return when it took its first step; empty before that, and unless debug mode was on then or the loop keeps spawn traces}
     */
    public Optional<Deadline> beganAt() {
        return times == null ? Optional.empty() : Optional.of(times.began);
    }

    /**
     * {@return when it ended; empty before that, and whenever {@link #beganAt()} is}
     */
    public Optional<Deadline> endedAt() {
        return times == null ? Optional.empty() : Optional.ofNullable(times.ended);
    }

    /** Moments of the loop's clock. */
    private static final class Times {
        private final Deadline began;
        private @Nullable Deadline ended; // by the holder of the turn

        private Times(long began) {
            this.began = new Deadline(began);
        }
    }

    /**
     * Cancels this task with everything in it. It still gets its first step if it has not run yet, and meets the
     * cancellation at its first await. Does nothing if it has ended or was cancelled before.
     *
     * <p><b>Threads.</b> Any thread. From outside the loop it takes effect when the loop gets to it.
     *
     * @param reason why, for the error messages
     */
    public void cancel(String reason) {
        StackTraceElement[] at = traceIfWanted(loop);
        loop.onLoop(by -> request(CancelReason.request(reason, by, at)));
    }

    /**
     * Cancels this task and waits until it has ended, however it ends.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, the caller stops waiting; the request stays.
     *
     * @param reason why, for the error messages
     */
    @Awaits
    public void cancelAndJoin(String reason) {
        checkNotAround(running());
        cancel(reason);
        join();
    }

    /**
     * Waits until the task has ended, however it ends.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, the caller stops waiting and nothing else changes.
     *
     * @throws IllegalStateException if the caller is this task, or runs inside it: it would wait for ever
     */
    @Awaits
    public void join() {
        checkNotAround(running());
        outcome.await();
    }

    @Awaits
    @Override
    public T await() {
        join();
        seen = true;
        return outcome.get();
    }

    @Awaits
    @Override
    public <X extends Throwable> T await(Class<X> failure) throws X {
        join();
        seen = true;
        return outcome.getOrThrow(failure);
    }

    @Override
    public T result() {
        seen |= !outcome.isPending();
        return outcome.get();
    }

    @Override
    public State<T> state() {
        seen |= !outcome.isPending();
        return outcome.state();
    }

    @Override
    public CompletableFuture<T> toFuture() {
        seen = true;
        return outcome.toFuture();
    }

    @Override
    public CancelScope.Registration onDone(Runnable action) {
        return outcome.onDoneOfUser(action);
    }

    @Override
    public String toString() {
        return "Task[" + name() + ", " + (outcome.isPending() ? "waits for " + waitsFor() : outcome.text()) + "]";
    }

    private String waitsFor() {
        Waitable on = waitingOn;
        if (on != null) {
            return on.describe();
        }
        Coroutine holder = coroutine;
        return holder != null && loop.scheduler.running() == holder ? "nothing: it runs" : "its turn";
    }

    /** For a task that will never run again, because its loop is closed over it. */
    void giveUp(RejectedExecutionException why) {
        outcome.giveUp(why);
    }

    Outcome<T> outcome() {
        return outcome;
    }

    /** Lets a future end as this task does. */
    void completes(CompletableFuture<T> future) {
        outcome.completes(future);
    }

    // ---- running

    /** The running task of this thread. */
    static Task<?> running() {
        Coroutine holder = Coroutine.current();
        Task<?> task = holder == null ? null : holder.task;
        if (task == null) {
            throw new IllegalStateException(holder == null
                    ? "thread '" + Thread.currentThread().getName() + "' runs no task; enter a loop with Async.run"
                    : "a callback of " + holder.scheduler + " cannot await; start a task with EventLoop.submit");
        }
        return task;
    }

    /** The running task of this thread, which must be one of the loop that an object belongs to. */
    static Task<?> runningOn(EventLoop loop, Object touched) {
        Task<?> mine = holdingTurnOf(loop);
        if (mine != null) {
            return mine;
        }
        loop.checkTurn(touched);
        Task<?> me = running();
        throw new ForeignLoopException(touched + " belongs to " + loop.name() + ", but task '" + me.name() + "' runs on "
                + me.loop.name() + "; cross with EventLoop.submit");
    }

    /** The task of a loop that runs on this thread; null in a callback and elsewhere. */
    static @Nullable Task<?> holdingTurnOf(EventLoop loop) {
        Coroutine holder = loop.scheduler.running();
        return holder != null && holder.thread == Thread.currentThread() ? holder.task : null;
    }

    @Override
    void runFresh() {
        begin();
        Body<? extends T, ?> code = body;
        body = null; // what it captured may be large, and the task may be kept for its result
        State<T> end;
        try {
            T value = code == null ? noBody() : code.run(); // a state made before would wait with the body
            end = new Succeeded<>(value);
        } catch (Throwable e) {
            end = endedBy(e);
        }
        end(scope == null ? end : leaveScopes(end));
    }

    /** Groups that the body opened and did not leave are left here: nothing it started outlives it. */
    private State<T> leaveScopes(State<T> end) {
        List<StackTraceElement> opened = scope == null ? List.of() : scope.place();
        var misuse = Place.misuse("task '" + name() + "' ended inside " + scope
                + ", which it had opened; leave it with close, best by try-with-resources", "it was opened here", opened);
        for (CancelScope open = scope; open != null; open = scope) {
            open.leave();
        }
        if (end instanceof Failed<T>(var failure)) {
            failure.addSuppressed(misuse);
            return end;
        }
        return new Failed<>(misuse);
    }

    private State<T> endedBy(Throwable thrown) {
        loop.scheduler.inspect(thrown);
        tellStart(thrown);
        return thrown instanceof CancelledError cancelled && isEffective()
                ? new Cancelled<>(cancelled.reason())
                : new Failed<>(thrown);
    }

    /** In debug mode the stack of a failure that leaves this task goes on with where the task was started. */
    void tellStart(Throwable failure) {
        if (loop.isDebug() && !(failure instanceof CancelledError)) {
            StartedAt.append(failure, this);
        }
    }

    private void begin() {
        Coroutine holder = loop.scheduler.holder();
        coroutine = holder;
        holder.task = this;
        if (keepsTraces(loop)) {
            times = new Times(loop.now());
        }
        resumed();
    }

    private static <T> T noBody() {
        throw new AssertionError("a task runs once");
    }

    private void end(State<T> end) {
        Instruments watching = loop.instruments;
        if (watching != null) {
            watching.afterStep(this);
        }
        holder().task = null;
        coroutine = null;
        if (times != null) {
            times.ended = new Deadline(loop.now());
        }
        unlink();
        loop.taskEnded();
        if (group != null) {
            // The group first: a failure cancels the siblings, so one that waits for this task unwinds as cancelled
            // and does not fail a second time with the same cause.
            group.childEnded(this, end);
        }
        if (held != null) {
            Holding.leftBy(this);
        }
        seen |= !outcome.isEmpty();
        outcome.complete(end);
        if (watching != null) {
            watching.ended(this);
        }
    }

    /** Tells the error sink of the failure of this task, if nobody else has heard of it. */
    void reportUnlessSeen(String message) {
        if (!seen && outcome.state() instanceof Failed<T>(var failure)) {
            loop.report(message, failure, name());
        }
    }

    /** A point where a task may be cancelled and where it now and then gives way; nothing needs to be waited for. */
    void passPoint() {
        checkCancelled();
        if (loop.scheduler.fairness().spent(this)) {
            giveWay();
            checkCancelled();
        }
    }

    /** The turn is about to be given away. Two calls and not one around the switch: each parked task would keep its frame. */
    private void beforeYield(Coroutine holder) {
        holder.bear(givenName);
        Instruments watching = loop.instruments;
        if (watching != null) {
            watching.afterStep(this);
        }
    }

    private void resumed() {
        Instruments watching = loop.instruments;
        if (watching != null) {
            watching.beforeStep(this);
        }
    }

    /** Lets every item run that is ready now. */
    void checkpoint() {
        checkCancelled();
        giveWay();
        checkCancelled();
    }

    private void giveWay() {
        loop.makeReady(this);
        Coroutine holder = holder();
        beforeYield(holder);
        loop.scheduler.suspend(holder, true);
        resumed();
    }

    /** Lets a fresh task run now, and goes on when it waits or has ended. */
    void handOver(Task<?> fresh) {
        Coroutine holder = holder();
        beforeYield(holder);
        loop.scheduler.handOver(holder, this, fresh);
        resumed();
    }

    void checkCancelled() {
        if (innermost().isEffective()) {
            if (loop.scheduler.fairness().spent(this)) {
                giveWay(); // a task that swallows its cancellation in a loop must not hold the loop
            }
            throw cancelled();
        }
    }

    CancelledError cancelled() {
        boolean debug = loop.isDebug();
        var error = new CancelledError(name(), innermost().nearestReason(), debug);
        if (debug) {
            loop.swallowed().delivered(this, error);
        }
        Instruments watching = loop.instruments;
        if (watching != null) {
            watching.cancellationMet(this, error);
        }
        return error;
    }

    /** A method returns what had come before the cancellation that it met. */
    void drops(CancelledError error) {
        Instruments watching = loop.instruments;
        if (watching != null) {
            watching.cancellationDropped(this, error);
        }
    }

    ScopeNode innermost() {
        CancelScope inner = scope;
        return inner == null ? this : inner;
    }

    /**
     * Waits until woken or cancelled. The caller has checked for cancellation and then linked the task where the wake-up
     * will come from.
     *
     * @return what the wake-up carried: delivered even if a cancellation came after it
     */
    @Nullable Object park(Waitable on) {
        cancellable = true;
        return parked(on);
    }

    /** Waits until woken; a cancellation does not end the wait. For waits that must see their end. */
    @Nullable Object parkUncancellable(Waitable on) {
        cancellable = false;
        return parked(on);
    }

    private @Nullable Object parked(Waitable on) {
        waitingOn = on;
        Coroutine holder = holder();
        beforeYield(holder);
        loop.scheduler.suspend(holder, false);
        resumed();
        Object got = signal;
        signal = null;
        if (got == CANCEL) {
            throw cancelled();
        }
        return got;
    }

    @Override
    void wake(@Nullable Object carrying) {
        assert waitingOn != null : "woken twice";
        waitingOn = null;
        signal = carrying;
        loop.makeReady(this);
    }

    /** Somebody moved this task, while it waits, from one queue to another. */
    void nowWaitsOn(Waitable other) {
        assert waitingOn != null : "only while it waits";
        waitingOn = other;
    }

    @Override
    Task<?> waitingTask() {
        return this;
    }

    TaskRef ref() {
        return new TaskRef(id, name());
    }

    @Override
    void wakeIfCancelled() {
        Waitable on = waitingOn;
        if (on != null && cancellable && innermost().isEffective()) {
            on.abandon(this);
            wake(CANCEL);
        }
    }

    void sleep(long nanos) {
        if (nanos <= 0) {
            checkpoint();
            return;
        }
        checkCancelled();
        loop.scheduler.timers.add(this, loop.now() + nanos);
        park(Sleep.INSTANCE);
    }

    void sleepForever() {
        checkCancelled();
        park(Sleep.FOREVER);
    }

    @Override
    TimerSnapshot timer() {
        return timer(when, "sleep");
    }

    /** A timer for which this task waits. */
    TimerSnapshot timer(long moment, String what) {
        return new TimerSnapshot(new Deadline(moment), what, ref(), stack());
    }

    @Override
    void timerFired() {
        wake(null);
    }

    private Coroutine holder() {
        Coroutine holder = coroutine;
        if (holder == null) {
            throw new AssertionError("not running: " + this);
        }
        return holder;
    }

    void checkNotAround(Task<?> caller) {
        if (!outcome.isPending()) {
            return;
        }
        for (ScopeNode node = caller; node != null; node = node.parent) {
            if (node == this) {
                throw Place.misuse("task '" + caller.name() + "' would wait for ever for "
                        + (caller == this ? "itself" : "task '" + name() + "', which waits for it at the end of its group"),
                        "task '" + name() + "' was started here", List.of(startedAt));
            }
        }
    }

    TaskSnapshot snapshot() {
        Waitable on = waitingOn;
        return new TaskSnapshot(id, name(), parentId(), waitsFor(), on == null ? List.of() : on.blockers(),
                times == null ? null : times.began, List.of(startedAt), stack());
    }

    private List<StackTraceElement> stack() {
        Coroutine holder = coroutine;
        return holder == null ? List.of() : Traces.of(holder.thread.getStackTrace());
    }

    private long parentId() {
        Task<?> above = parentTask();
        return above == null ? 0 : above.id;
    }

    /** The task in whose scope this one lives; null if that is the loop itself. */
    @Nullable Task<?> parentTask() {
        ScopeNode node = parent;
        while (node != null && !(node instanceof Task<?>)) {
            node = node.parent;
        }
        return (Task<?>) node;
    }

    StackTraceElement[] startedAt() {
        return startedAt;
    }

    /** Whether nobody but a future hears of its end. */
    boolean isUnsupervised() {
        return group == null;
    }

    /** Waiting for time to pass. */
    private enum Sleep implements Waitable {
        INSTANCE,
        FOREVER;

        @Override
        public void abandon(Task<?> task) {
            task.loop.scheduler.timers.remove(task);
        }

        @Override
        public String describe() {
            return this == FOREVER ? "its cancellation (sleepForever)" : "time to pass (sleep)";
        }
    }
}
