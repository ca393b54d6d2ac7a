package dev.espalier.core;

import org.jspecify.annotations.Nullable;

/** Closed at first, then open for good. Those who wait at it go through when it opens. By the holder of the turn. */
final class Gate extends SelectQueue {
    private final EventLoop loop;
    private boolean open;

    Gate(Object owner, boolean open) {
        super(owner);
        this.loop = EventLoop.current();
        this.open = open;
    }

    boolean isOpen() {
        return open;
    }

    void open() {
        loop.checkTurn(owner());
        open = true;
        wakeAll(null);
    }

    void pass() {
        Task<?> me = Task.runningOn(loop, owner());
        me.passPoint();
        if (!open) {
            add(me);
            me.park(this);
        }
    }

    void checkTurn() {
        loop.checkTurn(owner());
    }

    @Override
    public @Nullable Object tryNow() {
        Task.runningOn(loop, owner());
        return open ? null : NOT_READY;
    }
}
