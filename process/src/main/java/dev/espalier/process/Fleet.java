package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Notify;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The children of one pool: how many there are, which of them work, and which are replaced.
 */
final class Fleet {
    // How many serve and how many are spares is a wish; each event leads to balance(), which does what brings the fleet
    // nearer to it, and counts the living each time. So no event can be missed for good.
    //
    // What is worn goes on until another one is ready to take its place: there is never a worker less than before.

    /** Work that a new worker could do has to be there for so long before one is started. */
    private static final Duration PATIENCE = Duration.ofMillis(5);
    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final Duration LONGEST = Duration.ofSeconds(1);
    /** So many of the worn are replaced at a time, and so many children are started for growth. */
    private static final int AT_ONCE = Runtime.getRuntime().availableProcessors();

    // Everything here belongs to the loop of the pool.
    private final PoolCore pool;
    private final EventLoop loop = EventLoop.current();
    private final PoolOptions.Recycling recycling;
    private final Duration idle;
    private final int spares;
    private final CrashLog crashes;
    private final List<Worker> workers = new ArrayList<>();
    private final BitSet numbers = new BitSet();
    private final Notify ends = Notify.create();
    private int minimum;
    private int maximum;
    /** How many shall serve. */
    private int target;
    private int failedStarts;
    /** On the loop's clock: no child is started before. */
    private long notBefore;
    private EventLoop.@Nullable Handle restart;
    private EventLoop.@Nullable Handle pressure;
    private EventLoop.@Nullable Handle sweep;
    private boolean weighing;
    /** The loop ends, and takes the workers with it. */
    private boolean abandoned;

    Fleet(PoolCore pool) {
        PoolOptions options = pool.options();
        this.pool = pool;
        this.recycling = options.recycling();
        this.idle = options.size().idle();
        this.spares = options.size().spares();
        this.crashes = new CrashLog(options.restarts());
        this.minimum = options.size().minimum();
        this.maximum = options.size().maximum();
        this.target = minimum;
        this.notBefore = loop.now();
    }

    /** How many workers there are or will be soon. */
    int target() {
        return target;
    }

    List<Worker> workers() {
        return List.copyOf(workers);
    }

    boolean isEmpty() {
        return workers.isEmpty();
    }

    // ---- how many

    void resize(int least, int most) {
        minimum = least;
        maximum = most;
        target = Math.clamp(target, least, most);
        balance();
        look();
    }

    /** All that are there now are to be replaced. */
    void recycle() {
        workers.stream().filter(Worker::isReady).forEach(Worker::wear);
        balance();
    }

    /** The dispatcher has handed out what it could. */
    void look() {
        if (target < maximum && pressure == null && pool.isOpen() && pool.dispatcher().isPressed()) {
            pressure = loop.callLater(target == 0 ? Duration.ZERO : PATIENCE, () -> {
                pressure = null;
                grow();
                look();
            });
        }
    }

    private void grow() {
        boolean soon = count(Worker::isSpare) > 0 || count(Worker::isStarting) < AT_ONCE;
        if (soon && target < maximum && pool.dispatcher().isPressed()) {
            target++;
            balance();
        }
    }

    /** Brings what is nearer to what shall be. */
    void balance() {
        if (!pool.isOpen() || abandoned) {
            return;
        }
        while (count(Worker::isServing) < target && serveOne()) {
            // The next one.
        }
        replaceWorn();
        while (count(Worker::isServing) > target) {
            only(Worker::isServing).min(Comparator.comparing((Worker worker) -> !worker.isWorn())
                    .thenComparingInt(Worker::outstanding)).ifPresent(Worker::retire);
        }
        while (count(Worker::isSpare) > spares) {
            only(Worker::isSpare).min(Comparator.comparing(worker -> !worker.isWorn())).ifPresent(Worker::retire);
        }
        startMissing();
        armSweep();
    }

    private boolean serveOne() {
        Optional<Worker> spare = only(Worker::isSpare).min(Comparator.comparing(Worker::isWorn));
        spare.ifPresent(Worker::serve);
        return spare.isPresent();
    }

    private void replaceWorn() {
        while (true) {
            Optional<Worker> worn = only(Worker::isServing).filter(Worker::isWorn).findFirst();
            Optional<Worker> fresh = only(Worker::isSpare).filter(spare -> !spare.isWorn()).findFirst();
            if (worn.isEmpty() || fresh.isEmpty()) {
                return;
            }
            fresh.get().serve();
            worn.get().retire();
        }
    }

    private void startMissing() {
        int worn = count(worker -> worker.isReady() && worker.isWorn());
        int have = count(worker -> worker.isReady() || worker.isStarting());
        int missing = target + spares + Math.min(worn, AT_ONCE) - have;
        long pause = notBefore - loop.now();
        if (missing > 0 && pause > 0) {
            if (restart == null) {
                restart = loop.callLater(Duration.ofNanos(pause), () -> {
                    restart = null;
                    balance();
                });
            }
            return;
        }
        for (int i = 0; i < missing; i++) {
            int number = numbers.nextClearBit(1);
            numbers.set(number);
            Worker worker = new Worker(number, pool, this);
            workers.add(worker);
            worker.begin();
        }
    }

    private Stream<Worker> only(Predicate<Worker> which) {
        return workers.stream().filter(which);
    }

    private int count(Predicate<Worker> which) {
        return (int) only(which).count();
    }

    // ---- from time to time

    private void armSweep() {
        if (sweep == null && (target > minimum || recycling.age().isPositive() || recycling.residentBytes() > 0)) {
            sweep = loop.callLater(period(), () -> {
                sweep = null;
                sweep();
            });
        }
    }

    private Duration period() {
        Duration period = idle.dividedBy(4);
        if (recycling.age().isPositive() && recycling.age().dividedBy(16).compareTo(period) < 0) {
            period = recycling.age().dividedBy(16);
        }
        return period.compareTo(SHORTEST) < 0 ? SHORTEST : period.compareTo(LONGEST) > 0 ? LONGEST : period;
    }

    private void sweep() {
        for (Worker worker : List.copyOf(workers)) {
            if (worker.isServing() && worker.hasBeenIdle(idle) && target > minimum) {
                target--;
                worker.retire();
            } else if (worker.isReady() && worker.isOld()) {
                worker.wear();
            }
        }
        if (recycling.residentBytes() > 0 && !weighing) {
            weighing = true;
            loop.submit(this::weigh);
        }
        balance();
    }

    @Awaits
    private void weigh() {
        try {
            for (Worker worker : only(Worker::isReady).toList()) {
                if (worker.awaitResident() > recycling.residentBytes()) {
                    worker.wear();
                }
            }
        } finally {
            weighing = false;
        }
        balance();
    }

    // ---- told by the workers

    void ready() {
        failedStarts = 0;
        balance();
        pool.started();
    }

    void startFailed(StartFailure reason) {
        boolean few = crashed(reason::toLost);
        if (++failedStarts >= pool.options().startAttempts()) {
            pool.fail(failedStarts + " children in a row could not be started");
        } else if (!few) {
            pool.fail(tooMany());
        }
    }

    /** A child has ended by itself that had been ready. */
    void died(boolean useful, CrashLog.Cause cause) {
        if (useful) {
            crashes.useful();
        } else if (!crashed(cause)) {
            pool.fail(tooMany());
        }
    }

    private boolean crashed(CrashLog.Cause cause) {
        int places = Math.max(1, target + spares);
        boolean few = crashes.add(cause, places);
        notBefore = loop.now() + crashes.pause(places).toNanos();
        return few;
    }

    private String tooMany() {
        PoolOptions.Restarts allowed = pool.options().restarts();
        return crashes.recent() + " children ended within " + allowed.period() + " without having ended a task, more than the "
                + allowed.most() + " for each worker that restarts allow";
    }

    WorkerLostException failure(String what) {
        return crashes.toLost(what);
    }

    /** Nothing of it is left. */
    void ended(Worker worker, boolean cancelled) {
        workers.remove(worker);
        numbers.clear(worker.number());
        abandoned |= cancelled;
        pool.childEnded();
        balance();
        ends.notifyOne();
    }

    // ---- the end

    void close() {
        List.copyOf(workers).forEach(Worker::close);
        for (EventLoop.Handle timer : new EventLoop.@Nullable Handle[] {restart, pressure, sweep}) {
            if (timer != null) {
                timer.cancel();
            }
        }
    }

    void kill() {
        List.copyOf(workers).forEach(Worker::kill);
    }

    /** Waits, when the pool is not open any more, until the last one has ended; for one task. */
    @Awaits
    void awaitEnd() {
        // One that has not begun will find the pool closed; or it never will, because the loop ends.
        while (count(Worker::hasBegun) > 0) {
            ends.await();
        }
    }

    @Override
    public String toString() {
        return target + " of " + minimum + " to " + maximum + " shall serve, " + workers;
    }
}
