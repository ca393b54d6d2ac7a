package dev.espalier.core;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/*
 * Coroutines are virtual threads of the JDK's own scheduler that pass the turn like a baton: the holder sets `granted` of
 * its successor and unparks it, then parks until its own `granted` is set. Public API only.
 *
 * The baton is published last: after the unpark the old holder touches nothing of the loop, because the new one is already
 * running. `granted` of the giver is cleared before that, never after.
 */
final class HandoffEngine implements Engine {
    private static final Thread.Builder.OfVirtual THREADS =
            Thread.ofVirtual().inheritInheritableThreadLocals(false);

    private final boolean reuse = JdkDoor.OPEN != null;

    /** The thread in {@link #dispatch}, which waits for the turn to come back. By that thread, before it gives the turn. */
    private @Nullable Thread loopThread;

    /** The turn is the loop thread's. Set by the giver, cleared by the loop's thread before it gives the turn away. */
    private volatile boolean loopGranted;

    @Override
    public Thread newThread(Coroutine coroutine) {
        return THREADS.unstarted(coroutine);
    }

    @Override
    public void prepare(Coroutine coroutine) {
        coroutine.started = true;
        coroutine.thread.start(); // waits for its turn
    }

    @Override
    public void dispatch(Coroutine first) {
        loopThread = Thread.currentThread();
        loopGranted = false;
        boolean interrupted = false;
        grant(first);
        while (!loopGranted) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted(); // with the flag set the park would not wait
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void transfer(Coroutine me, @Nullable Coroutine next) {
        leave(me, next);
        me.awaitTurn();
    }

    @Override
    public void leave(Coroutine me, @Nullable Coroutine next) {
        me.granted = false;
        if (next != null) {
            grant(next);
            return;
        }
        Thread loop = loopThread;
        me.scheduler.setRunning(null);
        loopGranted = true;
        LockSupport.unpark(loop);
    }

    private static void grant(Coroutine next) {
        next.scheduler.setRunning(next);
        boolean start = !next.started;
        next.started = true;
        Thread thread = next.thread;
        next.granted = true;
        if (start) {
            thread.start();
        } else {
            LockSupport.unpark(thread);
        }
    }

    @Override
    public void becameRunnable(Coroutine coroutine) {
        throw new AssertionError("this engine's threads have the JDK's scheduler");
    }

    @Override
    public boolean reusesThreads() {
        return reuse;
    }

    @Override
    public @Nullable Coroutine pinned() {
        return null; // pins a thread of the JDK's scheduler, not the loop
    }

    @Override
    public String name() {
        return "handoff";
    }
}
