package dev.espalier.core;

import dev.espalier.core.spi.LockStatistics;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A value that is computed once, by the first who needs it; those who come meanwhile wait for it. If the computation fails or is
 * cancelled, that concerns only the task that ran it: the next who waits tries again.
 *
 * {@snippet class="dev.espalier.core.SyncSnippetsTest" region="once"}
 *
 * <p><b>Threads.</b> It belongs to the loop it was created on. Foreign threads go through {@link EventLoop#submit(Body)}.
 *
 * @param <T> the value, never null
 */
public final class Once<T> {
    private final Mutex mutex = Mutex.inside(this);
    private @Nullable T value; // null until it was computed; by the holder of the turn

    private Once() {}

    /**
     * {@return an empty one, of the current loop}
     *
     * @param <T> the value
     * @throws IllegalStateException outside a loop
     */
    public static <T> Once<T> create() {
        return new Once<>();
    }

    /**
     * The value; the first caller computes it.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, nothing has changed. Cancelled while computing, the next who waits computes.
     * <b>Ordering.</b> Those who wait try in the order in which they came.
     *
     * @param <X> what the computation throws
     * @param computation makes the value; run only if there is none yet, by one caller at a time
     * @return the value
     * @throws X as the caller's own computation does
     * @throws IllegalStateException if the computation asks for the value it is to make
     */
    @Awaits
    public <X extends Throwable> T get(Body<? extends T, ? extends X> computation) throws X {
        T known = value;
        if (known != null) {
            mutex.passPoint();
            return known;
        }
        mutex.lock();
        try {
            T found = value;
            if (found == null) {
                found = computation.run();
                value = found;
            }
            return found;
        } finally {
            mutex.leave();
        }
    }

    /**
     * {@return the value, if it was computed}
     */
    public Optional<T> tryGet() {
        return Optional.ofNullable(value);
    }

    /**
     * {@return who computes and who waits now}
     */
    public LockStatistics statistics() {
        return mutex.statistics();
    }

    @Override
    public String toString() {
        return "Once[" + (value != null ? "computed" : mutex.isLocked() ? "being computed, " + mutex.stateText() : "not computed") + "]";
    }
}
