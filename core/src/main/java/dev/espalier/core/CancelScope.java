package dev.espalier.core;

import dev.espalier.core.spi.TimerSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A region of a task that can be cancelled as a whole, with everything started inside it.
 *
 * <p>Cancellation is a level, not an event: once a scope is cancelled, every await inside it throws {@link
 * CancelledError}, until the scope is left. The scope absorbs that error at its end, if it was the scope's own and no scope
 * around it is cancelled too.
 *
 * <p><b>Threads.</b> {@link #cancel(String)} and {@link #onCancel} may be called by any thread; everything else belongs to the
 * loop.
 */
public final class CancelScope extends ScopeNode {
    // Written and read by the holder of the turn.
    private final Task<?> owner;
    private final @Nullable CancelScope around;
    private @Nullable List<OneShot> hooks;
    private boolean absorbed;
    private boolean left;
    private boolean graceRuns; // the timer is that of the grace, and no longer that of the deadline
    private boolean graceOver;
    private StackTraceElement[] place; // in debug mode, where it was opened, and once left, where it was left
    private @Nullable TaskGroup group; // whose scope it is

    private CancelScope(Task<?> owner, ScopeNode parent, boolean shielded) {
        super(owner.loop, parent, shielded);
        this.owner = owner;
        this.around = owner.scope;
        this.place = Task.traceIfWanted(loop);
        joinTree();
        owner.scope = this;
    }

    /** Opens a scope in the running task. */
    static CancelScope enter(Task<?> task, boolean shielded) {
        return new CancelScope(task, task.innermost(), shielded);
    }

    /**
     * Opens a hole in the nearest shield around the running task: a scope that hangs in the tree where the shield does, so that what
     * is cancelled outside reaches it, and that hears a tick later of what is cancelled between the shield and itself.
     */
    static CancelScope enterHole(Task<?> task, CancelScope inside) {
        ScopeNode outside = inside.nearestShield().parent;
        var hole = new CancelScope(task, outside == null ? inside : outside, false);
        if (inside.isEffective()) {
            hole.request(inside.nearestReason());
        } else if (hole.isHole()) {
            inside.addHook(new OneShot(() -> hole.request(inside.nearestReason())));
        }
        return hole;
    }

    private boolean isHole() {
        return around != null && parent != around;
    }

    /** The time to the earliest deadline between a hole and its shield; {@link Long#MAX_VALUE} where there is no hole. */
    long timeLeftInside() {
        return around != null && isHole() ? around.timeLeft() : Long.MAX_VALUE;
    }

    /**
     * Runs a body in a new scope.
     *
     * <p><b>Cancellation.</b> Cancelling the scope unwinds the body; this method then returns normally.
     *
     * @param <X> what the body throws
     * @param body gets the scope
     * @return true if the body ended by itself, false if the scope was cancelled and absorbed that
     * @throws X as the body does; its own failure wins over a cancellation
     */
    @Awaits
    public static <X extends Throwable> boolean run(VoidBodyWith<? super CancelScope, ? extends X> body) throws X {
        CancelScope scope = enter(Task.running(), false);
        try {
            body.run(scope);
        } catch (CancelledError e) {
            scope.absorbOrThrow(e);
        } finally {
            scope.exit();
        }
        return !scope.absorbed;
    }

    /**
     * Runs a body in a new scope and returns its value.
     *
     * <p><b>Cancellation.</b> Cancelling the scope unwinds the body; this method then returns empty.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param body gets the scope; its value must not be null
     * @return the value; empty if the scope was cancelled and absorbed that
     * @throws X as the body does; its own failure wins over a cancellation
     */
    @Awaits
    public static <T, X extends Throwable> Optional<T> call(
            BodyWith<? super CancelScope, ? extends T, ? extends X> body) throws X {
        CancelScope scope = enter(Task.running(), false);
        try {
            return Optional.of(body.run(scope));
        } catch (CancelledError e) {
            scope.absorbOrThrow(e);
            return Optional.empty();
        } finally {
            scope.exit();
        }
    }

    /**
     * {@return the innermost scope of the running task}
     *
     * @throws IllegalStateException outside a task, or in a task that has opened no scope
     */
    public static CancelScope current() {
        CancelScope scope = Task.running().scope;
        if (scope == null) {
            throw new IllegalStateException("task '" + Task.running().name() + "' has opened no scope; open one with "
                    + "CancelScope.run, timeout or TaskGroup.run, or cancel the task itself");
        }
        return scope;
    }

    /**
     * Returns the moment at which the running task will be cancelled if nothing changes: the earliest deadline of the scopes
     * around it, also of those that its tasks' groups live in. A shield hides the deadlines outside it, but not the end of a grace
     * that runs outside it.
     *
     * @return the moment; now, if the task is cancelled already; empty without a deadline
     * @throws IllegalStateException outside a task
     */
    public static Optional<Deadline> effectiveDeadline() {
        ScopeNode innermost = Task.running().innermost();
        long left = innermost.isEffective() ? 0 : innermost.timeLeft();
        return left == Long.MAX_VALUE ? Optional.empty() : Optional.of(new Deadline(innermost.loop.now() + left));
    }

    boolean hasTimer() {
        return heapIndex != TimerHeap.ABSENT;
    }

    boolean isGraceRunning() {
        return graceRuns;
    }

    /**
     * Cancels the scope with everything in it. The first reason wins; a further call does nothing.
     *
     * <p><b>Threads.</b> Any thread. From outside the loop it takes effect when the loop gets to it.
     *
     * @param reason why, for the error messages
     */
    public void cancel(String reason) {
        StackTraceElement[] at = Task.traceIfWanted(loop);
        loop.onLoop(by -> {
            if (!left) {
                request(CancelReason.request(reason, by, at));
            }
        });
    }

    /**
     * Cancels the scope with everything in it, and sets a time after which clean-up is cancelled too. Ordinary code meets the
     * cancellation at once, as with {@link #cancel(String)}. {@linkplain Async#shield Shielded} regions and background children
     * inside go on until the grace is over. Then the shields inside no longer hold, and none can be raised there any more.
     *
     * <p>After a first call a later one can only shorten the grace.
     *
     * <p><b>Threads.</b> Any thread. From outside the loop it takes effect when the loop gets to it.
     *
     * @param reason why, for the error messages
     * @param grace how long clean-up may take from now; zero or negative: shields end at once
     */
    public void cancel(String reason, Duration grace) {
        long nanos = Nanos.of(grace);
        StackTraceElement[] at = Task.traceIfWanted(loop);
        loop.onLoop(by -> {
            if (!left) {
                request(CancelReason.request(reason, by, at));
                endGraceIn(nanos);
            }
        });
    }

    private void endGraceIn(long nanos) {
        long end = loop.now() + nanos;
        if (graceOver || (graceRuns && when - end <= 0)) {
            return;
        }
        loop.scheduler.timers.remove(this);
        graceRuns = nanos > 0;
        if (graceRuns) {
            loop.scheduler.timers.add(this, end);
        } else {
            endGrace();
        }
    }

    private void endGrace() {
        graceRuns = false;
        graceOver = true;
        dropShieldsBelow();
    }

    @Override
    boolean dropsShields() {
        return graceOver;
    }

    /**
     * {@return whether this scope was cancelled, absorbed or not; true from the moment of the request}
     */
    public boolean isCancelled() {
        return isRequested();
    }

    /**
     * {@return whether this scope has ended its own cancellation: its body was unwound, and the code after it goes on}
     */
    public boolean isAbsorbed() {
        return absorbed;
    }

    /**
     * {@return why this scope was cancelled; empty if it was not, whatever happened to scopes around it}
     */
    public Optional<CancelReason> cancelReason() {
        return Optional.ofNullable(reason());
    }

    /**
     * {@return the deadline of this scope alone; scopes around it may have earlier ones; empty once it is cancelled}
     */
    public Optional<Deadline> deadline() {
        return !hasTimer() || isRequested() ? Optional.empty() : Optional.of(new Deadline(when));
    }

    /**
     * Sets or moves the deadline of this scope, also while its body waits. Does nothing if the scope is cancelled already or
     * left.
     *
     * @param deadline the new deadline; one that has passed cancels at once
     */
    public void reschedule(Deadline deadline) {
        loop.checkTurn(this);
        if (!isRequested() && !left) {
            loop.scheduler.timers.remove(this);
            expireIn(deadline.nanos() - loop.now());
        }
    }

    /**
     * Registers an action for the moment the scope is cancelled, itself or from outside, for handles that know no tasks: a
     * statement, a request.
     *
     * {@snippet class="dev.espalier.core.ScopeSnippetsTest" region="onCancel"}
     *
     * <p><b>Threads.</b> Any may register and take back, also the thread of an offloaded body. The action runs as a callback of the
     * loop, soon after the cancellation, never on the stack of the canceller. It must not block: what may block, such as {@code
     * Statement.cancel} of JDBC, it hands to a thread.
     *
     * @param action what to do, at most once, at once if the scope is cancelled already; not at all after the scope was left. What
     *     it throws goes to the loop's error sink
     * @return closes to take the action back; one that has begun meanwhile is not waited for
     */
    public Registration onCancel(Runnable action) {
        var hook = new OneShot(loop, action);
        loop.onLoop(_ -> addHook(hook));
        return () -> {
            hook.takeBack();
            loop.onLoop(_ -> removeHook(hook));
        };
    }

    private void addHook(OneShot hook) {
        if (left) {
            return;
        }
        if (isEffective()) {
            loop.soon(hook);
            return;
        }
        List<OneShot> list = hooks == null ? new ArrayList<>(1) : hooks;
        hooks = list;
        list.add(hook);
    }

    private void removeHook(OneShot hook) {
        if (hooks != null) {
            hooks.remove(hook);
        }
    }

    /** Undoes a registration. */
    @FunctionalInterface
    public interface Registration extends AutoCloseable {
        /** Takes the action back; does nothing if it ran or was taken back before. */
        @Override
        void close();
    }

    /** Called once the scope is effective: by its own request or by one around it. */
    @Override
    void wakeIfCancelled() {
        if (hooks != null) {
            hooks.forEach(loop::soon);
            hooks = null;
        }
        owner.wakeIfCancelled();
    }

    @Override
    void wake(@Nullable Object carrying) {
        throw new AssertionError("a scope never waits");
    }

    @Override
    Task<?> waitingTask() {
        throw new AssertionError("a scope never waits");
    }

    @Override
    void runFresh() {
        throw new AssertionError("a scope is never made ready");
    }

    @Override
    TimerSnapshot timer() {
        return new TimerSnapshot(
                new Deadline(when), graceRuns ? "end of the grace of a scope" : "deadline of a scope", owner.ref(), place());
    }

    @Override
    void timerFired() {
        if (graceRuns) {
            endGrace();
        } else {
            request(new CancelReason(
                    CancelReason.Kind.DEADLINE, "the deadline of a scope of task '" + owner.name() + "' passed", null));
        }
    }

    /** At the end of a body that threw {@code error}: returns if this scope absorbs it. Decided late, on the state now. */
    void absorbOrThrow(CancelledError error) {
        if (!isRequested() || isCancelledFromOutside()) {
            throw error;
        }
        absorbed = true;
    }

    Task<?> owner() {
        return owner;
    }

    /** Sets the deadline of a scope just entered; one that has passed cancels at once, so that the first await throws. */
    void expireIn(long nanos) {
        if (nanos > 0) {
            loop.scheduler.timers.add(this, loop.now() + nanos);
        } else {
            timerFired();
        }
    }

    boolean deadlinePassed() {
        CancelReason why = reason();
        return why != null && why.kind() == CancelReason.Kind.DEADLINE;
    }

    void checkInnermost() {
        CancelScope inner = owner.scope;
        if (inner != this) {
            throw Place.misuse("scopes must be left in the reverse order of entering, by the task that "
                    + "entered: " + this + " was left while " + inner + " was the innermost one",
                    "the innermost one was opened here", inner == null ? List.of() : inner.place());
        }
    }

    /** Leaves the scope, in constant time. */
    void exit() {
        checkInnermost();
        left = true;
        place = Task.traceIfWanted(loop);
        hooks = null;
        loop.scheduler.timers.remove(this);
        unlink();
        owner.scope = around;
    }

    /** In debug mode where it was opened, or left if it has been left; else empty. */
    List<StackTraceElement> place() {
        return List.of(place);
    }

    /** For dumps: a group says more than its scope. */
    String describe() {
        String scope = toString();
        return group == null ? scope : group + " in " + scope;
    }

    void belongsTo(TaskGroup newGroup) {
        group = newGroup;
    }

    /** At the end of a task that did not leave this scope: what runs in it is cancelled and waited for. */
    void leave() {
        if (group != null) {
            group.close();
        }
        if (!left) {
            exit();
        }
    }

    @Override
    public String toString() {
        CancelReason why = reason();
        return "CancelScope[of task '" + owner.name() + "', "
                + (why != null ? "cancelled: " + why : isEffective() ? "cancelled from outside" : "open")
                + timerText() + "]";
    }

    private String timerText() {
        if (!hasTimer() || (isRequested() && !graceRuns)) {
            return graceOver ? ", grace over" : "";
        }
        return (graceRuns ? ", grace ends in " : ", deadline in ") + Nanos.text(Math.max(0, when - loop.now()));
    }
}
