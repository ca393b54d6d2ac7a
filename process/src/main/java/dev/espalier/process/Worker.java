package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaits;
import dev.espalier.core.EventLoop;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One place of a pool: starts a child, serves it until it ends, and starts the next, until the pool is closed or has
 * failed. One task of the loop.
 */
final class Worker {
    //   IDLE     -> PAUSING   the last children were of no use
    //   IDLE     -> STARTING  its turn has come
    //   PAUSING  -> IDLE      the pause is over
    //   STARTING -> PREPARING the child has proved who it is
    //   PREPARING -> SERVING  its initializer has ended well, or there is none
    //   PREPARING -> IDLE     it has failed, or the child died
    //   STARTING -> IDLE      it has not, for whatever reason
    //   SERVING  -> IDLE      the child has closed its end, or died
    private enum Stage { IDLE, PAUSING, STARTING, PREPARING, SERVING }

    private static final Duration CLEANUP = Duration.ofSeconds(30);

    // By the holder of the loop's turn.
    private final int number;
    private final PoolCore pool;
    private final EventLoop loop = EventLoop.current();
    private Stage stage = Stage.IDLE;
    private @Nullable CompletableFuture<Void> task;
    private boolean begun;
    private @Nullable WorkerProcess process;
    private @Nullable WorkerLink link;
    /** What it had answered when it became ready. */
    private long answersBefore;

    Worker(int number, PoolCore pool) {
        this.number = number;
        this.pool = pool;
    }

    void begin() {
        task = loop.submit(this::run);
    }

    @Awaits
    private void run() {
        begun = true;
        try {
            while (pool.isOpen()) {
                pause();
                life();
            }
        } finally {
            pool.workerEnded();
        }
    }

    @Awaits
    private void pause() {
        Duration time = pool.pause();
        if (time.isPositive()) {
            stage = Stage.PAUSING;
            Async.sleep(time);
            stage = Stage.IDLE;
        }
    }

    /** One child, from its start to its end. */
    @Awaits
    private void life() {
        try {
            WorkerLink started = pool.starts().withPermit(this::start);
            serve(started);
        } catch (StartFailure failure) {
            pool.startFailed(failure);
        } finally {
            Async.shield(CLEANUP, this::bury);
            stage = Stage.IDLE;
            pool.childEnded();
        }
    }

    /** Null while there is no child that serves. */
    @Nullable WorkerLink link() {
        return link;
    }

    /** How it stands. */
    WorkerSnapshot snapshot() {
        WorkerLink serving = link;
        if (serving == null) {
            return new WorkerSnapshot(number, stage == Stage.STARTING ? WorkerSnapshot.State.STARTING
                    : WorkerSnapshot.State.WAITING, 0, Duration.ZERO, 0, 0, -1);
        }
        return new WorkerSnapshot(number, stage == Stage.SERVING ? WorkerSnapshot.State.READY
                : WorkerSnapshot.State.STARTING, serving.process().pid(),
                Duration.ofNanos(serving.ageNanos()), serving.answers(), serving.outstanding(),
                serving.process().residentBytes());
    }

    // ---- start

    @Awaits
    private WorkerLink start() throws StartFailure {
        stage = Stage.STARTING;
        WorkerStartEvent event = WorkerStartEvent.started();
        PoolDirectory directory = pool.directory();
        ChildStart starting = new ChildStart(directory, "worker-" + number, pool.options().serialFilter(),
                () -> pool.hook().start(number, directory, pool.options())).withRings()
                .asTrainee(StartCache.isMadeBy(pool.options().jvmArguments()));
        try {
            ChildStart.Ready ready = starting.run(pool.options().startTimeout());
            event.ready(ready.process());
            return new WorkerLink(ready, pool.dispatcher(), pool.newSymbols());
        } finally {
            process = starting.process();
        }
    }

    // ---- work

    @Awaits
    private void serve(WorkerLink started) throws StartFailure {
        link = started;
        stage = Stage.PREPARING;
        Seat seat = pool.dispatcher().arrived(started, number);
        PoolTask<?> initializer = pool.dispatcher().begin(seat);
        if (initializer == null) {
            ready(seat);
        } else {
            prepare(seat, initializer);
        }
        if (!pool.isOpen()) {
            started.bye();
        }
        started.serve();
        if (initializer != null && stage == Stage.PREPARING && pool.isOpen()) {
            throw notPrepared(initializer, started);
        }
    }

    private void ready(Seat seat) {
        stage = Stage.SERVING;
        answersBefore = seat.link.answers();
        pool.ready(seat);
    }

    private void prepare(Seat seat, PoolTask<?> initializer) {
        Duration limit = pool.options().startTimeout();
        EventLoop.Handle late = loop.callLater(limit,
                () -> seat.link.kill("its initializer had not ended after " + limit));
        initializer.onDone(() -> {
            late.cancel();
            if (link != seat.link) {
                return; // its child is buried
            }
            if (initializer.state() instanceof Awaitable.Succeeded<?>) {
                ready(seat);
            } else {
                seat.link.kill("its initializer failed");
            }
        });
    }

    @Awaits
    private StartFailure notPrepared(PoolTask<?> initializer, WorkerLink started) {
        Throwable failure = initializer.state() instanceof Awaitable.Failed<?>(var thrown) ? thrown : null;
        String killed = started.killReason();
        String reason = failure != null ? "its initializer failed: " + failure
                : killed != null ? killed : "it ended while its initializer ran";
        WorkerProcess child = Objects.requireNonNull(process);
        return new StartFailure(reason, Async.shield(CLEANUP, () -> ChildStart.killed(child)), failure);
    }

    // ---- the end

    /** After every child, however it ended: nothing of it is left, and those who wait for its tasks know. */
    @Awaits
    private void bury() {
        WorkerProcess child = process;
        WorkerLink served = link;
        process = null;
        link = null;
        if (served != null) {
            served.close();
        }
        if (child != null) {
            WorkerProcess.Evidence evidence = served == null ? ChildStart.killed(child) : Async.offload(child::evidence);
            pool.hook().ended(child);
            if (served != null) {
                buried(served, new Loss(served, evidence, child.toString()));
                served.permits().buried();
            }
            SharedPlace.childBuried();
        }
    }

    private void buried(WorkerLink served, Loss loss) {
        boolean endedTasks = pool.dispatcher().left(loss);
        if (stage == Stage.SERVING && !served.saidBye()) {
            pool.died(endedTasks || served.answers() > answersBefore, loss::ofNoUse);
        }
    }

    /** The pool is closing: a child that serves is asked to end, one that starts is given up. */
    void close() {
        if (link != null) {
            link.bye();
        } else if (begun && task != null) {
            task.cancel(true);
        }
        // One that has not begun will find the pool closed. A cancelled future would keep it from saying that it has
        // ended.
    }

    /** The time for closing is over. */
    void kill() {
        if (link != null) {
            link.kill("the pool was closed and it did not end in time");
        }
    }

    @Override
    public String toString() {
        return "worker " + number + ": " + switch (stage) {
            case PAUSING -> "waits before it starts another child, because the last ones were of no use";
            case IDLE -> "waits for its turn to start a child";
            case STARTING -> "waits for a child to be ready";
            case PREPARING -> "waits for the initializer in " + link;
            case SERVING -> link == null ? "waits for the last traces of its child" : "serves " + link;
        };
    }
}
