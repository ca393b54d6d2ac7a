package dev.espalier.core;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A region that closes what was opened in it, the last first, however it is left.
 *
 * {@snippet class="dev.espalier.core.ScopeSnippetsTest" region="resources"}
 *
 * <p>All closing happens inside one {@linkplain Async#shield shield} with one time limit, which counts from the end of the body:
 * a cancelled task still closes what it holds, and a resource that does not close cannot hold the task for ever. Every closer
 * runs, whatever the others threw. When the time limit has passed, those that are left run to their first await.
 *
 * <p>If the body failed, its exception comes out with the failures of closers suppressed in it. If it ended well or was
 * cancelled, failures of closers come out as a {@link GroupException}.
 *
 * <p><b>Threads.</b> It belongs to the loop; any of its tasks may add resources while the body runs.
 */
public final class ResourceScope {
    private final Task<?> owner;
    private final long cleanup;

    // Written and read by the holder of the turn.
    private final ArrayDeque<VoidBody<?>> closers = new ArrayDeque<>(); // the first is closed first
    private boolean closed;
    private List<StackTraceElement> closedAt = List.of(); // where, in debug mode

    private ResourceScope(Task<?> owner, long cleanup) {
        this.owner = owner;
        this.cleanup = cleanup;
    }

    /**
     * Runs a body and closes what it has opened. Returns nothing; {@link #call} returns a value.
     *
     * <p><b>Cancellation.</b> Reaches the body; what is open is then closed, and the cancellation goes on. One that comes while
     * resources are closed is met at the next await after this method.
     *
     * @param <X> what the body throws
     * @param cleanup how long closing may take in all; zero or negative: each closer runs to its first await
     * @param body gets the scope
     * @throws X as the body does
     * @throws GroupException if closers failed, and the body did not; a closer cut off by the time limit counts as failed with a
     *     {@link DeadlineExceededException}
     */
    @Awaits
    public static <X extends Throwable> void run(
            Duration cleanup, VoidBodyWith<? super ResourceScope, ? extends X> body) throws X {
        ResourceScope.<@Nullable Object, X>call(cleanup, scope -> {
            body.run(scope);
            return null;
        });
    }

    /**
     * Runs a body, closes what it has opened, and returns the body's value.
     *
     * <p><b>Cancellation.</b> As {@link #run}.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param cleanup how long closing may take in all; zero or negative: each closer runs to its first await
     * @param body gets the scope
     * @return the value of the body
     * @throws X as the body does
     * @throws GroupException if closers failed, and the body did not
     */
    @Awaits
    public static <T extends @Nullable Object, X extends Throwable> T call(
            Duration cleanup, BodyWith<? super ResourceScope, ? extends T, ? extends X> body) throws X {
        var scope = new ResourceScope(Task.running(), Nanos.of(cleanup));
        T value;
        try {
            value = body.run(scope);
        } catch (Throwable e) {
            scope.owner.loop.scheduler.inspect(e);
            throw Sneaky.<X>as(scope.closeAfter(e));
        }
        Throwable failure = scope.closeAll(null);
        if (failure != null) {
            throw Sneaky.<X>as(failure);
        }
        return value;
    }

    /**
     * Opens a resource, and registers how to close it before anything else can happen.
     *
     * <p><b>Cancellation.</b> As the opener does: if it throws, nothing is registered.
     *
     * @param <R> the resource
     * @param <X> what the opener throws
     * @param opener opens it; may await
     * @param closer closes it; may await
     * @return the resource
     * @throws X as the opener does
     * @throws IllegalStateException if the scope has been left; a resource that was opened meanwhile is closed
     */
    @Awaits
    public <R, X extends Throwable> R acquire(Body<? extends R, ? extends X> opener, VoidBodyWith<? super R, ?> closer)
            throws X {
        checkOpen();
        R resource = opener.run();
        if (closed) {
            IllegalStateException misuse = leftBefore();
            closers.addFirst(() -> closer.run(resource));
            throw Sneaky.<X>as(closeAfter(misuse));
        }
        closers.addFirst(() -> closer.run(resource));
        return resource;
    }

    /**
     * Registers an open resource to be closed.
     *
     * @param <R> the resource
     * @param resource the resource; its {@code close} may await
     * @return the resource
     * @throws IllegalStateException if the scope has been left
     */
    public <R extends AutoCloseable> R closeable(R resource) {
        onExit(resource::close);
        return resource;
    }

    /**
     * Registers code to run at the end.
     *
     * @param closer what to run; may await
     * @throws IllegalStateException if the scope has been left
     */
    public void onExit(VoidBody<?> closer) {
        checkOpen();
        closers.addFirst(closer);
    }

    private void checkOpen() {
        owner.loop.checkTurn(this);
        if (closed) {
            throw leftBefore();
        }
    }

    private IllegalStateException leftBefore() {
        return Place.misuse("a resource was given to a resource scope that has been left: " + this
                + "; open it before the scope's body ends", "the scope was left here", closedAt);
    }

    private Throwable closeAfter(Throwable thrown) {
        Throwable end = closeAll(thrown);
        return end == null ? thrown : end;
    }

    /** Closes everything and returns what then comes out: what was thrown, or failures to close, or null. */
    private @Nullable Throwable closeAll(@Nullable Throwable thrown) {
        var failures = new ArrayList<Throwable>(0);
        CancelledError cut = null;
        CancelScope shield = CancelScope.enter(Task.running(), true);
        shield.expireIn(cleanup);
        try {
            for (VoidBody<?> closer = closers.poll(); closer != null; closer = closers.poll()) {
                CancelledError error = close(closer, shield, failures);
                cut = cut == null ? error : cut;
            }
        } finally {
            shield.exit();
            closed = true;
            closedAt = List.of(Task.traceIfWanted(owner.loop));
        }
        return conclude(thrown == null ? cut : thrown, failures);
    }

    /** Runs one closer; returns the cancellation that cut it off if that comes from outside the shield: its grace is over. */
    private @Nullable CancelledError close(VoidBody<?> closer, CancelScope shield, List<Throwable> failures) {
        try {
            closer.run();
        } catch (CancelledError e) {
            if (shield.isCancelledFromOutside()) {
                return e;
            }
            failures.add(shield.isRequested()
                    ? new DeadlineExceededException("task '" + Task.running().name() + "': closing its resources took longer than "
                            + Nanos.text(Math.max(0, cleanup)), e)
                    : e);
        } catch (Throwable e) {
            owner.loop.scheduler.inspect(e);
            failures.add(e);
        }
        return null;
    }

    private @Nullable Throwable conclude(@Nullable Throwable thrown, List<Throwable> failures) {
        if (failures.isEmpty()) {
            return thrown;
        }
        Throwable first = thrown;
        for (Throwable failure : failures) {
            first = failure instanceof VirtualMachineError && !(first instanceof VirtualMachineError) ? failure : first;
        }
        if (first == null || first instanceof CancelledError) {
            // A cancellation is absorbed by its scope, and would take the failures with it.
            var group = new GroupException("closing the resources of task '" + owner.name() + "'", failures);
            if (first != null) {
                group.addSuppressed(first);
            }
            return group;
        }
        if (thrown != null && thrown != first) {
            first.addSuppressed(thrown);
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
        return "ResourceScope[of task '" + owner.name() + "', " + (closed ? "left" : closers.size() + " to close") + "]";
    }
}
