package dev.espalier.core;

import org.jspecify.annotations.Nullable;

/** How the turn passes from one coroutine to the next. What runs next is decided before, in {@link Scheduler#next()}. */
sealed interface Engine permits CarrierEngine, HandoffEngine {
    /** Makes the virtual thread of a coroutine, not started. */
    Thread newThread(Coroutine coroutine);

    /** Starts a thread ahead of its first turn, so that no thread needs to be started on the loop's own thread. */
    void prepare(Coroutine coroutine);

    /** On the loop's thread: gives the turn away and returns when it comes back. */
    void dispatch(Coroutine first);

    /** On a coroutine: gives the turn to another, or to the loop's thread if null, and returns when it comes back. */
    void transfer(Coroutine me, @Nullable Coroutine next);

    /** As {@link #transfer}, by a coroutine that is ready already: it will have its turn again soon. */
    default void transferReady(Coroutine me, @Nullable Coroutine next) {
        transfer(me, next);
    }

    /** On a coroutine that ends: gives the turn away. Nothing of the loop may be touched afterwards. */
    void leave(Coroutine me, @Nullable Coroutine next);

    /** A coroutine became runnable as the JDK sees it. Any thread. */
    void becameRunnable(Coroutine coroutine);

    /** Whether a thread is reused after a task: only if its thread-locals can be cleared. */
    boolean reusesThreads();

    /** A coroutine that awaits although something on its stack pins its thread to the loop's; null if there is none. Any thread. */
    @Nullable Coroutine pinned();

    String name();
}
