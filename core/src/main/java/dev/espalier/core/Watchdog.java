package dev.espalier.core;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Looks from outside whether the loops move: one daemon thread in the JVM, which comes with the first loop and goes some
 * seconds after the last. It works in real time, whatever clock a loop has, because what holds a loop is real. A loop pays
 * for it with one counter.
 */
final class Watchdog {
    private static final long MOST_PAUSE = 250_000_000L;
    private static final long LEAST_PAUSE = 2_000_000L;
    private static final long LINGER = 5_000_000_000L;

    private static @Nullable Thread thread; // guarded by the class

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
        while (true) {
            EventLoop[] loops = LiveLoops.all();
            if (loops.length > 0) {
                lastLoop = looked;
            } else if (looked - lastLoop > LINGER && mayEnd()) {
                return;
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
