package dev.espalier.core;

import dev.espalier.core.spi.ErrorReport;
import java.lang.ref.Cleaner;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;

/**
 * The failure of a promise that nobody waits for and nobody has looked at. Once the promise is garbage nobody can, so it goes
 * to the error sink then; and at the latest when the loop is closed.
 */
final class Unread implements Runnable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final EventLoop loop;
    private final String name;
    private final Throwable failure;
    private volatile boolean looked; // set by the holder of the turn, read by the cleaner's thread

    private Unread(EventLoop loop, String name, Throwable failure) {
        this.loop = loop;
        this.name = name;
        this.failure = failure;
    }

    /** The promise is not kept by this: that would keep it from being garbage. */
    static Unread of(Promise<?> promise, String name, Throwable failure) {
        var unread = new Unread(promise.loop(), name, failure);
        promise.loop().unread().add(unread);
        CLEANER.register(promise, unread);
        return unread;
    }

    void looked() {
        looked = true;
        loop.unread().remove(this);
    }

    /** On the cleaner's thread: the promise is garbage. */
    @Override
    public void run() {
        if (!looked) {
            try {
                loop.send(this::report);
            } catch (RejectedExecutionException e) {
                assert loop.isClosed() : e; // it was reported when the loop was closed
            }
        }
    }

    private void report() {
        if (loop.unread().remove(this)) {
            looked = true;
            loop.report(new ErrorReport(ErrorReport.Kind.PROMISE, "a promise failed and nobody looked at it", failure, null,
                    name, List.of()));
        }
    }

    /** At the end of the loop, with its turn. */
    static void reportAll(Set<Unread> unread) {
        new LinkedHashSet<>(unread).forEach(Unread::report);
    }
}
