package dev.espalier.core;

import dev.espalier.core.spi.TaskSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The scope in which tasks live: it is left only when all of them have ended.
 *
 * <p>The first failure, of the body or of a child, cancels the others. Every failure is kept. If the body failed first, its
 * own exception comes out, with its type, and later failures of children are suppressed in it. If a child failed first, a
 * {@link GroupException} comes out, whose members are all failures in order; the shape is the same for one and for many.
 *
 * <p>A child is cancelled with the group it was started in, not with the scope of the task that started it: a timeout around
 * {@link #start(Body)} does not apply to the child.
 *
 * {@snippet class="dev.espalier.core.SnippetsTest" region="group"}
 *
 * <p><b>Threads.</b> It belongs to its loop; any task of the loop may start children in it. {@link #cancel(String)} may be
 * called by any thread.
 */
public final class TaskGroup implements AutoCloseable {
    // States, by the holder of the turn:
    //
    //   OPEN    -> ENDING   the body ended, or join() was called; children may still start children
    //   ENDING  -> CLOSED   the last child ended and the scope was left; starting is refused from here on
    private enum Phase {
        OPEN,
        ENDING,
        CLOSED
    }

    private final Task<?> owner;
    private final CancelScope scope;
    private final List<Throwable> failures = new ArrayList<>(0);
    private final WaitQueue joiner = new WaitQueue(this);
    private Phase phase = Phase.OPEN;
    private int alive;
    private boolean childSawCancel;
    private @Nullable Throwable bodyFailure; // only if it came before any other failure

    private TaskGroup(Task<?> owner) {
        this.owner = owner;
        this.scope = CancelScope.enter(owner, false);
        scope.belongsTo(this);
    }

    /**
     * Runs a body with a group and waits for all its children. Returns nothing; {@link #call} returns a value.
     *
     * <p><b>Cancellation.</b> Reaches the body and all children; the method still waits for them to end, and then throws if
     * any of them met it.
     *
     * @param <X> what the body throws
     * @param body gets the group
     * @throws X the body's own failure, if it came first
     * @throws GroupException if a child failed first
     */
    @Awaits
    public static <X extends Throwable> void run(VoidBodyWith<? super TaskGroup, ? extends X> body) throws X {
        new TaskGroup(Task.running()).runToEnd(group -> {
            body.run(group);
            return Optional.empty();
        });
    }

    /**
     * Runs a body with a group, waits for all its children and returns the body's value. {@link #run} returns none.
     *
     * <p><b>Cancellation.</b> As {@link #run}.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param body gets the group
     * @return the value of the body
     * @throws X the body's own failure, if it came first
     * @throws GroupException if a child failed first
     * @throws TaskCancelledException if {@link #cancel} of this group unwound the body, so that there is no value
     */
    @Awaits
    public static <T extends @Nullable Object, X extends Throwable> T call(
            BodyWith<? super TaskGroup, ? extends T, ? extends X> body) throws X {
        var group = new TaskGroup(Task.running());
        return group.<Optional<Box<T>>, X>runToEnd(it -> Optional.of(new Box<T>(body.run(it))))
                .orElseThrow(() -> new TaskCancelledException(
                        "the group was cancelled and its body has no value: " + group.scope.reason()))
                .value;
    }

    private record Box<T extends @Nullable Object>(T value) {}

    /**
     * Opens a group for a try-with-resources block. {@link #join()} inside the block waits for the children and throws their
     * failures; leaving the block without it cancels them, waits for them, and throws nothing but what the block throws.
     *
     * @return the group
     */
    public static TaskGroup open() {
        return new TaskGroup(Task.running());
    }

    /**
     * Starts a child. It runs when its turn comes.
     *
     * @param <T> the value
     * @param body what it runs
     * @return the child
     * @throws IllegalStateException if the group has been left
     */
    public <T extends @Nullable Object> Task<T> start(Body<? extends T, ?> body) {
        return begin(null, body);
    }

    /**
     * Starts a child. It runs when its turn comes.
     *
     * @param body what it runs
     * @return the child
     * @throws IllegalStateException if the group has been left
     */
    @SuppressWarnings("NullAway") // Void has no other value
    public Task<Void> start(VoidBody<?> body) {
        return begin(null, () -> {
            body.run();
            return null;
        });
    }

    /**
     * Starts a child with a name.
     *
     * @param <T> the value
     * @param name its name in errors, dumps and thread lists
     * @param body what it runs
     * @return the child
     * @throws IllegalStateException if the group has been left
     */
    public <T extends @Nullable Object> Task<T> start(String name, Body<? extends T, ?> body) {
        return begin(name, body);
    }

    /**
     * Starts a child with a name.
     *
     * @param name its name in errors, dumps and thread lists
     * @param body what it runs
     * @return the child
     * @throws IllegalStateException if the group has been left
     */
    @SuppressWarnings("NullAway") // Void has no other value
    public Task<Void> start(String name, VoidBody<?> body) {
        return begin(name, () -> {
            body.run();
            return null;
        });
    }

    /**
     * Starts a child that runs at once, before this method returns: until it waits for the first time, or to its end. The
     * caller then goes on before all others that are ready. For work that mostly ends without waiting, and for
     * children that must have done their first step when the caller goes on.
     *
     * {@snippet class="dev.espalier.core.ScopeSnippetsTest" region="startNow"}
     *
     * <p><b>Cancellation.</b> None here: the child begins in any case and takes what it was given, and a cancelled caller
     * meets its cancellation at its next await. <b>Ordering.</b> After many such starts in one tick the caller waits for the
     * next one, so that others get their turn.
     *
     * @param <T> the value
     * @param body what it runs
     * @return the child, waiting or ended
     * @throws IllegalStateException if the group has been left
     */
    @Awaits
    public <T extends @Nullable Object> Task<T> startNow(Body<? extends T, ?> body) {
        return beginNow(null, body);
    }

    /**
     * Starts a child that runs at once; as {@link #startNow(Body)}.
     *
     * @param body what it runs
     * @return the child, waiting or ended
     * @throws IllegalStateException if the group has been left
     */
    @Awaits
    @SuppressWarnings("NullAway") // Void has no other value
    public Task<Void> startNow(VoidBody<?> body) {
        return beginNow(null, () -> {
            body.run();
            return null;
        });
    }

    /**
     * Starts a child with a name that runs at once; as {@link #startNow(Body)}.
     *
     * @param <T> the value
     * @param name its name in errors, dumps and thread lists
     * @param body what it runs
     * @return the child, waiting or ended
     * @throws IllegalStateException if the group has been left
     */
    @Awaits
    public <T extends @Nullable Object> Task<T> startNow(String name, Body<? extends T, ?> body) {
        return beginNow(name, body);
    }

    /**
     * Starts a child with a name that runs at once; as {@link #startNow(Body)}.
     *
     * @param name its name in errors, dumps and thread lists
     * @param body what it runs
     * @return the child, waiting or ended
     * @throws IllegalStateException if the group has been left
     */
    @Awaits
    @SuppressWarnings("NullAway") // Void has no other value
    public Task<Void> startNow(String name, VoidBody<?> body) {
        return beginNow(name, () -> {
            body.run();
            return null;
        });
    }

    private <T extends @Nullable Object> Task<T> beginNow(@Nullable String name, Body<? extends T, ?> body) {
        Task<?> starter = Task.running();
        Task<T> task = create(name, body);
        owner.loop.taskStartedNow(task, starter);
        return task;
    }

    private <T extends @Nullable Object> Task<T> begin(@Nullable String name, Body<? extends T, ?> body) {
        Task<T> task = create(name, body);
        owner.loop.taskStarted(task);
        return task;
    }

    private <T extends @Nullable Object> Task<T> create(@Nullable String name, Body<? extends T, ?> body) {
        owner.loop.checkTurn(this);
        if (phase == Phase.CLOSED) {
            throw new IllegalStateException("a task was started in a group that has been left: " + this
                    + "; start it before the group's body ends, or in a group that lives longer");
        }
        var task = new Task<T>(scope, this, name, body);
        alive++;
        return task;
    }

    /**
     * Cancels the body and all children. The group then ends normally, unless something failed.
     *
     * <p><b>Threads.</b> Any thread. From outside the loop it takes effect when the loop gets to it.
     *
     * @param reason why, for the error messages
     */
    public void cancel(String reason) {
        scope.cancel(reason);
    }

    /**
     * {@return the scope of the body and all children}
     */
    public CancelScope scope() {
        return scope;
    }

    /**
     * {@return what the living children are doing now, in the order in which they were started}
     */
    public List<TaskSnapshot> children() {
        owner.loop.checkTurn(this);
        var snapshots = new ArrayList<TaskSnapshot>(alive);
        for (ScopeNode node = scope.firstChild(); node != null; node = node.nextSibling()) {
            if (node instanceof Task<?> task) {
                snapshots.add(task.snapshot());
            }
        }
        return snapshots;
    }

    /**
     * Waits for all children of an {@linkplain #open() opened} group.
     *
     * <p><b>Cancellation.</b> Reaches the children; the method waits for them to end.
     *
     * @throws GroupException if a child failed
     */
    @Awaits
    public void join() {
        finish();
        conclude(null);
    }

    /** Cancels the children if {@link #join()} was not called, and waits for them. Does nothing the second time. */
    @Awaits
    @Override
    public void close() {
        if (phase != Phase.CLOSED) {
            scope.request(new CancelReason(CancelReason.Kind.REQUEST, "its block was left without join()", owner.name()));
            finish();
            failures.forEach(failure -> owner.loop.report("a child failed while its group was closed", failure, owner.name()));
        }
    }

    private <T extends Optional<?>, X extends Throwable> T runToEnd(BodyWith<? super TaskGroup, T, ? extends X> body)
            throws X {
        T value = null;
        Throwable thrown = null;
        try {
            value = body.run(this);
        } catch (Throwable e) {
            thrown = e;
            bodyFailed(e);
        }
        finish();
        conclude(thrown);
        return value == null ? empty() : value;
    }

    @SuppressWarnings("unchecked") // T is always a plain Optional here
    private static <T extends Optional<?>> T empty() {
        return (T) Optional.empty();
    }

    private void bodyFailed(Throwable failure) {
        owner.loop.scheduler.inspect(failure);
        if (failure instanceof CancelledError && scope.isEffective()) {
            return; // the body unwinds as it should, and the children meet the same cancellation
        }
        if (failures.isEmpty()) {
            bodyFailure = failure;
        } else {
            failures.add(failure);
        }
        cancelSiblings("the body of the group failed: " + failure);
    }

    /** Called by a child on its own coroutine, before its waiters hear of its end. */
    void childEnded(Awaitable.State<?> end) {
        alive--;
        if (end instanceof Awaitable.Failed<?>(var failure)) {
            failures.add(failure);
            cancelSiblings("a sibling failed: " + failure);
        } else if (end instanceof Awaitable.Cancelled<?>) {
            childSawCancel = true;
        }
        if (alive == 0) {
            joiner.wakeAll(null);
        }
    }

    private void cancelSiblings(String why) {
        scope.request(new CancelReason(CancelReason.Kind.FAILURE, why, null));
    }

    /** Waits for the last child. Not abandoned by a cancellation: that reaches the children through the tree. */
    private void finish() {
        owner.loop.checkTurn(this);
        if (Task.running() != owner) {
            throw new IllegalStateException("a group is left by the task that opened it: " + this + ", not by task '"
                    + Task.running().name() + "'");
        }
        if (phase == Phase.CLOSED) {
            throw new IllegalStateException("the group has been left before: " + this);
        }
        phase = Phase.ENDING;
        while (alive > 0) {
            joiner.add(owner);
            owner.parkUncancellable(joiner);
        }
        phase = Phase.CLOSED;
        scope.exit();
    }

    /** Throws what the group ends with, if it does not end well. */
    private <X extends Throwable> void conclude(@Nullable Throwable thrown) throws X {
        for (Throwable failure : failures) {
            if (failure instanceof VirtualMachineError broken) {
                throw withSuppressed(broken);
            }
        }
        if (bodyFailure != null) {
            throw Sneaky.<X>as(withSuppressed(bodyFailure));
        }
        if (!failures.isEmpty()) {
            throw new GroupException("group of task '" + owner.name() + "'", failures);
        }
        if (thrown instanceof CancelledError cancelled) {
            scope.absorbOrThrow(cancelled);
        } else if (childSawCancel && scope.isCancelledFromOutside()) {
            throw owner.cancelled();
        }
    }

    private <E extends Throwable> E withSuppressed(E first) {
        if (bodyFailure != null && bodyFailure != first) {
            first.addSuppressed(bodyFailure);
        }
        for (Throwable failure : failures) {
            if (failure != first) {
                first.addSuppressed(failure);
            }
        }
        return first;
    }

    @Override
    public String toString() {
        return "TaskGroup[of task '" + owner.name() + "', " + phase.name().toLowerCase(java.util.Locale.ROOT) + ", "
                + alive + " alive]";
    }
}
