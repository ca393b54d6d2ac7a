package dev.espalier.core;

import dev.espalier.core.spi.LockStatistics;
import dev.espalier.core.spi.TaskRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a second user of a thing that serves one at a time, where a second one is a mistake and not a matter of waiting, such as two
 * readers of one stream.
 *
 * {@snippet class="dev.espalier.core.SyncSnippetsTest" region="guard"}
 *
 * <p><b>Threads.</b> It belongs to the loop it was created on. Foreign threads go through {@link EventLoop#submit(Body)}.
 */
public final class ResourceGuard {
    private final EventLoop loop;
    private final String action;

    // By the holder of the turn.
    private @Nullable String user; // who is inside, in words; null: nobody
    private @Nullable Task<?> task; // the same, if it is a task

    private ResourceGuard(EventLoop loop, String action) {
        this.loop = loop;
        this.action = action;
    }

    /**
     * Makes a guard of the current loop.
     *
     * @param action what one at a time does, in words that complete "is …": {@code "reading from the stream"}
     * @return the guard
     * @throws IllegalStateException outside a loop
     */
    public static ResourceGuard of(String action) {
        return new ResourceGuard(EventLoop.current(), action);
    }

    /**
     * Enters; for {@code try (var _ = guard.enter())}. This never waits.
     *
     * @return closes to leave
     * @throws BusyException if another is inside, or the caller itself; it names both
     */
    public Mutex.Held enter() {
        loop.checkTurn(this);
        Task<?> me = Task.holdingTurnOf(loop);
        String name = me == null ? "a callback" : "task '" + me.name() + "'";
        if (user != null) {
            throw new BusyException(name + " cannot begin, because " + user + " is " + action
                    + " already, which one at a time may do; share the work through one task or a Mutex");
        }
        user = name;
        task = me;
        return new Mutex.Held(this::leave);
    }

    private void leave() {
        loop.checkTurn(this);
        user = null;
        task = null;
    }

    /**
     * {@return whether somebody is inside}
     */
    public boolean isBusy() {
        return user != null;
    }

    /**
     * {@return who is inside now; nobody ever waits}
     */
    public LockStatistics statistics() {
        loop.checkTurn(this);
        return new LockStatistics(task == null ? List.<TaskRef>of() : List.of(task.ref()), List.of());
    }

    @Override
    public String toString() {
        return "ResourceGuard[" + (user == null ? "nobody" : user) + " is " + action + "]";
    }
}
