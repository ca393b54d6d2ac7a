package dev.espalier.core;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Looks from outside whether the loops move: one daemon thread in the JVM, which comes with the first loop and goes some
 * seconds after the last. It works in real time, whatever clock a loop has, because what holds a loop is real. A loop pays
 * for it with one counter, and while all loops sleep it does so, too.
 */
final class Watchdog {
    private static final long MOST_PAUSE = 250_000_000L;
    private static final long LEAST_PAUSE = 2_000_000L;
    private static final long LINGER = 5_000_000_000L;
    /** It sleeps for good when so many looks have found that all loops do. */
    private static final int DOZE_AFTER = 16;

    private static @Nullable Thread thread; // guarded by the class

    // Its thread while it sleeps until a loop wakes up, else null. No such wake-up is missed: it sets this and then looks
    // whether all loops sleep; a loop says first that it does not sleep any more, and then looks at this. All volatile.
    private static volatile @Nullable Thread dozing; // by its thread and by loops that wake up

    private Watchdog() {}

    /** A loop was made: it may want to be looked at more often than those before it. */
    static synchronized void watch() {
        if (thread == null) {
            thread = Thread.ofPlatform().daemon().name("espalier-watchdog").start(Watchdog::run);
        } else {
            LockSupport.unpark(thread);
        }
    }

    private static void run() {
        long looked = System.nanoTime();
        long lastLoop = looked;
        int calm = 0;
        while (true) {
            EventLoop[] loops = LiveLoops.all();
            if (loops.length > 0) {
                lastLoop = looked;
            } else if (looked - lastLoop > LINGER && mayEnd()) {
                return;
            }
            calm = areAsleep(loops) ? calm + 1 : 0;
            if (calm >= DOZE_AFTER) {
                doze(loops);
                calm = 0;
                looked = System.nanoTime();
            }
            long pause = pause(loops);
            LockSupport.parkNanos(pause);
            long now = System.nanoTime();
            // A longer time than it meant to sleep says that the whole machine stood still, and no loop is to blame.
            long passed = Math.min(now - looked, 2 * pause);
            for (EventLoop loop : loops) {
                loop.watch().look(passed);
            }
            looked = now; // also at loops that were closed meanwhile: their last step may have been slow
        }
    }

    private static boolean areAsleep(EventLoop[] loops) {
        for (EventLoop loop : loops) {
            if (!loop.scheduler.isAsleep()) {
                return false;
            }
        }
        return loops.length > 0;
    }

    private static void doze(EventLoop[] loops) {
        dozing = Thread.currentThread();
        if (areAsleep(loops)) {
            LockSupport.park();
        }
        dozing = null;
    }

    /** A loop does not sleep any more, and can be held from now on. */
    static void awake() {
        Thread sleeper = dozing;
        if (sleeper != null) {
            dozing = null;
            LockSupport.unpark(sleeper);
        }
    }

    private static long pause(EventLoop[] loops) {
        long pause = MOST_PAUSE;
        for (EventLoop loop : loops) {
            pause = Math.min(pause, loop.watch().pause());
        }
        return Math.max(LEAST_PAUSE, pause);
    }

    private static synchronized boolean mayEnd() {
        if (LiveLoops.all().length > 0) {
            return false;
        }
        thread = null;
        return true;
    }
}
