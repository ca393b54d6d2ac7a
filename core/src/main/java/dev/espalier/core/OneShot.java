package dev.espalier.core;

/** An action of a user that runs at most once, and not at all once it is taken back. By the holder of the turn. */
final class OneShot implements Runnable {
    private final Runnable action;
    private boolean over;

    /** For an action of the library itself: it takes nothing along. */
    OneShot(Runnable action) {
        this.action = action;
    }

    /** The action takes along what the caller's code has, and not what the code has that triggers it. */
    OneShot(EventLoop loop, Runnable action) {
        this.action = Inherited.callback(loop, action);
    }

    void takeBack() {
        over = true;
    }

    @Override
    public void run() {
        if (!over) {
            over = true;
            action.run();
        }
    }
}
