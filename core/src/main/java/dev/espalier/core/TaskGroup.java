package dev.espalier.core;

import dev.espalier.core.spi.TaskRef;
import dev.espalier.core.spi.TaskSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The scope in which tasks live: it is left only when all of them have ended.
 *
 * <p>The first failure, of the body or of a child, cancels the others. Every failure is kept. If the body failed first, its
 * own exception comes out, with its type, and later failures of children are suppressed in it. If a child failed first, a
 * {@link GroupException} comes out, whose members are all failures in order; the shape is the same for one and for many. A
 * {@link GroupPolicy} says it otherwise: one success may be enough, or failures may be collected or isolated.
 *
 * <p>A child is cancelled with the group it was started in, not with the scope of the task that started it: a timeout around
 * {@link #start(Body)} does not apply to the child. A child that is started in a cancelled group begins, and meets the
 * cancellation at its first await.
 *
 * <p>{@link #start(Body) start} lets the child run when its turn comes, {@link #startNow(Body) startNow} before the caller goes
 * on, {@link #startReady(VoidBodyWith) startReady} waits until the child says that it is ready, and {@link
 * #startBackground(VoidBody) startBackground} starts a service that ends after the others.
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
    private final Members members;
    private Phase phase = Phase.OPEN;

    private TaskGroup(Task<?> owner, GroupPolicy policy) {
        this.owner = owner;
        this.scope = CancelScope.enter(owner, false);
        this.members = new Members(this, owner, scope, policy);
        scope.belongsTo(this);
        Duration limit = policy.limit();
        if (limit != null) {
            scope.expireIn(Nanos.of(limit));
        }
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
        TaskGroup.<X>run(GroupPolicy.all(), body);
    }

    /**
     * Runs a body with a group that ends by a policy, and waits for all its children; as {@link #run(VoidBodyWith)}.
     *
     * @param <X> what the body throws
     * @param policy when the group has what it needs, and which failures end it
     * @param body gets the group
     * @throws X the body's own failure, if it came first
     * @throws GroupException if children failed and the policy does not tolerate it
     * @throws IllegalStateException if the policy asks for more successes than there were children
     */
    @Awaits
    public static <X extends Throwable> void run(GroupPolicy policy, VoidBodyWith<? super TaskGroup, ? extends X> body)
            throws X {
        new TaskGroup(Task.running(), policy).runToEnd(group -> {
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
        return TaskGroup.<T, X>call(GroupPolicy.all(), body);
    }

    /**
     * Runs a body with a group that ends by a policy, waits for all its children and returns the body's value; as {@link
     * #call(BodyWith)}.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param policy when the group has what it needs, and which failures end it
     * @param body gets the group; often it returns the children, whose ends are read afterwards
     * @return the value of the body
     * @throws X the body's own failure, if it came first
     * @throws GroupException if children failed and the policy does not tolerate it
     * @throws IllegalStateException if the policy asks for more successes than there were children
     * @throws TaskCancelledException if the end of the group unwound the body, so that there is no value
     */
    @Awaits
    public static <T extends @Nullable Object, X extends Throwable> T call(
            GroupPolicy policy, BodyWith<? super TaskGroup, ? extends T, ? extends X> body) throws X {
        var group = new TaskGroup(Task.running(), policy);
        return group.<Optional<Box<T>>, X>runToEnd(it -> Optional.of(new Box<T>(body.run(it))))
                .orElseThrow(() -> new TaskCancelledException(
                        "the group was cancelled and its body has no value: " + group.scope.reason()))
                .value;
    }

    /**
     * Returns the values of those that have ended well, in the order of the collection: for the children of a group that
     * tolerates failures or has a time limit.
     *
     * @param <T> the values
     * @param children tasks or promises, ended or not
     * @return the values
     */
    public static <T extends @Nullable Object> List<T> successes(
            Collection<? extends Awaitable<? extends T>> children) {
        var values = new ArrayList<T>(children.size());
        for (Awaitable<? extends T> child : children) {
            if (child.state() instanceof Awaitable.Succeeded<? extends T>(var value)) {
                values.add(value);
            }
        }
        return values;
    }

    private record Box<T extends @Nullable Object>(T value) {}

    /**
     * Opens a group for a try-with-resources block. {@link #join()} inside the block waits for the children and throws their
     * failures; leaving the block without it cancels them, waits for them, and throws nothing but what the block throws.
     *
     * @return the group
     */
    public static TaskGroup open() {
        return open(GroupPolicy.all());
    }

    /**
     * Opens a group that ends by a policy, for a try-with-resources block; as {@link #open()}.
     *
     * @param policy when the group has what it needs, and which failures end it
     * @return the group
     */
    public static TaskGroup open(GroupPolicy policy) {
        return new TaskGroup(Task.running(), policy);
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

    /**
     * Starts a background child: a service to the others. It is cancelled when the body and the ordinary children have ended,
     * and waited for like them.
     *
     * <p><b>Cancellation.</b> A cancellation of the group, also from outside, reaches it only then: the others may need it
     * while they unwind. Cancelled one by one, it ends at once. Its failure fails the group.
     *
     * @param body what it runs
     * @return the child
     * @throws IllegalStateException if the group has been left
     */
    public Task<Void> startBackground(VoidBody<?> body) {
        return beginBackground(null, body);
    }

    /**
     * Starts a background child with a name; as {@link #startBackground(VoidBody)}.
     *
     * @param name its name in errors, dumps and thread lists
     * @param body what it runs
     * @return the child
     * @throws IllegalStateException if the group has been left
     */
    public Task<Void> startBackground(String name, VoidBody<?> body) {
        return beginBackground(name, body);
    }

    /**
     * Starts a child and waits until it says that it is ready, by succeeding the promise it is given. From then on it is an
     * ordinary child.
     *
     * {@snippet class="dev.espalier.core.ScopeSnippetsTest" region="startReady"}
     *
     * <p>Before that, its end belongs to the caller: a failure is thrown here and does not fail the group. If the group is
     * cancelled meanwhile, by a failing sibling too, the child unwinds and this method throws {@link TaskCancelledException},
     * or {@link CancelledError} if the caller is inside the group.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, it cancels the child and waits for its end, so that nothing of the start
     * is left; then it throws. Cancelled before, it starts nothing.
     *
     * @param <V> what it says
     * @param body gets the promise to succeed
     * @return what the child said
     * @throws TaskFailedException if the child failed, or failed the promise, before it was ready; the failure is the cause. An
     *     {@link IllegalStateException} is the cause if it ended without a word
     * @throws TaskCancelledException if the child was cancelled before it was ready
     * @throws IllegalStateException if the group has been left
     */
    @Awaits
    public <V> V startReady(VoidBodyWith<? super Promise<V>, ?> body) {
        return beginReady(null, body);
    }

    /**
     * Starts a child with a name and waits until it says that it is ready; as {@link #startReady(VoidBodyWith)}.
     *
     * @param <V> what it says
     * @param name its name in errors, dumps and thread lists
     * @param body gets the promise to succeed
     * @return what the child said
     * @throws TaskFailedException if the child failed before it was ready; the failure is the cause
     * @throws TaskCancelledException if the child was cancelled before it was ready
     * @throws IllegalStateException if the group has been left
     */
    @Awaits
    public <V> V startReady(String name, VoidBodyWith<? super Promise<V>, ?> body) {
        return beginReady(name, body);
    }

    private <T extends @Nullable Object> Task<T> begin(@Nullable String name, Body<? extends T, ?> body) {
        checkStart();
        var task = new Task<T>(scope, members, name, body);
        members.begins();
        owner.loop.taskStarted(task);
        return task;
    }

    private <T extends @Nullable Object> Task<T> beginNow(@Nullable String name, Body<? extends T, ?> body) {
        Task<?> starter = Task.running();
        checkStart();
        var task = new Task<T>(scope, members, name, body);
        members.begins();
        owner.loop.taskStartedNow(task, starter);
        return task;
    }

    @SuppressWarnings("NullAway") // Void has no other value
    private Task<Void> beginBackground(@Nullable String name, VoidBody<?> body) {
        checkStart();
        Background services = members.background == null ? new Background(scope, members) : members.background;
        members.background = services;
        var task = new Task<Void>(services, services, name, () -> {
            body.run();
            return null;
        });
        services.begins();
        owner.loop.taskStarted(task);
        return task;
    }

    private <V> V beginReady(@Nullable String name, VoidBodyWith<? super Promise<V>, ?> body) {
        Task<?> starter = Task.running();
        checkStart();
        starter.checkCancelled();
        var starting = new Starting<V>(members, "the readiness of " + (name == null ? "a task" : "task '" + name + "'"));
        var task = new Task<@Nullable Object>(scope, starting, name, () -> {
            body.run(starting.ready());
            return null;
        });
        members.begins();
        owner.loop.taskStarted(task);
        return starting.await(task);
    }

    private void checkStart() {
        owner.loop.checkTurn(this);
        if (phase == Phase.CLOSED) {
            throw Place.misuse("a task was started in a group that has been left: " + this
                    + "; start it before the group's body ends, or in a group that lives longer",
                    "the group was left here", scope.place());
        }
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

    /** Whether nothing can be started in it any more. */
    boolean isLeft() {
        return phase == Phase.CLOSED;
    }

    /**
     * {@return the scope of the body and all children}
     */
    public CancelScope scope() {
        return scope;
    }

    /**
     * {@return what the living children are doing now, in the order in which they were started, background children last}
     */
    public List<TaskSnapshot> children() {
        owner.loop.checkTurn(this);
        var snapshots = new ArrayList<TaskSnapshot>();
        eachChild(child -> snapshots.add(child.snapshot()));
        return snapshots;
    }

    /** Whom one waits for who leaves the group. */
    List<TaskRef> childRefs() {
        var refs = new ArrayList<TaskRef>();
        eachChild(child -> refs.add(child.ref()));
        return refs;
    }

    private void eachChild(Consumer<Task<?>> visitor) {
        eachTaskIn(scope, visitor);
        Background serving = members.background;
        if (serving != null) {
            eachTaskIn(serving, visitor);
        }
    }

    private static void eachTaskIn(ScopeNode node, Consumer<Task<?>> visitor) {
        for (ScopeNode child = node.firstChild(); child != null; child = child.nextSibling()) {
            if (child instanceof Task<?> task) {
                visitor.accept(task);
            }
        }
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
        checkLeaving();
        scope.checkInnermost();
        members.bodyEnded(null);
        finish();
        members.conclude(null);
    }

    /** Cancels the children if {@link #join()} was not called, and waits for them. Does nothing the second time. */
    @Awaits
    @Override
    public void close() {
        if (phase != Phase.CLOSED) {
            checkLeaving();
            scope.checkInnermost();
            scope.request(new CancelReason(CancelReason.Kind.REQUEST, "its block was left without join()", owner.name()));
            finish();
            members.reportFailures();
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
        }
        if (phase == Phase.CLOSED && thrown != null) {
            throw Sneaky.<X>as(thrown); // the body left the group itself, and failed: no misuse may hide that
        }
        checkLeaving();
        members.bodyEnded(thrown);
        finish();
        members.<X>conclude(thrown);
        return value == null ? empty() : value;
    }

    @SuppressWarnings("unchecked") // T is always a plain Optional here
    private static <T extends Optional<?>> T empty() {
        return (T) Optional.empty();
    }

    private void checkLeaving() {
        owner.loop.checkTurn(this);
        if (phase == Phase.CLOSED) {
            throw Place.misuse("the group has been left before: " + this, "it was left here", scope.place());
        }
        if (Task.running() != owner) {
            throw Place.misuse("a group is left by the task that opened it: " + this + ", not by task '"
                    + Task.running().name() + "'", "it was opened here", scope.place());
        }
    }

    private void finish() {
        phase = Phase.ENDING;
        members.awaitAll();
        phase = Phase.CLOSED;
        if (members.background != null) {
            members.background.unlink();
        }
        scope.exit();
    }

    @Override
    public String toString() {
        Background services = members.background;
        return "TaskGroup[of task '" + owner.name() + "', " + phase.name().toLowerCase(java.util.Locale.ROOT) + ", "
                + members.alive() + " alive" + (services == null ? "" : " and " + services.alive() + " in the background")
                + "]";
    }
}
