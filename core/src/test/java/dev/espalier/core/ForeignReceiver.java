package dev.espalier.core;

import java.util.Optional;

/** A receiver that is none of ours: it only hands on, and counts who waits for word. */
final class ForeignReceiver<T> implements Receiver<T> {
    private final Receiver<T> inner;
    int registered;

    ForeignReceiver(Receiver<T> inner) {
        this.inner = inner;
    }

    @Override
    public T receive() {
        return inner.receive();
    }

    @Override
    public Optional<T> tryReceive() {
        return inner.tryReceive();
    }

    @Override
    public CancelScope.Registration onReady(Runnable action) {
        CancelScope.Registration registration = inner.onReady(action);
        registered++;
        return () -> {
            registered--;
            registration.close();
        };
    }

    @Override
    public void close() {
        inner.close();
    }
}
