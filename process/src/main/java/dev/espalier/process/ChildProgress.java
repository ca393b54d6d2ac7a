package dev.espalier.process;

import org.jspecify.annotations.Nullable;

/**
 * The child's side of what tasks report: keeps the last report, and sends one when the parent wants to have the next.
 */
final class ChildProgress {
    // At most one report is on its way over the socket. The parent asks for the next one when it has waited for a while, so
    // it sets the pace however often a task reports, and no clock is needed here. When the task ends the last report goes
    // once more before its answer, the same way: the answer could overtake the other one. Each report has a number, and
    // the parent drops what it has or what is older.

    private final ChildOutbox outbox;

    // Guarded by this object's monitor, which is never held while user code runs.
    /** The task that runs, 0 when none does. */
    private long running;
    /** What it has last reported. */
    private @Nullable Progress last;
    /** How many reports there were, of all tasks. */
    private long reports;
    /** The number of the one that was sent last. */
    private long sent;
    /** True from the report to the parent's wish for the next. */
    private boolean underWay;

    ChildProgress(ChildOutbox outbox) {
        this.outbox = outbox;
    }

    synchronized @Nullable TaskContext context() {
        return running == 0 ? null : new TaskContext(this, running);
    }

    /** Called by the task thread. */
    synchronized void begin(long task) {
        running = task;
    }

    /** Called by the task thread, which sends what comes out before the answer; null when the task has not reported. */
    synchronized byte @Nullable [] end() {
        Progress told = last;
        running = 0;
        last = null;
        sent = reports;
        return told == null ? null : encode(reports, told);
    }

    /** Called by any thread of the user. */
    synchronized void report(long task, Progress now) {
        if (task == running) {
            last = now;
            reports++;
            sendNext();
        }
    }

    /** Called by the main thread: the parent wants to have the next one. */
    synchronized void wanted() {
        underWay = false;
        sendNext();
    }

    private void sendNext() {
        Progress next = last;
        if (next != null && !underWay && sent < reports) {
            underWay = true;
            sent = reports;
            // Not written by this thread: a report never waits.
            outbox.leave(FrameKind.PROGRESS, running, encode(sent, next));
        }
    }

    private static byte[] encode(long number, Progress progress) {
        Encoder out = new Encoder(new SymbolTable());
        out.putLong(number);
        out.putLong(progress.done());
        out.putLong(progress.total());
        out.putString(progress.message());
        return out.toBytes();
    }
}
