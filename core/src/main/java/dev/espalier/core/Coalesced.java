package dev.espalier.core;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** A callback that is on its way to its loop at most once at a time, however often and by how many threads it is sent. */
final class Coalesced implements Runnable {
    private final EventLoop loop;
    private final Runnable callback;
    private final Runnable arrival = this::arrived;

    /** Set by the thread that sends, cleared on the loop before the callback begins: a later send is never lost. */
    private final AtomicBoolean sent = new AtomicBoolean();

    Coalesced(EventLoop loop, Runnable callback) {
        this.loop = loop;
        this.callback = callback;
    }

    @Override
    public void run() {
        if (sent.getAndSet(true)) { // a swap also when it is set: what the sender wrote before is then seen by the callback
            loop.checkTakes();
            return;
        }
        try {
            loop.send(arrival);
        } catch (RejectedExecutionException e) {
            sent.set(false);
            throw e;
        }
    }

    private void arrived() {
        sent.getAndSet(false);
        callback.run();
    }

    @Override
    public String toString() {
        return callback.toString();
    }
}
