package dev.espalier.core;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An action of a user that runs at most once, and not at all once it is taken back. The holder of the turn runs it, and
 * any thread may take it back: whoever comes first decides.
 */
final class OneShot implements Runnable {
    private final Runnable action;
    private final AtomicBoolean over = new AtomicBoolean();

    /** For an action of the library itself: it takes nothing along. */
    OneShot(Runnable action) {
        this.action = action;
    }

    /** The action takes along what the caller's code has, and not what the code has that triggers it. */
    OneShot(EventLoop loop, Runnable action) {
        this.action = Inherited.callback(loop, action);
    }

    void takeBack() {
        over.set(true);
    }

    @Override
    public void run() {
        if (over.compareAndSet(false, true)) {
            action.run();
        }
    }
}
