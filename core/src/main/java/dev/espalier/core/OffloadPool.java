package dev.espalier.core;

import dev.espalier.core.spi.OffloadStatistics;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The threads of one loop for bodies that block. */
final class OffloadPool {
    private final String loopName;
    private final int limit;

    // With the turn, or by the thread that closes the loop.
    private @Nullable ThreadPoolExecutor pool;
    private final Set<Offload<?>> bodies = new LinkedHashSet<>(); // queued or running, in order
    private int peak;

    OffloadPool(String loopName, int limit) {
        this.loopName = loopName;
        this.limit = limit;
    }

    <T extends @Nullable Object, X extends Throwable> T run(Offload.OnCancel onCancel, Body<? extends T, ? extends X> body)
            throws X {
        Task<?> me = Task.running();
        me.checkCancelled();
        var job = new Offload<T>(me, this, onCancel, Inherited.<T, X>body(me.loop, body));
        return this.<T, X>run(me, job);
    }

    /** The body itself borrows the place, and gives it back when it has ended: its task may have left it before. */
    <T extends @Nullable Object, X extends Throwable> T run(
            CapacityLimiter limiter, Offload.OnCancel onCancel, Body<? extends T, ? extends X> body) throws X {
        Task<?> me = Task.running();
        var job = new Offload<T>(me, this, onCancel, Inherited.<T, X>body(me.loop, body));
        limiter.acquireFor(job);
        job.places = limiter;
        return this.<T, X>run(me, job);
    }

    private <T extends @Nullable Object, X extends Throwable> T run(Task<?> me, Offload<T> job) throws X {
        me.loop.external++;
        try {
            open().execute(job);
            bodies.add(job);
            peak = Math.max(peak, bodies.size());
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

    /** A body ended, or was dropped from the queue. */
    void left(Offload<?> body) {
        bodies.remove(body);
        if (body.places != null) {
            body.places.releaseFor(body);
        }
    }

    boolean isIdle() {
        return bodies.isEmpty();
    }

    List<Offload<?>> bodies() {
        return List.copyOf(bodies);
    }

    OffloadStatistics statistics() {
        int busy = Math.min(bodies.size(), limit);
        int abandoned = (int) bodies.stream().filter(Offload::isAbandoned).count();
        return new OffloadStatistics(busy, bodies.size() - busy, abandoned, Math.min(peak, limit), limit);
    }

    /** Interrupts what still runs at the end of the loop: bodies whose tasks have left them, or refuse to end. Returns how many. */
    int interruptAll() {
        bodies.forEach(Offload::interrupt);
        return bodies.size();
    }

    /** Ends the threads. */
    void close() {
        if (pool != null) {
            pool.shutdownNow();
        }
    }
}
