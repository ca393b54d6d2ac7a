package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Awaits;
import dev.espalier.core.Promise;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What the workers of one pool share, and the pool's life.
 */
final class PoolCore {
    //   OPEN    -> FAILED   children cannot be started, or end again and again without having been of use
    //   OPEN    -> CLOSING  close() was called
    //   FAILED  -> CLOSING  the same
    //   CLOSING -> CLOSED   the last worker has ended; also from OPEN, when the loop ends with the pool still open
    private enum Phase { OPEN, FAILED, CLOSING, CLOSED }

    private static final Duration MARGIN = Duration.ofSeconds(10);

    private final PoolOptions options;
    private final PoolDirectory directory;
    private final ExitHook hook = new ExitHook();
    private final ObjectInputFilter filter;
    private final SymbolTable table = new SymbolTable();
    private final Dispatcher dispatcher;
    // Starts cost a tenth of a second of processor time each; more at once than processors would make all of them late.
    private final AsyncSemaphore starts = AsyncSemaphore.of(Runtime.getRuntime().availableProcessors());
    private final CrashLog crashes;
    private final List<Worker> workers = new ArrayList<>();
    private final Promise<Boolean> firstReady = Promise.create();
    private final Promise<Boolean> allEnded = Promise.create();

    // By the holder of the loop's turn.
    private Phase phase = Phase.OPEN;
    private int alive;
    private int failedStarts;
    private String failure = "";

    private PoolCore(PoolOptions options, PoolDirectory directory) {
        this.options = options;
        this.directory = directory;
        this.filter = ObjectInputFilter.Config.createFilter(options.serialFilter());
        this.dispatcher = new Dispatcher(table, options, () -> alive);
        this.crashes = new CrashLog(options.restarts());
    }

    /** Starts the children and waits for the first to be ready. */
    @Awaits
    static PoolCore open(PoolOptions options) {
        PoolCore core = new PoolCore(options, Async.offload(() -> makeDirectory(options)));
        core.hook.install();
        try {
            core.startWorkers();
            core.firstReady.await(WorkerLostException.class);
            return core;
        } catch (RuntimeException | Error failed) {
            core.close();
            throw failed;
        }
    }

    private static PoolDirectory makeDirectory(PoolOptions options) {
        try {
            PoolDirectory directory = PoolDirectory.create();
            StartCache.of(LaunchLine.jvm(options)).ifPresent(StartCache::makeLater);
            try {
                Files.writeString(directory.file("args"),
                        LaunchLine.file(LaunchLine.arguments(options, directory.path())));
            } catch (IOException full) {
                directory.delete();
                throw full;
            }
            return directory;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void startWorkers() {
        for (int i = 1; i <= options.workers(); i++) {
            Worker worker = new Worker(i, this);
            workers.add(worker);
            alive++;
            worker.begin();
        }
    }

    PoolOptions options() {
        return options;
    }

    PoolDirectory directory() {
        return directory;
    }

    ExitHook hook() {
        return hook;
    }

    AsyncSemaphore starts() {
        return starts;
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    SymbolTable table() {
        return table;
    }

    Symbols newSymbols() {
        ClassLoader own = Thread.currentThread().getContextClassLoader();
        return new Symbols(filter, own == null ? ClassLoader.getSystemClassLoader() : own);
    }

    String phase() {
        return phase.toString();
    }

    List<Worker> workers() {
        return workers;
    }

    ProcessPool.Statistics statistics() {
        return dispatcher.statistics();
    }

    boolean isOpen() {
        return phase == Phase.OPEN;
    }

    /**
     * @throws IllegalStateException if the pool is closed
     * @throws WorkerLostException if it has failed
     */
    void checkOpen() {
        switch (phase) {
            case OPEN -> { }
            case FAILED -> throw failed("the pool has failed");
            default -> throw new IllegalStateException("the pool is closed and takes no tasks");
        }
    }

    private WorkerLostException failed(String what) {
        return crashes.toLost(what + ": " + failure);
    }

    // ---- told by the workers

    void ready(Seat seat) {
        failedStarts = 0;
        dispatcher.ready(seat);
        firstReady.trySucceed(true);
    }

    void startFailed(StartFailure reason) {
        boolean few = crashes.add(reason::toLost, options.workers());
        if (++failedStarts >= options.startAttempts()) {
            fail(failedStarts + " children in a row could not be started");
        } else if (!few) {
            fail(crashed());
        }
    }

    /** A child has ended by itself that had been ready. */
    void died(boolean useful, CrashLog.Cause cause) {
        if (useful) {
            crashes.useful();
        } else if (!crashes.add(cause, options.workers())) {
            fail(crashed());
        }
    }

    private String crashed() {
        return crashes.recent() + " children ended within " + options.restarts().period()
                + " without having ended a task, more than the " + options.restarts().most()
                + " for each worker that restarts allow";
    }

    private void fail(String why) {
        if (phase == Phase.OPEN) {
            phase = Phase.FAILED;
            failure = why;
            firstReady.tryFail(failed("the pool cannot start"));
            childEnded();
        }
    }

    /** How long to wait before another child is started. */
    Duration pause() {
        return crashes.pause(options.workers());
    }

    /** What waits in a pool that starts no more children would wait for ever. */
    void childEnded() {
        if (phase == Phase.FAILED) {
            dispatcher.failWaiting(task -> failed(task.name() + " will not run, the pool has failed"));
        } else if (phase != Phase.OPEN) {
            dispatcher.failWaiting(task -> new IllegalStateException(task.name()
                    + " will not run, the pool is closed"));
        }
    }

    /** The last one switches off the light. */
    @Awaits
    void workerEnded() {
        if (--alive > 0) {
            return;
        }
        phase = Phase.CLOSED;
        childEnded();
        hook.remove();
        try {
            Async.shield(MARGIN, () -> Async.offload(directory::delete));
        } catch (IOException left) {
            throw new UncheckedIOException("the pool's directory cannot be deleted", left);
        } finally {
            allEnded.trySucceed(true);
        }
    }

    // ---- the end

    /** Bounded by the grace of the options and {@link #MARGIN}. */
    @Awaits
    void close() {
        if (phase == Phase.CLOSED) {
            return;
        }
        Async.shield(options.closeGrace().plus(MARGIN), this::closeNow);
    }

    @Awaits
    private void closeNow() {
        if (phase != Phase.CLOSING) {
            phase = Phase.CLOSING;
            dispatcher.cancelAll("the pool is closed");
            workers.forEach(Worker::close);
        }
        boolean inTime = Async.moveOnAfter(options.closeGrace(), () -> {
            allEnded.await();
        });
        if (!inTime) {
            workers.forEach(Worker::kill);
            allEnded.await();
        }
    }

    @Override
    public String toString() {
        return phase + ", " + dispatcher.waiting() + " tasks wait, " + workers;
    }
}
