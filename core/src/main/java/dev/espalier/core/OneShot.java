package dev.espalier.core;

/** An action of a user that runs at most once, and not at all once it is taken back. By the holder of the turn. */
final class OneShot implements Runnable {
    private final Runnable action;
    private boolean over;

    OneShot(Runnable action) {
        this.action = action;
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
