package dev.espalier.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/*
 * Lets other threads wake those who wait in one loop for what any thread may change.
 *
 * While somebody waits, the bell is watched (its loop looks by itself, see Crossings), or armed (whoever changes
 * something rings, and of many who ring one sends), or sent (it is in the loop's inbox).
 *
 *   idle    -> watched, armed   somebody begins to wait
 *   watched -> idle             a look found that nobody waits any more
 *   watched -> armed            the loop's thread is about to sleep
 *   armed   -> sent             the first who rings
 *   sent    -> armed, idle      the loop looks; armed again if somebody still waits
 *
 * No ring is lost: one side changes something, full fence, reads `armed`; the other arms, full fence, looks again, and
 * waits only then. One of the two sees the other.
 */
abstract class Bell extends Schedulable {
    private static final VarHandle ARMED;
    private static final VarHandle HOME;

    static {
        try {
            ARMED = MethodHandles.lookup().findVarHandle(Bell.class, "armed", int.class);
            HOME = MethodHandles.lookup().findVarHandle(Bell.class, "home", EventLoop.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** 1 while a ring is wanted. Set by the holder of the loop's turn, cleared by the first thread that rings. */
    @SuppressWarnings("unused") // through the handle
    private volatile int armed;

    /** The loop that waits here: the first that used it. Set once, by a thread that holds the turn of that loop. */
    private volatile @Nullable EventLoop home;

    private boolean watched; // by the holder of the loop's turn

    /** Checks that the caller runs in the loop that waits here; the first caller makes its loop that one. */
    final EventLoop enter() {
        EventLoop owner = home;
        if (owner != null && owner.holdsTurn()) {
            return owner;
        }
        EventLoop here = EventLoop.current();
        if (!HOME.compareAndSet(this, null, here)) {
            throw new ForeignLoopException(this + " is used by " + home + " and was touched by thread '"
                    + Thread.currentThread().getName() + "' of " + here.name()
                    + "; an end of a crossing channel serves one loop: copy the sender for each loop, receive in one");
        }
        return here;
    }

    final Task<?> enterTask() {
        EventLoop owner = home;
        Task<?> me = owner == null ? null : Task.holdingTurnOf(owner);
        if (me == null) {
            enter();
            me = Task.running();
        }
        return me;
    }

    /**
     * As {@link #enter()}, but a thread outside of loops may do it as well, while no loop has used it or nobody drives
     * that.
     */
    final void checkTurn() {
        EventLoop owner = home;
        if (owner != null) {
            owner.checkTurn(this);
        }
    }

    final boolean holdsTurn() {
        EventLoop owner = home;
        return owner != null && owner.holdsTurn();
    }

    // ---- with the turn

    /**
     * Gives what is there to those who wait, in order. May run inside a scheduler step, so it runs no user code. True
     * if somebody still waits.
     */
    abstract boolean serve();

    /** A quick look whether those who wait could be served. */
    abstract boolean hasNews();

    /** Parks a task that was just linked where {@link #serve} finds it. */
    final @Nullable Object park(Task<?> me, WaitQueue queue) {
        Crossings crossings = me.loop.scheduler.crossings;
        if (!watched) {
            watched = crossings.watch(this);
            if (!watched && arm() && hasNews()) {
                post(); // not served here and now: it must be parked first
            }
        }
        me.loop.external++;
        crossings.begin();
        try {
            return me.park(queue);
        } finally {
            crossings.end();
            me.loop.external--;
        }
    }

    /** Serves, and sees to it that those who still wait are served later. */
    final void look() {
        while (serve() && !watched && arm()) {
            // once more: what changed before it was armed has rung for nobody
        }
    }

    final boolean lookWatched() {
        watched = serve();
        return watched;
    }

    final void stopWatching() {
        watched = false;
        look();
    }

    /** False if it was armed before. */
    private boolean arm() {
        boolean changed = (int) ARMED.getAndSet(this, 1) == 0;
        if (changed) {
            armed();
        }
        VarHandle.fullFence();
        return changed;
    }

    /** It was armed just now: whoever must ring gets to know. */
    void armed() {
        // mostly everybody knows
    }

    // ---- any thread

    /** After a change. */
    final void ring() {
        VarHandle.fullFence();
        if ((int) ARMED.getOpaque(this) == 1 && ARMED.compareAndSet(this, 1, 0)) {
            post();
        }
    }

    /** Has the loop look, whether armed or not. */
    final void post() {
        EventLoop owner = home;
        if (owner != null) {
            owner.scheduler.post(this);
        }
    }

    @Override
    final void arrived(ReadyQueue ready) {
        look();
    }

    @Override
    final void runFresh() {
        throw new AssertionError("a bell is never made ready");
    }

    @Override
    final void timerFired() {
        throw new AssertionError("a bell has no timer");
    }
}
