package dev.espalier.core;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The threads that a loop can be driven on: a platform thread on the carrier engine, which only such a thread can carry, and a
 * virtual one on the hand-off engine, which is woken sooner.
 */
final class LoopThreads {
    private final EventLoop loop;
    private final boolean platform;

    LoopThreads(EventLoop loop, Engine engine) {
        this.loop = loop;
        this.platform = engine instanceof CarrierEngine;
    }

    Thread unstarted(Runnable work) {
        String name = "espalier-" + loop.name();
        return platform
                ? Thread.ofPlatform().name(name).stackSize(loop.options().stackSize()).unstarted(work)
                : Thread.ofVirtual().name(name).unstarted(work);
    }

    /** Does the work on the calling thread if that can drive the loop, else on another one, and waits. */
    void run(Runnable work) {
        boolean flag = Thread.interrupted(); // carrying a virtual thread clears the flag, and so does polling
        try {
            if (platform && Thread.currentThread().isVirtual()) {
                onThreadOfItsOwn(work);
            } else {
                work.run();
            }
        } finally {
            if (flag) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void onThreadOfItsOwn(Runnable work) {
        var failure = new AtomicReference<@Nullable Throwable>();
        Thread thread = unstarted(work);
        thread.setUncaughtExceptionHandler((_, e) -> failure.set(e));
        thread.start();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        Throwable thrown = failure.get();
        if (thrown != null) {
            throw Sneaky.<RuntimeException>as(thrown);
        }
    }
}
