package dev.espalier.process;

import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Awaits;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Notify;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
    private final PoolJournal journal = new PoolJournal();
    /** How many workers there are or will be soon. */
    private final IntSupplier wanted;
    private final WorkerCare care;
    private final Seats seats = new Seats();
    /** Tasks for any worker; those for one alone wait at its seat. */
    private final TaskQueue shared = new TaskQueue();
    private final StickyKeys keys = new StickyKeys();
    /** Tasks whose key belongs to a worker that is still to come. */
    private final ArrayDeque<PoolTask<?>> unbound = new ArrayDeque<>();
    /** A worker has come or gone, or the pool has failed. */
    private final Notify changes = Notify.create();
    /** Of those in all queues, how many really wait; the others were cancelled. */
    private int waiting;
    private EventLoop.@Nullable Handle imbalance;
    /** Looks whether more workers are needed. */
    private Runnable pressed = () -> { };
    /** Of workers that are gone. */
    private long busyBefore;

    Dispatcher(SymbolTable table, PoolOptions options, IntSupplier wanted) {
        this.wanted = wanted;
        this.care = new WorkerCare(options, table);
        this.table = table;
        this.grace = options.cancelGrace();
        this.places = AsyncSemaphore.of(options.queueLimit());
    }

    void whenPressed(Runnable action) {
        pressed = action;
    }

    int waiting() {
        return waiting;
    }

    ProcessPool.Statistics statistics() {
        return journal.statistics(seats.serving().size(), seats.links(), waiting, busyBefore);
    }

    PoolJournal journal() {
        return journal;
    }

    /** The first of those that wait, so many at most. */
    List<PoolTask<?>> waitingTasks(int most) {
        Stream<PoolTask<?>> bound = Stream.concat(shared.stream(), seats.all().flatMap(seat -> seat.own.stream()));
        return Stream.concat(bound, unbound.stream().filter(PoolTask::isWaiting)).limit(most).collect(Collectors.toList());
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
        TaskQueue queue = queueOf(task);
        if (queue == null) {
            unbound.add(task);
        } else {
            queue.add(task);
        }
        waiting++;
        assign();
        if (task.isWaiting()) {
            task.waits(loop.now());
        }
    }

    /** Where a task waits; null for one whose worker is still to come. */
    private @Nullable TaskQueue queueOf(PoolTask<?> task) {
        if (task instanceof PinnedTask<?> pinned) {
            return pinned.seat().own;
        }
        int bucket = task.lane().bucket;
        if (bucket < 0) {
            return shared;
        }
        Seat seat = keys.seat(bucket, seats.serving(), unbound.isEmpty() ? wanted.getAsInt() : StickyKeys.NO_NEW);
        return seat == null ? null : seat.own;
    }

    /** How many children work, or will soon. */
    int workers() {
        return Math.max(1, seats.serving().size());
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
            if (task instanceof PinnedTask<?> pinned && pinned.seat().loss != null) {
                task.failed(pinned.seat().loss.of(task.name()));
            } else {
                enqueueFirst(task);
            }
        }
    }

    void enqueueFirst(PoolTask<?> task) {
        TaskQueue queue = queueOf(task);
        if (queue == null) {
            unbound.addFirst(task);
        } else {
            queue.addFirst(task);
        }
        waiting++;
    }

    /** Hands out what can be handed out, each to the worker that has least. */
    void assign() {
        // Where tasks belong to workers, some may be idle although others wait.
        if (handOut() || keys.areUsed()) {
            watchImbalance();
        }
        seats.dismiss();
        pressed.run();
    }

    /** Gives whether nothing waits any more. */
    private boolean handOut() {
        while (waiting > 0) {
            Seat seat = seats.leastLoaded(shared.peek() != null);
            PoolTask<?> task = seat == null ? null : seat.next(shared);
            if (seat == null || task == null) {
                return false;
            }
            dropped(task);
            seat.link.send(task, table);
        }
        return true;
    }

    /** True if another worker would have something to do. */
    boolean isPressed() {
        return waiting > 0 || seats.arePressed();
    }

    // A task at a worker waits for those before it, while another worker may have nothing to do. Of short tasks nobody
    // needs to take care: they are gone before the look after PATIENCE.
    private void watchImbalance() {
        WorkerLink loaded = imbalance == null ? seats.mostLoaded() : null;
        if (loaded != null) {
            long answers = loaded.answers();
            imbalance = loop.callLater(PATIENCE, () -> {
                imbalance = null;
                boolean stuck = loaded.answers() == answers && seats.mostLoaded() == loaded;
                if (!stuck || loaded.recall()) {
                    watchImbalance();
                }
            });
        }
    }

    // ---- workers come and go

    /** A worker is there, and gets no tasks before it is {@linkplain #ready ready}. */
    Seat arrived(WorkerLink link, int number) {
        return seats.arrived(link, number);
    }

    /** Starts what a worker runs before it is ready; null when there is nothing to run. */
    @Nullable PoolTask<?> begin(Seat seat) {
        PoolTask<?> first = care.first(this, seat);
        if (first != null) {
            seat.link.send(first, table);
        }
        return first;
    }

    void ready(Seat seat) {
        seats.ready(seat);
        journal.joined();
        changed();
        assign();
    }

    /** A worker takes no more tasks, and ends after those that it has and those that no other may run. */
    void retire(Seat seat) {
        seats.leaves(seat);
        keys.left(seat);
        for (PoolTask<?> task : seat.own.takeAll()) {
            if (task instanceof PinnedTask<?>) {
                seat.own.add(task);
            } else {
                unbound.add(task);
            }
        }
        changed();
        assign();
    }

    /** No more tasks will come for a worker: starts what it runs last. */
    void ending(WorkerLink link) {
        Seat seat = seats.of(link);
        PoolTask<?> last = seat != null && seat.leaves ? care.last(this, seat) : null;
        if (last != null) {
            link.send(last, table);
        }
    }

    /** Workers have come or gone, or fewer are to come: tasks that wait for one that is still to come look again. */
    void changed() {
        List<PoolTask<?>> all = List.copyOf(unbound);
        unbound.clear();
        for (PoolTask<?> task : all) {
            if (task.isWaiting()) {
                TaskQueue queue = queueOf(task);
                if (queue == null) {
                    unbound.add(task);
                } else {
                    queue.add(task);
                }
            }
        }
        changes.notifyWaiters();
    }

    /** Waits until no worker is still to come, and gives all that are there. */
    @Awaits
    List<Seat> awaitAll(Runnable check) {
        check.run();
        while (seats.serving().size() < wanted.getAsInt()) {
            changes.await();
            check.run();
        }
        return List.copyOf(seats.serving());
    }

    /**
     * A worker is gone: what had not started goes to others, the rest fails, each with an exception of its own.
     *
     * @return whether a task has ended by it
     */
    boolean left(Loss loss) {
        WorkerLink link = loss.link();
        Seat seat = Objects.requireNonNull(seats.of(link));
        seats.left(seat);
        seat.loss = loss;
        keys.left(seat);
        link.readRest();
        List<PoolTask<?>> tasks = link.takeAll();
        busyBefore += link.busyNanos();
        journal.left(link, loss, tasks.size());
        boolean blameless = tasks.stream().anyMatch(link::hasStarted);
        boolean ended = false;
        for (PoolTask<?> task : tasks.reversed()) {
            // A child that died before it began with anything may have died of taking its first task.
            boolean suspect = !blameless && task == tasks.getFirst();
            ended |= task.lost(loss, suspect);
        }
        leaveSeat(seat, loss);
        changed();
        assign();
        return ended;
    }

    private void leaveSeat(Seat seat, Loss loss) {
        for (PoolTask<?> task : seat.own.takeAll()) {
            if (task instanceof PinnedTask<?>) {
                dropped(task);
                task.failed(loss.of(task.name()));
            } else {
                unbound.add(task);
            }
        }
    }

    // ---- the end

    private List<PoolTask<?>> takeAllWaiting() {
        List<PoolTask<?>> all = shared.takeAll();
        seats.all().forEach(seat -> all.addAll(seat.own.takeAll()));
        unbound.stream().filter(PoolTask::isWaiting).forEach(all::add);
        unbound.clear();
        return all;
    }

    /** Ends all that waits. */
    void failWaiting(Function<PoolTask<?>, Throwable> failure) {
        for (PoolTask<?> task : takeAllWaiting()) {
            dropped(task);
            task.failed(failure.apply(task));
        }
        changes.notifyWaiters();
    }

    /** Cancels all that waits and all that is at a worker. */
    void cancelAll(String reason) {
        takeAllWaiting().forEach(task -> task.cancel(reason));
        seats.all().forEach(seat -> seat.link.cancelAll(reason));
        seats.dismiss();
        changes.notifyWaiters();
    }

    /** Begins to end a task that is at a worker. */
    TaskStop stop(PoolTask<?> task, WorkerLink link) {
        return new TaskStop(task, link, this, grace);
    }

    EventLoop.Handle later(Duration delay, Runnable action) {
        return loop.callLater(delay, action);
    }
}
