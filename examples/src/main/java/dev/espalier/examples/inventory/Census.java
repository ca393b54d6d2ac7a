package dev.espalier.examples.inventory;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaitable.Failed;
import dev.espalier.core.Awaitable.Succeeded;
import dev.espalier.core.CancelledError;
import dev.espalier.core.Channel;
import dev.espalier.core.Receiver;
import dev.espalier.core.Sender;
import dev.espalier.core.TaskGroup;
import dev.espalier.process.ExitStatus;
import dev.espalier.process.MapOptions;
import dev.espalier.process.PoolOptions;
import dev.espalier.process.ProcessPool;
import dev.espalier.process.WorkerLostException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** One run of the main job: a loop, a pool, a coroutine that walks, a few that read, and one that adds up. */
final class Census {

    private static final int BATCH = 256;

    // Small files are read so many at a time.
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
                walkAndCount(pool);
            }
        });
    }

    private void walkAndCount(ProcessPool pool) {
        Loader loader = new Loader(settings);
        TaskGroup.run(group -> {
            Channel<Found> tree = Channel.open(BATCH);
            Channel<Work> files = Channel.open(settings.workers());
            group.start("walk", () -> walk(tree.sender()));
            group.start("load", () -> load(tree.receiver(), loader, files.sender()));
            // Names and contents go to the children in chunks that take about a millisecond there.
            var outcomes = pool.outcomes(group, MapOptions.defaults().withOrdered(false), files.receiver(),
                    Child::count);
            for (ProcessPool.Outcome<Work, Answer> outcome : outcomes) {
                Work work = outcome.argument();
                if (outcome.state() instanceof Failed<Answer>(WorkerLostException lost) && isOfThisFile(lost)) {
                    ledger.add(new Report.Loss(work.name(), Reasons.of(lost)));
                    group.start("once more " + work.name(), () -> {
                        countAgain(pool, work);
                        loader.release(work);
                    });
                } else {
                    add(work, outcome.state());
                    loader.release(work);
                }
            }
        });
    }

    /** False when no child can be started any more: then no file will be counted. */
    private static boolean isOfThisFile(WorkerLostException lost) {
        return !(lost.status() instanceof ExitStatus.NeverStarted);
    }

    /** Reading has no effects, so a file whose child was lost may be counted once more. */
    private void countAgain(ProcessPool pool, Work work) {
        Awaitable.State<Answer> state;
        try {
            state = new Succeeded<>(pool.call(Child::count, work));
        } catch (IOException | WorkerLostException failure) {
            state = new Failed<>(failure);
        }
        add(work, state);
    }

    private void add(Work work, Awaitable.State<Answer> state) {
        switch (state) {
            case Succeeded<Answer>(var answer) -> ledger.add(work.name(), answer);
            case Failed<Answer>(IOException why) ->
                ledger.add(new Found.Unreadable(work.name(), Reasons.of(why)));
            case Failed<Answer>(WorkerLostException why) when isOfThisFile(why) ->
                ledger.add(new Found.Unreadable(work.name(), "its worker was lost twice, at last " + Reasons.of(why)));
            default -> throw new IllegalStateException(work.name() + " could not be counted: " + state,
                    state instanceof Failed<Answer>(var failure) ? failure : null);
        }
        progress.done(work.size());
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

    private void load(Receiver<Found> in, Loader loader, Sender<Work> out) {
        try (out) {
            TaskGroup.run(group -> {
                for (int i = 1; i <= LANES_PER_WORKER * settings.workers(); i++) {
                    group.start("lane " + i, () -> lane(in, loader, out));
                }
            });
        }
    }

    private void lane(Receiver<Found> in, Loader loader, Sender<Work> out) {
        for (Found found : in) {
            if (found instanceof Found.RegularFile file) {
                try {
                    out.send(loader.load(file));
                } catch (IOException e) {
                    ledger.add(new Found.Unreadable(file.name(), Reasons.of(e)));
                    progress.done(file.size());
                }
            } else {
                ledger.add(found);
            }
        }
    }
}
