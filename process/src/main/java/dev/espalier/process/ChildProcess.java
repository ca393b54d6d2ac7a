package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaits;
import dev.espalier.core.CancelScope;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A child JVM that runs one body of this program, a computation or a service, and is a task of a group: it has a result or a
 * failure, it is cancelled with its group, and the group does not end before it has ended.
 *
 * {@snippet class="dev.espalier.process.ChildSnippetsTest" region="child"}
 *
 * <p>The body is a lambda, a method reference or a serialisable object, as for {@link ProcessPool}. It runs on an event loop of its
 * own in the child, as in {@link Async#run}, and finds there what it has of its parent: {@link ChildContext}.
 *
 * <p><b>The end.</b> What the body throws is the failure of the task, and cancels the group as that of any task. If the child ends
 * before its body, that failure is a {@link WorkerLostException} with the {@link ExitStatus}. When the task has ended, no process of
 * the child is left, nor of what it had started. No child outlives this process, however that ends.
 *
 * <p><b>Cancellation.</b> Cancelled, the child is first asked: its body is cancelled with the same reason. When
 * {@link ChildOptions#grace()} is over, it is interrupted where it blocks; then it gets SIGTERM, and last SIGKILL, each after the
 * grace. {@link #rung()} tells how far that went.
 *
 * <p><b>Threads.</b> It belongs to the loop on which it was started.
 *
 * @param <T> the value
 */
public final class ChildProcess<T extends @Nullable Object> implements Awaitable<T> {
    /** How far it took to end a child. */
    public enum Rung {
        /** It was not cancelled. */
        NONE,
        /** Its body was cancelled. */
        ASKED,
        /** The thread that ran the body was interrupted. */
        INTERRUPTED,
        /** The process got SIGTERM. */
        TERMINATED,
        /** The process and all that it had started got SIGKILL. */
        KILLED
    }

    private final ChildLife life;
    private final Task<T> task;

    @SuppressWarnings({"unchecked", "NullAway"}) // the child ran the body whose type the compiler has checked
    private ChildProcess(TaskGroup group, ChildLife life, String name) {
        this.life = life;
        this.task = group.start(name, () -> (T) life.run());
    }

    /**
     * Starts a body in a child JVM and returns at once.
     *
     * @param <T> the value
     * @param group where the child belongs to
     * @param options how
     * @param body the body
     * @return the child
     * @throws IllegalArgumentException if something the body captures cannot travel
     * @throws IllegalStateException in a child of a child of a child of a child: a static initialiser that starts a child would do
     *         so in each of them
     */
    public static <T extends @Nullable Object> ChildProcess<T> start(
            TaskGroup group, ChildOptions options, RemoteBody<? extends T, ?> body) {
        return new ChildProcess<>(group, ChildLife.of(options, body), options.name());
    }

    /**
     * Starts a body without a value in a child JVM; as {@link #start(TaskGroup, ChildOptions, RemoteBody)}.
     *
     * @param group where the child belongs to
     * @param options how
     * @param body the body
     * @return the child
     */
    public static ChildProcess<@Nullable Void> start(TaskGroup group, ChildOptions options, RemoteVoidBody<?> body) {
        return new ChildProcess<>(group, ChildLife.of(options, body), options.name());
    }

    /**
     * Waits until the child is ready to run its body.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, only this call ends.
     *
     * @throws WorkerLostException if it cannot be started; holds what it printed. It is the failure of the task as well
     */
    @Awaits
    public void awaitReady() {
        life.ready.await(WorkerLostException.class);
    }

    /**
     * {@return how the process ended, as something to wait for; it is there when nothing of the child is left}
     */
    public Awaitable<ExitStatus> exit() {
        return life.exit;
    }

    /**
     * {@return its process id; empty before it has one}
     */
    public OptionalLong pid() {
        return life.pid();
    }

    /**
     * {@return what it took to end it, so far}
     */
    public Rung rung() {
        return life.rung();
    }

    /**
     * {@return the end of what it wrote to standard output so far; at most 65 536 characters}
     */
    public String lastOutput() {
        return life.lastOutput();
    }

    /**
     * Asks the child to end, and makes it if it does not; does nothing if it has ended.
     *
     * @param reason why, which the child gets to know
     */
    public void cancel(String reason) {
        task.cancel(reason);
    }

    /**
     * Cancels the child and waits until nothing of it is left.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, the caller stops waiting; the request stays.
     *
     * @param reason why, which the child gets to know
     */
    @Awaits
    public void cancelAndJoin(String reason) {
        task.cancelAndJoin(reason);
    }

    /**
     * {@inheritDoc}
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, only this call ends.
     */
    @Awaits
    @Override
    public T await() {
        return task.await();
    }

    @Awaits
    @Override
    public <X extends Throwable> T await(Class<X> failure) throws X {
        return task.await(failure);
    }

    @Override
    public T result() {
        return task.result();
    }

    @Override
    public State<T> state() {
        return task.state();
    }

    @Override
    public CompletableFuture<T> toFuture() {
        return task.toFuture();
    }

    @Override
    public CancelScope.Registration onDone(Runnable action) {
        return task.onDone(action);
    }

    @Override
    public String toString() {
        return "ChildProcess[" + life + "]";
    }
}
