package dev.espalier.process;

import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Awaits;
import dev.espalier.core.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The queue of a pool and the choice which worker takes what.
 */
final class Dispatcher {
    /** A worker that has not answered for so long, with tasks waiting behind, shares them with an idle one. */
    private static final Duration PATIENCE = Duration.ofMillis(1);

    // Everything here belongs to the loop of the pool.
    private final EventLoop loop = EventLoop.current();
    private final SymbolTable table;
    private final Duration grace;
    /** For tasks that wait and were not bounded by those who made them. */
    private final AsyncSemaphore places;
    /** Tasks that wait, and some that were cancelled while they did. */
    private final ArrayDeque<PoolTask<?>> queue = new ArrayDeque<>();
    private final List<WorkerLink> links = new ArrayList<>();
    /** Of those in the queue, how many really wait. */
    private int waiting;
    private EventLoop.@Nullable Handle imbalance;
    /** Of workers that are gone. */
    private long busyBefore;

    Dispatcher(SymbolTable table, PoolOptions options) {
        this.table = table;
        this.grace = options.cancelGrace();
        this.places = AsyncSemaphore.of(options.queueLimit());
    }

    int waiting() {
        return waiting;
    }

    ProcessPool.Statistics statistics() {
        int sent = links.stream().mapToInt(WorkerLink::outstanding).sum();
        long busy = busyBefore + links.stream().mapToLong(WorkerLink::busyNanos).sum();
        return new ProcessPool.Statistics(links.size(), waiting, sent, Duration.ofNanos(busy));
    }

    /** Waits for a place in the queue. */
    @Awaits
    void awaitPlace() {
        places.acquire();
    }

    /** Takes a place in the queue, if there is one. */
    boolean takePlace() {
        return places.tryAcquire();
    }

    void leavePlace() {
        places.release();
    }

    void enqueue(PoolTask<?> task) {
        queue.add(task);
        waiting++;
        assign();
    }

    /** How many children work, or will soon. */
    int workers() {
        return Math.max(1, links.size());
    }

    /** A task waits no longer. */
    void dropped(PoolTask<?> task) {
        waiting--;
        if (task.leavePlace()) {
            places.release();
        }
    }

    /** A task came back from a worker on which it had not started: it is the next one. */
    void returned(PoolTask<?> task) {
        task.returned();
        if (task.isWaiting()) {
            enqueueFirst(task);
        }
    }

    void enqueueFirst(PoolTask<?> task) {
        queue.addFirst(task);
        waiting++;
    }

    /** Hands out what can be handed out, each to the worker that has least. */
    void assign() {
        while (waiting > 0) {
            WorkerLink link = leastLoaded();
            if (link == null) {
                return;
            }
            PoolTask<?> task = queue.remove();
            if (task.isWaiting()) {
                dropped(task);
                link.send(task, table);
            }
        }
        queue.clear();
        watchImbalance();
    }

    // A task at a worker waits for those before it, while another worker may have nothing to do. Of short tasks nobody
    // needs to take care: they are gone before the look after PATIENCE.
    private void watchImbalance() {
        WorkerLink loaded = imbalance == null ? mostLoaded() : null;
        if (loaded != null) {
            long answers = loaded.answers();
            imbalance = loop.callLater(PATIENCE, () -> {
                imbalance = null;
                if (loaded.answers() == answers && mostLoaded() == loaded) {
                    loaded.recall();
                }
                watchImbalance();
            });
        }
    }

    /** The worker with most tasks, if some wait there while another worker has none. */
    private @Nullable WorkerLink mostLoaded() {
        WorkerLink most = null;
        boolean idle = false;
        for (WorkerLink link : links) {
            idle |= link.isIdle();
            if (link.recallable() > 0 && (most == null || link.recallable() > most.recallable())) {
                most = link;
            }
        }
        return idle ? most : null;
    }

    private @Nullable WorkerLink leastLoaded() {
        WorkerLink best = null;
        for (WorkerLink link : links) {
            if (link.hasRoom() && (best == null || link.outstanding() < best.outstanding())) {
                best = link;
            }
        }
        return best;
    }

    void joined(WorkerLink link) {
        links.add(link);
    }

    /** A worker is gone: what had not started goes to others, the rest fails, each with an exception of its own. */
    void left(WorkerLink link, WorkerProcess.Evidence evidence, String worker) {
        links.remove(link);
        link.readRest();
        List<PoolTask<?>> tasks = link.takeAll();
        busyBefore += link.busyNanos();
        boolean blameless = tasks.stream().anyMatch(link::hasStarted);
        for (PoolTask<?> task : tasks.reversed()) {
            // A child that died before it began with anything may have died of taking its first task.
            boolean suspect = !blameless && task == tasks.getFirst();
            task.lost(new Loss(link, evidence, worker), suspect);
        }
        assign();
    }

    /** Ends all that waits. */
    void failWaiting(Function<PoolTask<?>, Throwable> failure) {
        List<PoolTask<?>> all = new ArrayList<>(queue);
        queue.clear();
        for (PoolTask<?> task : all) {
            if (task.isWaiting()) {
                dropped(task);
                task.failed(failure.apply(task));
            }
        }
    }

    /** Cancels all that waits and all that is at a worker. */
    void cancelAll(String reason) {
        List.copyOf(queue).forEach(task -> task.cancel(reason));
        links.forEach(link -> link.cancelAll(reason));
    }

    EventLoop.Handle afterGrace(Runnable action) {
        return loop.callLater(grace, action);
    }
}
