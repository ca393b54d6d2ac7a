package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import dev.espalier.core.EventLoop;
import dev.espalier.core.TaskGroup;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A pool as a tree in text: its workers, what they run and where, what waits, and what was lost last.
 */
final class PoolDump {
    /** A child that does not answer for so long is stopped, or collects garbage; the text says so. */
    private static final Duration PATIENCE = Duration.ofMillis(200);
    private static final int MOST_TASKS = 20;
    private static final int MOST_FRAMES = 32;
    private static final double NANOS = 1e9;

    private final PoolCore pool;
    private final Map<WorkerLink, RunningTask> running = new HashMap<>();
    private final StringBuilder text = new StringBuilder();
    private final long now = EventLoop.current().now();

    private PoolDump(PoolCore pool) {
        this.pool = pool;
    }

    @Awaits
    static String of(PoolCore pool) {
        PoolDump dump = new PoolDump(pool);
        dump.look();
        return dump.write();
    }

    @Awaits
    private void look() {
        Async.moveOnAfter(PATIENCE, () -> TaskGroup.run(group -> {
            for (Worker worker : pool.workers()) {
                WorkerLink link = worker.link();
                if (link != null) {
                    group.start("look at " + link.process(), () -> running.put(link, link.look().await()));
                }
            }
        }));
    }

    private String write() {
        ProcessPool.Statistics counts = pool.statistics();
        text.append("ProcessPool[").append(pool.phase()).append(", ").append(counts.workers()).append(" of ")
                .append(pool.workers().size()).append(" workers are ready]");
        line("  ", counts.waiting() + " tasks wait, " + counts.sent() + " are at workers, " + counts.succeeded()
                + " have succeeded, " + counts.failed() + " failed, " + counts.cancelled() + " were cancelled");
        line("  ", "they waited " + seconds(counts.waited().toNanos()) + " and ran " + seconds(counts.ran().toNanos())
                + " in all; " + counts.started() + " children were ready so far, " + counts.lost() + " were lost");
        pool.workers().forEach(this::write);
        writeWaiting();
        for (PoolJournal.Entry loss : pool.dispatcher().journal().losses()) {
            line("  ", "lost " + seconds(now - loss.nanos()) + " ago: " + loss.child() + ", with " + loss.tasks()
                    + " tasks: " + loss.how());
        }
        return text.append('\n').toString();
    }

    private void write(Worker worker) {
        WorkerLink link = worker.link();
        if (link == null) {
            line("  ", worker.toString());
            return;
        }
        WorkerSnapshot state = worker.snapshot();
        line("  ", "worker " + state.number() + ": pid " + state.pid() + ", " + seconds(state.age().toNanos())
                + " old, " + state.answered() + " tasks answered"
                + (state.residentBytes() < 0 ? "" : ", " + (state.residentBytes() >> 20) + " MiB resident"));
        RunningTask seen = running.get(link);
        if (seen == null) {
            line("    ", "it did not say within " + PATIENCE.toMillis() + " ms what it runs");
        }
        writeTasks(link, seen == null ? RunningTask.NONE : seen);
    }

    private void writeTasks(WorkerLink link, RunningTask seen) {
        List<PoolTask<?>> tasks = link.tasks();
        for (PoolTask<?> task : tasks.subList(0, Math.min(MOST_TASKS, tasks.size()))) {
            boolean runs = task.sequence() == seen.task();
            line("    ", task.name() + (runs ? ", runs for " + seconds(seen.nanos())
                    : link.hasStarted(task) ? ", has begun" : ", waits there")
                    + task.progress().map(progress -> ", " + progress).orElse("")
                    + (task.cancelReason() == null ? "" : ", cancelled: " + task.cancelReason()));
            if (runs) {
                seen.stack().lines().limit(MOST_FRAMES).forEach(frame -> line("        ", frame.strip()));
            }
        }
        writeMore("    ", tasks.size());
    }

    private void writeWaiting() {
        List<PoolTask<?>> waiting = pool.dispatcher().waitingTasks(MOST_TASKS);
        waiting.forEach(task -> line("  ", task.name() + " waits for a worker"));
        writeMore("  ", pool.dispatcher().waiting());
    }

    private void writeMore(String indent, int all) {
        if (all > MOST_TASKS) {
            line(indent, "and " + (all - MOST_TASKS) + " more");
        }
    }

    private void line(String indent, String what) {
        text.append('\n').append(indent).append(what);
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.3f s", nanos / NANOS);
    }
}
