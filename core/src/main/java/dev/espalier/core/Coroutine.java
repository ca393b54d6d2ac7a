package dev.espalier.core;

import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/*
 * A virtual thread that takes turns on one loop.
 *
 * It runs fresh items in order (it is then the loop's runner), until an item suspends: from there on the thread is that
 * item's, and another coroutine becomes the runner. When the item ends, the thread runs fresh items again, or idles.
 *
 * It is also the executor of its own virtual thread on the carrier engine. One executor for each coroutine, because the
 * runnables that arrive are anonymous: the first is this thread's continuation, and any other one belongs to a foreign
 * virtual thread that inherited the scheduler of the coroutine that started it, and goes elsewhere.
 */
final class Coroutine implements Runnable, Executor {
    final Scheduler scheduler;
    final Thread thread;

    // ---- with the turn: written and read by its holder

    /** The fresh item to run at the next turn; null tells an idle coroutine to end. */
    @Nullable Schedulable item;

    /** The task whose stack this is; null while a callback runs. */
    @Nullable Task<?> task;

    /** The values of the context variables for what runs now; bound and unbound by {@link ContextVar.Context#run(Body)}. */
    ContextVar.Context context = ContextVar.Context.EMPTY;

    /** A task's thread-locals may be left behind, and the door to clear them is closed: the thread ends. */
    boolean used;

    /** The same of callbacks: the thread runs callbacks only. */
    boolean ranCallbacks;

    boolean started;

    // ---- carrier engine

    /** The thread's continuation, learned from its first {@code execute}. Written once, before the thread first runs. */
    private @Nullable Runnable continuation;

    /** Runnable as the JDK sees it. Set by any thread, cleared by the loop's thread before it runs the continuation. */
    volatile boolean runnable;

    /**
     * Gave up its turn by a yield and has not come back from it, so that it needs no unpark. Not told by {@link #runnable}: that
     * is also set, late and for no reason, by a thread that took a stack. On the loop's thread, by the coroutine that it carries.
     */
    boolean yielded;

    /** Gave up its turn through the library. By the coroutine before it parks, by the loop's thread when it resumes. */
    boolean released;

    // ---- both engines

    /**
     * The turn is this coroutine's. Set by the giver, cleared by the coroutine before it gives the turn away. Volatile for the
     * hand-off engine, whose giver runs on another thread.
     */
    volatile boolean granted;

    /** An interrupt that arrived while waiting, to be asserted again. Written and read by its own thread. */
    private boolean interrupted;

    Coroutine(Scheduler scheduler, Engine engine) {
        this.scheduler = scheduler;
        this.thread = engine.newThread(this);
    }

    /** The coroutine that runs on this thread now and holds the turn of its loop; null on any other thread. */
    static @Nullable Coroutine current() {
        Thread me = Thread.currentThread();
        if (!me.isVirtual()) {
            return null;
        }
        for (EventLoop loop : LiveLoops.all()) {
            // A racy read: whoever holds the turn wrote or was given this field, so only the holder can find itself in it.
            Coroutine holder = loop.scheduler.running();
            if (holder != null && holder.thread == me) {
                return holder;
            }
        }
        return null;
    }

    @Override
    public void run() {
        try {
            awaitTurn();
            while (item != null) {
                runItem(item);
                if (!scheduler.proceed(this)) {
                    return;
                }
            }
            scheduler.leave(this, null);
        } catch (Throwable e) {
            scheduler.breakDown(e);
            scheduler.leave(this, null);
        }
    }

    private void runItem(Schedulable fresh) {
        item = null;
        fresh.runFresh();
        if (interrupted) {
            interrupted = false; // it was meant for the item that ended
        }
        Thread.interrupted();
        scheduler.clean(this, fresh);
    }

    /** Before a task suspends: from now on its thread is seen in dumps, so it bears the task's name, if one was given. */
    @SuppressWarnings({"StringEquality", "ReferenceEquality"}) // mostly the same string, and quick is all that matters
    void bear(@Nullable String name) {
        String wanted = name == null ? "" : name;
        if (thread.getName() != wanted) {
            thread.setName(wanted);
        }
    }

    /** Whether this thread may run a fresh item after all it has run before. */
    boolean mayRun(Schedulable fresh) {
        return !used && !(ranCallbacks && fresh instanceof Task<?>);
    }

    /** Waits, off turn, until the turn is given to this coroutine. */
    void awaitTurn() {
        while (!granted) {
            if (Thread.interrupted()) {
                // With the flag set a virtual thread would not park but spin, and never leave its carrier.
                interrupted = true;
                scheduler.interrupted(this);
                continue;
            }
            LockSupport.park(); // without a blocker: it would cost a frame of each parked task, and the task knows better what it waits for
        }
        if (interrupted) {
            interrupted = false;
            thread.interrupt();
        }
    }

    // ---- carrier engine: the executor of the virtual thread

    /**
     * The thread, or a foreign one that inherited this executor, became runnable. Any thread may call it at any time, and the
     * JDK calls it for no reason of ours too: for a yield, or after a stack dump. It must neither block nor throw.
     */
    @Override
    public void execute(Runnable command) {
        if (continuation == null) {
            continuation = command;
        } else if (command != continuation) {
            ForeignThreads.execute(command);
            return;
        }
        runnable = true;
        scheduler.becameRunnable(this);
    }

    /** Runs the thread on this platform thread until it yields; only on the loop's thread, only after {@code execute}. */
    void mount() {
        Runnable code = continuation;
        if (code == null) {
            throw new AssertionError("not started");
        }
        runnable = false;
        code.run();
    }

    @Override
    public String toString() {
        Task<?> mine = task;
        return mine == null ? "runner of " + scheduler : mine.toString();
    }
}
