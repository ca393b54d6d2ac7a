package dev.espalier.process;

import dev.espalier.core.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;

/**
 * What has happened in a pool: counts, sums, and the last losses. Each entry is an event of the JDK's Flight Recorder, too.
 */
final class PoolJournal {
    static final int KEPT = 16;

    /** A child that ended by itself, or was killed. */
    record Entry(long nanos, String child, String how, int tasks) {
    }

    // Everything here belongs to the loop of the pool.
    private final EventLoop loop = EventLoop.current();
    private final ArrayDeque<Entry> losses = new ArrayDeque<>();
    private long succeeded;
    private long failed;
    private long cancelled;
    private long waitedNanos;
    /** Of children that are gone. */
    private long ranNanos;
    private int children;
    private int lost;

    void succeeded() {
        succeeded++;
    }

    void failed() {
        failed++;
    }

    void cancelled() {
        cancelled++;
    }

    /** A task has left the queue, after so long. */
    void waited(long nanos) {
        waitedNanos += nanos;
    }

    /** A child is ready. */
    void joined() {
        children++;
    }

    /** A child is gone. */
    void left(WorkerLink link, Loss loss, int tasks) {
        ranNanos += link.ranNanos();
        boolean asked = link.saidBye() && loss.evidence().status() instanceof ExitStatus.Exited(int code) && code == 0;
        String how = loss.evidence().status() + (link.killReason() == null ? "" : ", killed: " + link.killReason());
        if (!asked) {
            lost++;
            losses.add(new Entry(loop.now(), loss.worker(), how, tasks));
            if (losses.size() > KEPT) {
                losses.remove();
            }
        }
        if (Recording.isPossible()) {
            WorkerEndEvent.commit(link, how, asked, tasks);
        }
    }

    List<Entry> losses() {
        return List.copyOf(losses);
    }

    ProcessPool.Statistics statistics(int workers, List<WorkerLink> links, int waiting, long busyBefore) {
        int sent = 0;
        long busy = busyBefore;
        long ran = ranNanos;
        for (WorkerLink link : links) {
            sent += link.outstanding();
            busy += link.busyNanos();
            ran += link.ranNanos();
        }
        return new ProcessPool.Statistics(workers, waiting, sent, Duration.ofNanos(busy), succeeded, failed,
                cancelled, Duration.ofNanos(waitedNanos), Duration.ofNanos(ran), children, lost);
    }
}
