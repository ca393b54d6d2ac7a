package dev.espalier.core;

import dev.espalier.core.spi.ErrorReport;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The phases in which a loop comes to an end (S28). At the end of each run: no new task begins, and those that are left are
 * cancelled and waited for. When the loop is closed: the same, then the bodies on offload threads are interrupted and waited for;
 * then nothing is taken any more, timers and callbacks are dropped, and the driver is closed.
 *
 * <p>Each wait has the shutdown timeout for itself. What has not ended by then is reported with its stack, and left.
 */
final class Shutdown {
    private final EventLoop loop;

    // By the thread that drives; the list also by the holder of the turn.
    private final List<Submission<?>> heldBack = new ArrayList<>(0);
    private boolean underWay;
    private List<String> refused = List.of(); // tasks that outlived a shutdown

    Shutdown(EventLoop loop) {
        this.loop = loop;
    }

    /** Tasks that outlived a shutdown: while there are any, the loop cannot run again. */
    List<String> refused() {
        return refused;
    }

    /** Keeps a task that is sent while those of its run are being ended: it begins in the next run, or is refused by the close. */
    boolean holdBack(Submission<?> submission) {
        if (underWay) {
            heldBack.add(submission);
        }
        return underWay;
    }

    /** After the last turn: what was held back waits for the next run, or for the close to refuse it. */
    void letGo() {
        underWay = false;
        heldBack.forEach(loop::soon);
        heldBack.clear();
    }

    /** The end of a run. */
    void ofRun() {
        endTasks();
        letGo();
    }

    /** The end of the loop, as far as the loop must turn for it. */
    void ofLoop() {
        endTasks();
        endOffloads();
        reportUnread();
        loop.scheduler.endIdle();
    }

    private void endTasks() {
        underWay = true;
        if (loop.taskCount() == 0) {
            return;
        }
        loop.root().request(new CancelReason(CancelReason.Kind.SHUTDOWN, loop.name() + " shuts down", null));
        boolean ended = turnUntil(() -> loop.taskCount() == 0);
        refused = ended ? List.of() : report("task(s)", "being cancelled", tasks());
    }

    /** Only bodies whose tasks have left them, or have refused to end, are still there. */
    private void endOffloads() {
        OffloadPool pool = loop.offload();
        int busy = pool.interruptAll();
        if (busy == 0) {
            return;
        }
        loop.external += busy;
        boolean ended = turnUntil(pool::isIdle);
        loop.external -= busy;
        if (!ended) {
            report("offloaded body(s)", "being interrupted", pool.bodies().stream().map(Shutdown::stay).toList());
        }
    }

    private void reportUnread() {
        if (!loop.unread().isEmpty()) {
            loop.soon(() -> Unread.reportAll(loop.unread()));
            loop.scheduler.turn(0, true);
        }
    }

    /** Turns the loop until something is over; false if that took longer than the shutdown timeout. */
    private boolean turnUntil(BooleanSupplier over) {
        // On both clocks: a virtual one may jump to the end at once, or never move.
        long bound = Nanos.of(loop.options().shutdownTimeout());
        long real = System.nanoTime() + bound;
        long limit = loop.now() + bound;
        loop.scheduler.visitOften(true);
        while (!over.getAsBoolean()) {
            long left = Math.min(limit - loop.now(), real - System.nanoTime());
            if (left <= 0) {
                break;
            }
            loop.scheduler.turn(left, false);
        }
        loop.scheduler.visitOften(false);
        return over.getAsBoolean();
    }

    // ---- the report

    /** What stays, and the thread whose stack tells why; null if it has none yet. */
    private record Stay(String what, @Nullable Thread thread) {}

    private List<Stay> tasks() {
        var left = new ArrayList<Stay>();
        loop.root().eachTask(task -> {
            Coroutine holder = task.coroutine;
            left.add(new Stay(task.toString(), holder == null ? null : holder.thread));
        });
        return left;
    }

    private static Stay stay(Offload<?> body) {
        return new Stay(body.describe(), body.thread());
    }

    /** The stacks are suppressed exceptions: every logger prints them. */
    private List<String> report(String sort, String after, List<Stay> left) {
        List<String> names = left.stream().map(Stay::what).toList();
        var failure = new IllegalStateException(left.size() + " " + sort + " did not end within "
                + loop.options().shutdownTimeout() + " of " + after + " at the end of " + loop.name() + ": " + names);
        for (Stay stay : left) {
            if (stay.thread != null) {
                var stack = new Throwable("where it is: " + stay.what);
                stack.setStackTrace(Traces.of(stay.thread.getStackTrace()).toArray(StackTraceElement[]::new));
                failure.addSuppressed(stack);
            }
        }
        loop.soon(() -> loop.report(new ErrorReport(ErrorReport.Kind.SHUTDOWN, "shutdown incomplete", failure, null)));
        loop.scheduler.turn(0, true);
        return names;
    }
}
