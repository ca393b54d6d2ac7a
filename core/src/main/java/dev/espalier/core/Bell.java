package dev.espalier.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Lets other threads wake what waits in one loop. The loop arms it before it waits; whoever changes what is waited for rings it,
 * and of many that ring only one sends anything.
 *
 * <p>No ring is lost: one side changes something, full fence, reads {@code armed}; the other arms, full fence, looks again, and
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

    /** The loop that waits here: the first that touched it. Set once, by any thread that holds the turn of its loop. */
    private volatile @Nullable EventLoop home;

    /** Checks that the caller runs in the loop that waits here; the first caller makes its loop that one. */
    final EventLoop enter() {
        EventLoop here = EventLoop.current();
        if (home != here && !HOME.compareAndSet(this, null, here)) {
            throw foreign();
        }
        return here;
    }

    /** As {@link #enter()}, but a thread outside of loops may do it as well, while no loop has touched it or nobody drives that. */
    final void checkTurn() {
        EventLoop owner = home;
        if (owner != null) {
            owner.checkTurn(this);
        }
    }

    private ForeignLoopException foreign() {
        return new ForeignLoopException(this + " is used by " + home + " and was touched by thread '"
                + Thread.currentThread().getName() + "' of " + EventLoop.current().name()
                + "; an end of a crossing channel serves one loop: copy the sender for each loop, and receive in one of them");
    }

    final boolean holdsTurn() {
        EventLoop owner = home;
        return owner != null && owner.holdsTurn();
    }

    /** With the turn: asks for a ring; the caller then looks once more at what it waits for. False if it was asked for already. */
    final boolean arm() {
        boolean changed = (int) ARMED.getAndSet(this, 1) == 0;
        VarHandle.fullFence();
        return changed;
    }

    /** Any thread, after it changed something. */
    final void ring() {
        VarHandle.fullFence();
        if ((int) ARMED.getOpaque(this) == 1 && ARMED.compareAndSet(this, 1, 0)) {
            send();
        }
    }

    /** Any thread: has the loop look, armed or not. */
    final void send() {
        EventLoop owner = home;
        if (owner != null) {
            owner.scheduler.post(this);
        }
    }

    /** With the turn, inside a scheduler step: looks at what has changed. Runs no user code. */
    abstract void look();

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
