package dev.espalier.examples.inventory;

import dev.espalier.core.Async;
import dev.espalier.core.CancelledError;
import dev.espalier.core.Channel;
import dev.espalier.core.Receiver;
import dev.espalier.core.Sender;
import dev.espalier.core.TaskGroup;
import dev.espalier.process.PoolOptions;
import dev.espalier.process.ProcessPool;
import dev.espalier.process.WorkerLostException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** One run of the main job: a loop, a pool, one coroutine that walks and a few that read and wait for answers. */
final class Census {

    private static final int BATCH = 256;

    // For each worker one file that it counts, one that waits there for it, and one that is being read.
    private static final int LANES_PER_WORKER = 3;

    private final Settings settings;
    private final Progress progress;
    private final Ledger ledger = new Ledger();

    private Census(Settings settings, Progress progress) {
        this.settings = settings;
        this.progress = progress;
    }

    /** Runs it and returns the report, which is partial when the time ran out or somebody pressed Ctrl-C. */
    static Report take(Settings settings) {
        long start = System.nanoTime();
        try (Progress progress = Progress.on(System.err, Progress.standardErrorIsTerminal())) {
            Census census = new Census(settings, progress);
            Outcome outcome = census.run();
            return census.ledger.report(settings, outcome, Duration.ofNanos(System.nanoTime() - start));
        }
    }

    private Outcome run() {
        try {
            return Async.run(this::countInTime);
        } catch (CancelledError _) {
            // The first Ctrl-C cancels the main coroutine. By now the pool is closed and nothing runs any more.
            return Outcome.INTERRUPTED;
        }
    }

    private Outcome countInTime() {
        Optional<Duration> limit = settings.timeout();
        if (limit.isEmpty()) {
            countTree();
            return Outcome.COMPLETE;
        }
        return Async.moveOnAfter(limit.get(), this::countTree) ? Outcome.COMPLETE : Outcome.TIMED_OUT;
    }

    private void countTree() {
        TaskGroup.run(group -> {
            group.start("survey", this::survey);
            try (ProcessPool pool = ProcessPool.open(poolOptions())) {
                walkAndCount(new FileCounter(settings, pool));
            }
        });
    }

    private void walkAndCount(FileCounter counter) {
        TaskGroup.run(group -> {
            Channel<Found> tree = Channel.open(BATCH);
            group.start("walk", () -> walk(tree.sender()));
            for (int i = 1; i <= LANES_PER_WORKER * settings.workers(); i++) {
                group.start("lane " + i, () -> lane(tree.receiver(), counter));
            }
        });
    }

    private PoolOptions poolOptions() {
        return PoolOptions.defaults()
                .withWorkers(settings.workers())
                // Standard output is for the report alone.
                .withOutput(line -> System.err.println("inventory: worker " + line.pid() + ": " + line.text()));
    }

    /** Runs ahead of the walk, which waits for the lanes, so that the time left is known early. */
    private void survey() throws IOException {
        try (TreeCursor cursor = new TreeCursor(settings.root())) {
            for (List<Found> batch = next(cursor); !batch.isEmpty(); batch = next(cursor)) {
                for (Found found : batch) {
                    if (found instanceof Found.RegularFile file) {
                        progress.found(file.size());
                    }
                }
            }
        }
        progress.surveyed();
    }

    private void walk(Sender<Found> out) throws IOException {
        try (out; TreeCursor cursor = new TreeCursor(settings.root())) {
            for (List<Found> batch = next(cursor); !batch.isEmpty(); batch = next(cursor)) {
                for (Found found : batch) {
                    out.send(found);
                }
            }
        }
    }

    private static List<Found> next(TreeCursor cursor) {
        return Async.offload(() -> cursor.next(BATCH));
    }

    private void lane(Receiver<Found> in, FileCounter counter) {
        for (Found found : in) {
            if (found instanceof Found.RegularFile file) {
                count(file, counter);
            } else {
                ledger.add(found);
            }
        }
    }

    private void count(Found.RegularFile file, FileCounter counter) {
        try {
            ledger.add(file.name(), counter.count(file));
        } catch (IOException e) {
            ledger.add(new Found.Unreadable(file.name(), Reasons.of(e)));
        } catch (WorkerLostException e) {
            ledger.add(new Found.Unreadable(file.name(), Reasons.ofAny(e)));
        }
        progress.done(file.size());
    }
}
