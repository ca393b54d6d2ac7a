package dev.espalier.core;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/*
 * The loop's own platform thread carries the virtual threads.
 *
 * A coroutine that gives up its turn names its successor in `successor` and parks; its continuation then returns to the
 * frame of `dispatch`, which continues the successor's. The frame of the loop's thread runs nothing of a user and takes no
 * lock that a coroutine can hold: otherwise it could wait for a virtual thread that only it can carry.
 *
 * HOLD. When a continuation returns although the coroutine neither parked through the library nor ended, the coroutine is
 * blocked on something outside: a lock, a sleep, a join. The loop's thread then waits for that very coroutine to become
 * runnable, and goes on with it first. So "only where it awaits" stays true; the price is that such a wait holds the loop.
 */
final class CarrierEngine implements Engine {
    private final JdkDoor door;

    /** Who gets the turn when the running continuation returns; null is the loop itself. By the holder of the turn. */
    private @Nullable Coroutine successor;

    /** The thread in {@link #dispatch}. Written by it, read by any thread that makes a coroutine runnable. */
    private volatile @Nullable Thread loopThread;

    /** The coroutine on the loop's thread. Written by that thread, read by those who describe the loop. */
    private @Nullable Coroutine mounted;

    CarrierEngine(JdkDoor door) {
        this.door = door;
    }

    @Override
    public Thread newThread(Coroutine coroutine) {
        return door.newVirtualThread(coroutine, coroutine);
    }

    @Override
    public void prepare(Coroutine coroutine) {
        coroutine.started = true;
        coroutine.thread.start(); // calls execute at once, which runs nothing yet
    }

    @Override
    public void dispatch(Coroutine first) {
        Thread me = Thread.currentThread();
        if (loopThread != me) {
            loopThread = me;
        }
        for (Coroutine next = first; next != null; next = successor) {
            successor = null;
            resume(next);
        }
    }

    private void resume(Coroutine next) {
        next.released = false;
        next.scheduler.setRunning(next);
        next.granted = true;
        if (!next.started) {
            prepare(next);
        } else if (!next.yielded) { // one that yielded can run as it is
            LockSupport.unpark(next.thread);
        }
        do {
            while (!next.runnable) {
                // Blocked outside the library (HOLD), or suspended by a thread that takes its stack: its run comes from there.
                LockSupport.park(this);
            }
            mounted = next;
            next.mount();
            mounted = null;
        } while (!next.released);
    }

    @Override
    public void transfer(Coroutine me, @Nullable Coroutine next) {
        release(me, next);
        me.awaitTurn();
    }

    /** A yield and its return are a quarter cheaper than a park and an unpark. */
    @SuppressWarnings("ThreadPriorityCheck") // it relies on our own scheduler
    @Override
    public void transferReady(Coroutine me, @Nullable Coroutine next) {
        release(me, next);
        me.yielded = true;
        Thread.yield(); // does nothing where the thread is pinned, and the wait goes on as any other
        me.yielded = false;
        me.awaitTurn();
    }

    @Override
    public void leave(Coroutine me, @Nullable Coroutine next) {
        release(me, next);
    }

    private void release(Coroutine me, @Nullable Coroutine next) {
        me.granted = false;
        successor = next;
        me.released = true;
        if (next == null) {
            me.scheduler.setRunning(null);
        }
    }

    @Override
    public void becameRunnable(Coroutine coroutine) {
        Thread loop = loopThread;
        Thread me = Thread.currentThread();
        Coroutine holder = coroutine.scheduler.running();
        if (loop != null && loop != me && (holder == null || holder.thread != me)) {
            LockSupport.unpark(loop);
        }
        if (coroutine.released && coroutine.thread.isInterrupted()) {
            coroutine.scheduler.interrupted(coroutine);
        }
    }

    @Override
    public boolean reusesThreads() {
        return true;
    }

    @Override
    public @Nullable Coroutine pinned() {
        Coroutine on = mounted;
        Thread loop = loopThread;
        boolean stuck = on != null && on.released && loop != null && loop.getState() == Thread.State.WAITING;
        return stuck ? on : null;
    }

    @Override
    public String name() {
        return "carrier";
    }
}
