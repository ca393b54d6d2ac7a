package dev.espalier.core;

import dev.espalier.core.spi.LockStatistics;
import org.jspecify.annotations.Nullable;

/**
 * A value that changes by functions that may await, one at a time. A reader sees the last value that is complete. An update that fails
 * or is cancelled changes nothing.
 *
 * {@snippet class="dev.espalier.core.SyncSnippetsTest" region="cell"}
 *
 * <p><b>Threads.</b> It belongs to the loop it was created on. Foreign threads go through {@link EventLoop#submit(Body)}.
 *
 * @param <T> the value
 */
public final class AtomicCell<T extends @Nullable Object> {
    private final Mutex mutex = Mutex.inside(this);
    private T value; // by the holder of the turn

    private AtomicCell(T value) {
        this.value = value;
    }

    /**
     * Makes a cell of the current loop.
     *
     * @param <T> the value
     * @param initial the first value
     * @return the cell
     * @throws IllegalStateException outside a loop
     */
    public static <T extends @Nullable Object> AtomicCell<T> of(T initial) {
        return new AtomicCell<>(initial);
    }

    /**
     * {@return the value, without waiting for an update that is under way}
     */
    public T get() {
        mutex.checkTurn();
        return value;
    }

    /**
     * Sets the value, after the updates that were asked for before.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, the value was not set.
     *
     * @param newValue the value
     * @throws IllegalStateException if called by the function of an update of this cell
     */
    @Awaits
    public void set(T newValue) {
        mutex.lock();
        value = newValue;
        mutex.unlock();
    }

    /**
     * Makes a new value of the present one, after the updates that were asked for before.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, or while the function awaits, nothing has changed.
     *
     * @param <X> what the function throws
     * @param function makes the new value; it may await, and no other update runs meanwhile
     * @return the new value
     * @throws X as the function does; then nothing has changed
     * @throws IllegalStateException if called by the function of an update of this cell
     */
    @Awaits
    public <X extends Throwable> T update(BodyWith<? super T, ? extends T, ? extends X> function) throws X {
        mutex.lock();
        try {
            T made = function.run(value);
            value = made;
            return made;
        } finally {
            mutex.leave();
        }
    }

    /**
     * {@return who updates and who waits to do so now}
     */
    public LockStatistics statistics() {
        return mutex.statistics();
    }

    @Override
    public String toString() {
        return "AtomicCell[" + value + ", " + mutex.stateText() + "]";
    }
}
