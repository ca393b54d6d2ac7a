package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Awaits;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Promise;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;

/**
 * What the workers of one pool share, and the pool's life.
 */
final class PoolCore {
    //   OPEN    -> FAILED   children cannot be started, or end again and again without having been of use
    //   OPEN    -> CLOSING  close() was called
    //   FAILED  -> CLOSING  the same
    //   CLOSING -> CLOSED   the last worker has ended
    //   OPEN    -> CLOSING  also when the loop ends with the pool still open
    private enum Phase { OPEN, FAILED, CLOSING, CLOSED }

    private static final Duration MARGIN = Duration.ofSeconds(10);

    private final PoolOptions options;
    private final PoolDirectory directory;
    private final ExitHook hook = new ExitHook();
    private final SymbolTable table = new SymbolTable();
    private final Dispatcher dispatcher;
    // Starts cost a tenth of a second of processor time each; more at once than processors would make all of them late.
    private final AsyncSemaphore starts = AsyncSemaphore.of(Runtime.getRuntime().availableProcessors());
    private final EventLoop loop = EventLoop.current();
    private final Fleet fleet;
    private final Promise<Boolean> firstReady = Promise.create();
    private final Promise<Boolean> closing = Promise.create();
    private final Promise<Boolean> allEnded = Promise.create();

    // By the holder of the loop's turn.
    private Phase phase = Phase.OPEN;
    private String failure = "";

    private PoolCore(PoolOptions options, PoolDirectory directory) {
        this.options = options;
        this.directory = directory;
        this.fleet = new Fleet(this);
        this.dispatcher = new Dispatcher(table, options, fleet::target);
        dispatcher.whenPressed(fleet::look);
    }

    /** Starts the children and waits for the first to be ready. */
    @Awaits
    static PoolCore open(PoolOptions options) {
        PoolCore core = new PoolCore(options, Async.offload(() -> makeDirectory(options)));
        core.hook.install();
        try {
            core.loop.submit(core::keep);
            core.fleet.balance();
            boolean none = core.fleet.isEmpty();
            // While the first child starts.
            Async.offload(PoolDirectory::sweepAll);
            if (none) {
                return core;
            }
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

    PoolOptions options() {
        return options;
    }

    PoolDirectory directory() {
        return directory;
    }

    ExitHook hook() {
        return hook;
    }

    Fleet fleet() {
        return fleet;
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
        return new Symbols(ObjectInputFilter.Config.createFilter(options.serialFilter()), own == null ? ClassLoader.getSystemClassLoader() : own);
    }

    String phase() {
        return phase.toString();
    }

    List<Worker> workers() {
        return fleet.workers();
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
        return fleet.failure(what + ": " + failure);
    }

    // ---- told by the fleet

    void started() {
        firstReady.trySucceed(true);
    }

    void fail(String why) {
        if (phase == Phase.OPEN) {
            phase = Phase.FAILED;
            failure = why;
            firstReady.tryFail(failed("the pool cannot start"));
            childEnded();
        }
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

    // ---- the end

    /** Stays to the end of the pool, or of its loop, and then puts everything away. */
    @Awaits
    private void keep() {
        try {
            closing.await();
        } finally {
            phase = phase == Phase.OPEN || phase == Phase.FAILED ? Phase.CLOSING : phase;
            Async.shield(options.closeGrace().plus(MARGIN), this::putAway);
        }
    }

    @Awaits
    private void putAway() {
        fleet.awaitEnd();
        phase = Phase.CLOSED;
        childEnded();
        hook.remove();
        try {
            Async.offload(directory::delete);
        } catch (IOException left) {
            throw new UncheckedIOException("the pool's directory cannot be deleted", left);
        } finally {
            allEnded.trySucceed(true);
        }
    }

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
            fleet.close();
            closing.trySucceed(true);
        }
        boolean inTime = Async.moveOnAfter(options.closeGrace(), () -> {
            allEnded.await();
        });
        if (!inTime) {
            fleet.kill();
            allEnded.await();
        }
    }

    @Override
    public String toString() {
        return phase + ", " + dispatcher.waiting() + " tasks wait, " + fleet;
    }
}
