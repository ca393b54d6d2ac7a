package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaits;
import dev.espalier.core.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One child of a pool, from its start to its end. One task of the loop.
 */
final class Worker {
    //   STARTING  -> PREPARING  the child has proved who it is
    //   PREPARING -> SPARE      its initializer has ended well, or there is none
    //   SPARE     -> SERVING    it is to take tasks
    //   SPARE     -> RETIRING   there are too many, or it is worn
    //   SERVING   -> RETIRING   the same; it ends what it has
    //   any       -> ENDED      the child has closed its end, or died, or could not be started
    private enum Stage { STARTING, PREPARING, SPARE, SERVING, RETIRING, ENDED }

    private static final Duration CLEANUP = Duration.ofSeconds(30);

    // By the holder of the loop's turn.
    private final int number;
    private final PoolCore pool;
    private final Fleet fleet;
    private final EventLoop loop = EventLoop.current();
    private Stage stage = Stage.STARTING;
    private @Nullable CompletableFuture<Void> task;
    private boolean begun;
    private @Nullable WorkerProcess process;
    private @Nullable WorkerLink link;
    private @Nullable Seat seat;
    /** What it had answered when it became ready. */
    private long answersBefore;
    /** It is to be replaced. */
    private boolean worn;
    /** On the loop's clock. */
    private long oldAt = Long.MAX_VALUE;
    private long idleSince;
    /** How many answers it had given then. */
    private long answersThen;

    Worker(int number, PoolCore pool, Fleet fleet) {
        this.number = number;
        this.pool = pool;
        this.fleet = fleet;
    }

    int number() {
        return number;
    }

    void begin() {
        task = loop.submit(this::run);
    }

    @Awaits
    private void run() {
        begun = true;
        boolean cancelled = true;
        try {
            live();
            cancelled = false;
        } finally {
            fleet.ended(this, cancelled);
        }
    }

    @Awaits
    private void live() {
        try {
            // Whoever closed the pool meanwhile found nothing to end.
            if (pool.isOpen()) {
                work(pool.starts().withPermit(this::start));
            }
        } catch (StartFailure failure) {
            fleet.startFailed(failure);
        } finally {
            Async.shield(CLEANUP, this::bury);
        }
    }

    /** Null while there is no child that serves. */
    @Nullable WorkerLink link() {
        return link;
    }

    /** How it stands. */
    WorkerSnapshot snapshot() {
        WorkerLink serving = link;
        WorkerSnapshot.State state = isReady() || stage == Stage.RETIRING ? WorkerSnapshot.State.READY
                : isStarting() ? WorkerSnapshot.State.STARTING : WorkerSnapshot.State.WAITING;
        if (serving == null) {
            return new WorkerSnapshot(number, state, 0, Duration.ZERO, 0, 0, -1, Optional.empty());
        }
        return new WorkerSnapshot(number, state, serving.process().pid(),
                Duration.ofNanos(serving.ageNanos()), serving.answers(), serving.outstanding(),
                serving.process().residentBytes(), progress(serving));
    }

    /** Of the task that runs: the newest that has begun. Answers of older ones may be on the way. */
    private static Optional<Progress> progress(WorkerLink link) {
        List<PoolTask<?>> begun = link.tasks().stream().filter(link::hasStarted).toList();
        return begun.isEmpty() ? Optional.empty() : begun.getLast().progress();
    }

    // ---- start

    @Awaits
    private WorkerLink start() throws StartFailure {
        WorkerStartEvent event = Recording.isPossible() ? WorkerStartEvent.started() : null;
        PoolDirectory directory = pool.directory();
        ChildStart starting = new ChildStart(directory, "worker-" + number, pool.options().serialFilter(),
                () -> pool.hook().start(number, directory, pool.options())).withRings()
                .asTrainee(StartCache.isMadeBy(pool.options().jvmArguments()));
        try {
            ChildStart.Ready ready = starting.run(pool.options().startTimeout());
            if (event != null) {
                event.ready(ready.process());
            }
            return new WorkerLink(ready, pool.dispatcher(), pool.newSymbols());
        } finally {
            process = starting.process();
        }
    }

    // ---- work

    @Awaits
    private void work(WorkerLink started) throws StartFailure {
        link = started;
        stage = Stage.PREPARING;
        Seat own = pool.dispatcher().arrived(started, number);
        seat = own;
        PoolTask<?> initializer = pool.dispatcher().begin(own);
        if (initializer == null) {
            ready(own);
        } else {
            prepare(own, initializer);
        }
        if (!pool.isOpen()) {
            started.bye();
        }
        started.serve();
        if (initializer != null && stage == Stage.PREPARING && pool.isOpen()) {
            throw notPrepared(initializer, started);
        }
    }

    private void prepare(Seat own, PoolTask<?> initializer) {
        Duration limit = pool.options().startTimeout();
        EventLoop.Handle late = loop.callLater(limit,
                () -> own.link.kill("its initializer had not ended after " + limit));
        initializer.onDone(() -> {
            late.cancel();
            if (link != own.link) {
                return; // its child is buried
            }
            if (initializer.state() instanceof Awaitable.Succeeded<?>) {
                ready(own);
            } else {
                own.link.kill("its initializer failed");
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

    private void ready(Seat own) {
        stage = Stage.SPARE;
        answersBefore = own.link.answers();
        PoolOptions.Recycling recycling = pool.options().recycling();
        if (recycling.age().isPositive()) {
            oldAt = loop.now() + early(recycling.age().toNanos());
        }
        if (recycling.tasks() > 0) {
            own.link.whenDone(Math.max(1, early(recycling.tasks())), () -> {
                wear();
                fleet.balance();
            });
        }
        if (pool.isOpen()) {
            fleet.ready();
        }
    }

    /** Some are recycled earlier than others, so that they do not all go at once. */
    private long early(long limit) {
        return limit - (long) (limit * pool.options().recycling().jitter() * loop.random().nextDouble());
    }

    boolean hasBegun() {
        return begun;
    }

    // ---- told by the fleet

    boolean isStarting() {
        return stage == Stage.STARTING || stage == Stage.PREPARING;
    }

    boolean isSpare() {
        return stage == Stage.SPARE;
    }

    boolean isServing() {
        return stage == Stage.SERVING;
    }

    /** True while it could take tasks. */
    boolean isReady() {
        return isSpare() || isServing();
    }

    boolean isWorn() {
        return worn;
    }

    void wear() {
        worn = true;
    }

    boolean isOld() {
        return loop.now() >= oldAt;
    }

    int outstanding() {
        return link == null ? 0 : link.outstanding();
    }

    /** From now on it takes tasks. */
    void serve() {
        if (seat != null) {
            stage = Stage.SERVING;
            idleSince = loop.now();
            pool.dispatcher().ready(seat);
        }
    }

    /** It takes no more tasks, and ends after those that it has. */
    void retire() {
        if (seat != null) {
            stage = Stage.RETIRING;
            pool.dispatcher().retire(seat);
        }
    }

    /** Looks whether it has had nothing to do for so long. */
    boolean hasBeenIdle(Duration time) {
        WorkerLink own = link;
        if (own == null || own.outstanding() > 0 || own.answers() != answersThen) {
            answersThen = own == null ? 0 : own.answers();
            idleSince = loop.now();
        }
        return loop.now() - idleSince >= time.toNanos();
    }

    /** The memory that it occupies, in bytes; -1 if that cannot be had. */
    @Awaits
    long awaitResident() {
        WorkerProcess child = process;
        return child == null ? 0 : Async.offload(child::residentBytes);
    }

    // ---- the end

    /** After every child, however it ended: nothing of it is left, and those who wait for its tasks know. */
    @Awaits
    private void bury() {
        boolean wasReady = isReady();
        stage = Stage.ENDED;
        WorkerProcess child = process;
        WorkerLink served = link;
        process = null;
        link = null;
        if (served != null) {
            served.close();
        }
        if (child != null) {
            WorkerProcess.Evidence evidence = served == null ? ChildStart.killed(child)
                    : Async.offload(() -> child.lastEvidence(served.saidBye() ? pool.options().closeGrace() : Duration.ZERO));
            pool.hook().ended(child);
            if (served != null) {
                buried(served, new Loss(served, evidence, child.toString()), wasReady);
                served.permits().buried();
            }
            SharedPlace.childBuried();
        }
    }

    private void buried(WorkerLink served, Loss loss, boolean wasReady) {
        boolean endedTasks = pool.dispatcher().left(loss);
        if (wasReady && !served.saidBye()) {
            fleet.died(endedTasks || served.answers() > answersBefore, loss.ofNoUse());
        }
    }

    /** The pool is closing: a child that serves is asked to end, one that starts is given up. */
    void close() {
        if (isReady()) {
            retire();
        } else if (link != null) {
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
        return "worker " + number + (worn ? ", to be replaced" : "") + ": " + switch (stage) {
            case STARTING -> "waits for a child to be ready";
            case PREPARING -> "waits for the initializer in " + link;
            case SPARE -> "is a spare, " + link;
            case SERVING -> "serves " + link;
            case RETIRING -> "waits for the end of " + link;
            case ENDED -> "waits until nothing of the child is left";
        };
    }
}
