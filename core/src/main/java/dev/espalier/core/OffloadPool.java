package dev.espalier.core;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The threads of one loop for bodies that block. */
final class OffloadPool {
    private final String loopName;
    private final int limit;
    private @Nullable ThreadPoolExecutor pool; // made with the turn, closed by the thread that closes the loop

    OffloadPool(String loopName, int limit) {
        this.loopName = loopName;
        this.limit = limit;
    }

    <T extends @Nullable Object, X extends Throwable> T run(Body<? extends T, ? extends X> body) throws X {
        Task<?> me = Task.running();
        me.checkCancelled();
        var job = new Offload<T>(me, Inherited.<T, X>body(me.loop, body));
        me.loop.external++;
        try {
            open().execute(job);
            job.await();
        } finally {
            me.loop.external--;
        }
        return job.<X>result();
    }

    private ThreadPoolExecutor open() {
        ThreadPoolExecutor open = pool;
        if (open == null) {
            var threads = Thread.ofPlatform().daemon().name("espalier-" + loopName + "-offload-", 1).factory();
            open = new ThreadPoolExecutor(limit, limit, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
            open.allowCoreThreadTimeOut(true);
            pool = open;
        }
        return open;
    }

    /** Interrupts what still runs: only bodies of tasks that were reported as refusing to end. */
    void close() {
        if (pool != null) {
            pool.shutdownNow();
        }
    }
}
