package dev.espalier.core;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Carries virtual threads that are none of ours: those that code inside a coroutine started, which inherit its executor, and
 * the JDK's own pollers. They run in parallel, as on the JDK's scheduler.
 */
final class ForeignThreads {
    private static final int CARRIERS = Math.max(2, Runtime.getRuntime().availableProcessors());

    private static final ThreadPoolExecutor POOL = new ThreadPoolExecutor(
            CARRIERS, CARRIERS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                var carrier = new Thread(null, task, "espalier-foreign-carrier", 0, false);
                carrier.setDaemon(true);
                return carrier;
            });

    static {
        POOL.allowCoreThreadTimeOut(true);
    }

    private ForeignThreads() {}

    static void execute(Runnable continuation) {
        POOL.execute(continuation);
    }
}
