package dev.espalier.process;

import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaits;
import dev.espalier.core.Receiver;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A task that waits for a worker of a {@link ProcessPool}, runs there, or has ended.
 *
 * <p><b>Threads.</b> It belongs to the loop of its pool.
 *
 * @param <T> the value
 */
public interface RemoteTask<T extends @Nullable Object> extends Awaitable<T> {
    /** How far it took to end a task that was cancelled, or ran too long. */
    enum Rung {
        /** It was not stopped. */
        NONE,
        /** It had not begun, and never will. */
        DROPPED,
        /** The thread that runs it was interrupted. */
        INTERRUPTED,
        /** Its child was killed, because it went on after the interrupt. */
        KILLED
    }

    /**
     * {@return what it runs and its number in the pool}
     */
    String name();

    /**
     * Asks the task to end; does nothing if it has ended. A task that waits for a worker ends at once. One that has
     * been handed to a worker but has not started is taken back. One that runs is interrupted; if it has not ended when
     * the {@linkplain PoolOptions#cancelGrace() grace} is over, its child is killed and replaced. A task that brings a
     * value all the same has succeeded.
     *
     * @param reason why, for the error messages
     */
    void cancel(String reason);

    /**
     * Cancels the task and waits until it has ended, however it ends: when this returns, nothing of it runs any more.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, the caller stops waiting; the request stays.
     *
     * @param reason why, for the error messages
     */
    @Awaits
    void cancelAndJoin(String reason);

    /**
     * {@return what it has last said of how far it is, by {@link TaskContext#report}; empty if it has said nothing}
     */
    Optional<Progress> progress();

    /**
     * {@return a receiver of what it says of how far it is: first what it has last said, then the latest each time it
     * has said more; reports in between are not seen, the last one always is. It ends with the task, however that ends,
     * and need not be closed}
     *
     * {@snippet class="dev.espalier.process.ProgressTest" region="progress"}
     */
    Receiver<Progress> progressChanges();

    /**
     * {@return how far it took to stop it, so far}
     */
    Rung rung();

    /**
     * {@return where it was before its child was killed: the stack of its thread, at most 32 768 characters; empty if it was not
     * killed, or its child did not answer}
     */
    String lastStack();
}
