package dev.espalier.core;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The door by which threads outside the loop call in: a body that is called through it runs as a task of the loop, in the group
 * of the portal, and may await and use everything of the loop, such as a mutex or a channel.
 *
 * {@snippet class="dev.espalier.core.LoopSnippetsTest" region="portal"}
 *
 * <p>Calls are children of the group: they are cancelled with it, and it waits for them. A call that fails tells its caller and
 * nobody else: the group goes on.
 *
 * <p><b>Threads.</b> {@link #call(Body)} is for threads outside of all loops, {@link #start(Body)}, {@link #close} and {@link
 * #cancel} for any thread. An offloaded body may call too; cancelling its task interrupts it, which cancels its call.
 * <b>Ordering.</b> What a thread does before a call happens-before the body; calls of one thread begin in order.
 */
public final class Portal implements AutoCloseable {
    private final EventLoop loop;
    private final TaskGroup group;
    private final Set<PortalCall<?>> inFlight = new LinkedHashSet<>(); // by the holder of the turn
    private volatile boolean closed; // set and read by any thread

    private Portal(EventLoop loop, TaskGroup group) {
        this.loop = loop;
        this.group = group;
    }

    /**
     * Opens a portal. It is closed by {@link #close}, or by the end of its group.
     *
     * @param group where the calls run
     * @return the portal
     * @throws ForeignLoopException outside the loop of the group
     */
    public static Portal open(TaskGroup group) {
        EventLoop loop = group.scope().loop;
        loop.checkTurn(group);
        return new Portal(loop, group);
    }

    /**
     * Runs a body as a task of the loop, and blocks the calling thread until it has ended.
     *
     * <p><b>Cancellation.</b> Interrupting the calling thread cancels the body and waits for it to end; a value it returns all the
     * same is returned. The interrupt flag is set again.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param body the body
     * @return its value
     * @throws X as the body does
     * @throws CancelledError if the call was cancelled because the calling thread was interrupted
     * @throws TaskCancelledException if the call was cancelled from inside: by {@link #cancel} or with its group
     * @throws RejectedExecutionException if the portal, its group or its loop is closed
     * @throws IllegalStateException on a thread of a loop, which it would hold
     */
    public <T extends @Nullable Object, X extends Throwable> T call(Body<? extends T, ? extends X> body) throws X {
        LoopDriving.checkOutside("Portal.call");
        return this.<T>send(body).<X>join();
    }

    /**
     * Runs a body as a task of the loop, and blocks the calling thread until it has ended; as {@link #call(Body)}.
     *
     * @param <X> what the body throws
     * @param body the body
     * @throws X as the body does
     */
    public <X extends Throwable> void call(VoidBody<? extends X> body) throws X {
        this.<@Nullable Object, X>call(() -> {
            body.run();
            return null;
        });
    }

    /**
     * Starts a body as a task of the loop.
     *
     * @param <T> the value
     * @param body the body
     * @return ends as the body does; cancelling it cancels the body
     * @throws RejectedExecutionException if the portal or its loop is closed; if its group has ended, the future fails with it
     */
    public <T extends @Nullable Object> CompletableFuture<T> start(Body<? extends T, ?> body) {
        return this.<T>send(body).future();
    }

    /**
     * Starts a body as a task of the loop.
     *
     * @param body the body
     * @return ends as the body does; cancelling it cancels the body
     * @throws RejectedExecutionException as {@link #start(Body)}
     */
    @SuppressWarnings("NullAway") // Void has no other value
    public CompletableFuture<Void> start(VoidBody<?> body) {
        return this.<Void>send(() -> {
            body.run();
            return null;
        }).future();
    }

    private <T extends @Nullable Object> PortalCall<T> send(Body<? extends T, ?> body) {
        if (closed) {
            throw new RejectedExecutionException(refusal());
        }
        var call = new PortalCall<T>(this, body);
        loop.send(call);
        return call;
    }

    /**
     * Refuses further calls, also those that were sent and have not begun. Calls in flight go on: the group waits for them.
     * Idempotent.
     */
    @Override
    public void close() {
        closed = true;
    }

    /**
     * Refuses further calls and cancels those in flight.
     *
     * @param reason why, for the error messages
     */
    public void cancel(String reason) {
        closed = true;
        loop.onLoop(by -> {
            var why = new CancelReason(CancelReason.Kind.REQUEST, reason, by);
            inFlight.forEach(call -> call.request(why));
        });
    }

    String refusal() {
        return this + " takes no more calls";
    }

    EventLoop loop() {
        return loop;
    }

    TaskGroup group() {
        return group;
    }

    boolean isClosed() {
        return closed;
    }

    void began(PortalCall<?> call) {
        inFlight.add(call);
    }

    void ended(PortalCall<?> call) {
        inFlight.remove(call);
    }

    @Override
    public String toString() {
        return "Portal[into " + loop.name() + ", " + (closed ? "closed" : "open") + ", " + inFlight.size() + " call(s) in flight]";
    }
}
