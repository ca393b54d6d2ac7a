package dev.espalier.process;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A resource of which each child has one of its own, such as a connection or a model that takes long to load: opened
 * when a task there first asks for it, kept for all tasks that run there, and closed when the child ends in order. Keep
 * it in a static field, as one keeps a {@link ThreadLocal}; it does not travel.
 *
 * {@snippet class="dev.espalier.process.WorkerSetupTest" region="local"}
 *
 * <p>What is open is closed when the child has no more work to do, after the {@linkplain PoolOptions#teardown()
 * teardown}, the newest first. All together must be done within the {@linkplain PoolOptions#closeGrace() grace} for
 * closing. A child that dies or is killed closes nothing.
 *
 * <p><b>Threads.</b> May be used by any thread of a child; one of them opens it.
 *
 * @param <T> the resource
 */
public final class WorkerLocal<T> {
    private final Callable<? extends T> open;
    private final @Nullable Close<? super T> close;
    private volatile @Nullable T value; // written once, under this object's monitor

    private WorkerLocal(Callable<? extends T> open, @Nullable Close<? super T> close) {
        this.open = open;
        this.close = close;
    }

    /**
     * How a resource is closed.
     *
     * @param <T> the resource
     */
    @FunctionalInterface
    public interface Close<T> {
        /**
         * Closes it.
         *
         * @param resource the resource
         * @throws Exception what the child writes to its standard error
         */
        void close(T resource) throws Exception;
    }

    /**
     * Makes the place for a resource that needs not be closed.
     *
     * @param <T> the resource
     * @param open makes it, in each child when it is first asked for
     * @return the place
     */
    public static <T> WorkerLocal<T> of(Callable<? extends T> open) {
        return new WorkerLocal<>(open, null);
    }

    /**
     * Makes the place for a resource.
     *
     * @param <T> the resource
     * @param open makes it, in each child when it is first asked for
     * @param close closes it when the child ends in order
     * @return the place
     */
    public static <T> WorkerLocal<T> of(Callable<? extends T> open, Close<? super T> close) {
        return new WorkerLocal<>(open, close);
    }

    /**
     * {@return the resource of this child; opens it if need be}
     *
     * @throws IllegalStateException in a process that is no child of this library, or if it cannot be opened; then the
     *         next call tries again
     */
    public T get() {
        T known = value;
        return known == null ? openNow() : known;
    }

    private synchronized T openNow() {
        if (RemoteMain.depth() == 0) {
            throw new IllegalStateException("this process is no worker, and a WorkerLocal has a value in workers only:"
                    + " ask for it inside of what a pool runs");
        }
        T known = value;
        if (known == null) {
            T made = made();
            if (close != null) {
                Closing.add(() -> close.close(made));
            }
            value = made;
            known = made;
        }
        return known;
    }

    private T made() {
        try {
            return Objects.requireNonNull(open.call(), "a resource must not be null");
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Exception failure) {
            throw new IllegalStateException("a resource of this worker cannot be opened: " + failure, failure);
        }
    }

    @Override
    public String toString() {
        T known = value;
        return "WorkerLocal[" + (known == null ? "not open" : known) + "]";
    }
}
