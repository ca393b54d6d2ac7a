package dev.espalier.testing;

import dev.espalier.core.Awaitable;
import dev.espalier.core.CancelReason;
import dev.espalier.core.CancelledError;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Task;
import dev.espalier.core.spi.Instrument;
import dev.espalier.core.spi.TaskSnapshot;
import dev.espalier.testing.Sweep.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/*
 * Counts the awaits of the target and of the tasks it has started, its tree, and makes one cut at one of them.
 *
 * Steps and awaits of the tree are counted in the order in which they come, so a run that does the same until the cut
 * counts the same. That a task has given its turn away is known only with the next event: it may have ended instead.
 *
 *   BEFORE   when the step begins that comes to the await
 *   PARKED   before the next step of anybody, or in a callback if nobody has one
 *   QUIET    in a callback that finds nothing else ready; it comes again and again until then
 *   WOKEN    as PARKED, from the wake-up on
 *
 * Never in the midst of a step that ends: the task that gives its turn away there may be the one that is cancelled.
 *
 * All fields are written and read by the holder of the turn; read by the driving thread when the run is over.
 */
final class Cutter implements Instrument {
    /** An await, and what else one must know to find it again. By the cutter of the run without a cut. */
    static final class Found {
        final int number;
        final int step; // the one that came to it, among those of the tree
        final boolean gaveWay; // it did not wait
        boolean othersRan; // while it waited
        final Sweep.Await await;

        private Found(int number, int step, boolean gaveWay, Sweep.Await await) {
            this.number = number;
            this.step = step;
            this.gaveWay = gaveWay;
            this.await = await;
        }
    }

    /** An await that threw the cancellation of the sweep. */
    record Met(String task, List<StackTraceElement> stack) {}

    /** Where to cut: a cut, and the step that comes to its await. */
    record Moment(Sweep.Cut cut, int step) {}

    private final EventLoop loop = EventLoop.current();
    private final LoopRun run;
    private final Task<?> target;
    private final @Nullable Moment moment;
    private final SweptTarget cuts;
    private final long cleanUp; // nanoseconds

    private final Set<Long> tree = new HashSet<>();
    private @Nullable Thread thread; // of the target
    private @Nullable Task<?> current; // of the tree, while it has the turn
    private @Nullable Task<?> left; // of the tree: it has given its turn away, and may have ended
    private @Nullable TaskSnapshot leftAs;
    private boolean gaveWay; // in this step: ready before it gave its turn away
    private boolean ended; // the target
    private int steps;
    private final List<Found> found = new ArrayList<>();
    private final Map<Long, Found> waiting = new HashMap<>(); // by number of task

    private boolean armed; // the cut is made at the next chance
    private boolean over; // made, or missed
    private boolean made;
    private boolean neverQuiet; // the wait was over before nothing else could go on
    private final List<Met> met = new ArrayList<>();
    private final Set<Long> metBy = new HashSet<>(); // numbers of tasks
    private @Nullable String swallowedBy; // a task that the target has started
    private final Set<CancelReason> reasons = new HashSet<>(); // of all cancellations that the tree met
    private long metAt;
    private @Nullable String overdue;

    Cutter(LoopRun run, Task<?> target, @Nullable Moment moment, Duration cleanUp, SweptTarget cuts) {
        this.run = run;
        this.target = target;
        this.moment = moment;
        this.cleanUp = VirtualClock.nanosOf(cleanUp);
        this.cuts = cuts;
        tree.add(target.id());
    }

    // ---- the events

    @Override
    public void taskStarted(Task<?> task) {
        if (current != null) {
            tree.add(task.id());
        }
    }

    @Override
    public void beforeStep(Task<?> task) {
        settleLeft();
        goesOn(waiting.remove(task.id())); // one that handed its turn to a fresh task is not scheduled
        waiting.values().forEach(await -> await.othersRan = true);
        cutIfArmed();
        if (ended || !tree.contains(task.id())) {
            checkTime();
            return;
        }
        current = task;
        gaveWay = false;
        steps++;
        if (task == target) {
            thread = Thread.currentThread();
        }
        if (isAt(Position.BEFORE) && moment != null && moment.step == steps) {
            cut();
        }
        checkTime();
    }

    @Override
    public void afterStep(Task<?> task) {
        if (task != current) {
            return;
        }
        current = null;
        left = task;
        if (moment == null) {
            leftAs = snapshots().stream().filter(one -> one.id() == task.id()).findFirst().orElse(null);
        } else if (!over && moment.cut.await() == found.size() + 1 && !isAt(Position.BEFORE)) {
            loop.callSoon(this::settleAndCut); // somebody must look before the loop comes to rest
        }
    }

    @Override
    public void taskScheduled(Task<?> task, long at) {
        if (task == current) {
            gaveWay = true;
            return;
        }
        if (task == left) {
            settleLeft();
        }
        goesOn(waiting.remove(task.id()));
    }

    private void goesOn(@Nullable Found woken) {
        if (woken != null && moment != null && woken.number == moment.cut.await()) {
            if (isAt(Position.WOKEN)) {
                arm();
            } else if (isAt(Position.QUIET) && !over) {
                over = true;
                neverQuiet = true;
            }
        }
    }

    @Override
    public void cancellationMet(Task<?> task, CancelledError error) {
        if (ended || !made || !tree.contains(task.id())) {
            return;
        }
        reasons.add(error.reason());
        if (!cuts.isOurs(error.reason())) {
            return; // of a scope of its own
        }
        metBy.add(task.id());
        if (met.isEmpty()) {
            metAt = run.clock().nanoTime();
        }
        met.add(new Met(task.name(), Report.known(List.of(Thread.currentThread().getStackTrace()))));
    }

    /** What was awaited had come before: the task returns it by right. */
    @Override
    public void cancellationDropped(Task<?> task, CancelledError error) {
        if (metBy.remove(task.id())) {
            met.removeIf(one -> one.task.equals(task.name()));
        }
    }

    @Override
    public void taskEnded(Task<?> task) {
        if (task == left) {
            left = null;
        }
        if (task != target && metBy.contains(task.id()) && task.state() instanceof Awaitable.Succeeded<?>) {
            swallowedBy = task.name();
        }
    }

    /** The body of the target is over, in its step. */
    void targetEnded() {
        ended = true;
        current = null;
    }

    // ---- counting

    private void settleLeft() {
        Task<?> task = left;
        if (task == null) {
            return;
        }
        left = null;
        int number = found.size() + 1;
        var await = new Found(number, steps, gaveWay, describe(number, task));
        found.add(await);
        if (!gaveWay) {
            waiting.put(task.id(), await);
        }
        if (moment == null || over || moment.cut.await() != number) {
            return;
        }
        switch (moment.cut.position()) {
            case PARKED -> armed = !gaveWay;
            case WOKEN -> armed = gaveWay;
            case QUIET -> cutWhenQuiet();
            case BEFORE -> over = true; // the step that came to it was another one
        }
    }

    private Sweep.Await describe(int number, Task<?> task) {
        TaskSnapshot as = leftAs;
        leftAs = null;
        boolean waits = as != null && !gaveWay && !as.waitingFor().equals("nothing: it runs");
        String waitingFor = as == null || !waits ? "its turn, for it gives way" : as.waitingFor();
        return new Sweep.Await(
                number, task.name(), waitingFor, as == null ? List.of() : List.of(Report.stack(as)));
    }

    private List<TaskSnapshot> snapshots() {
        return loop.tasks().stream().filter(task -> tree.contains(task.id())).toList();
    }

    // ---- the cut

    private boolean isAt(Position position) {
        return moment != null && moment.cut.position() == position;
    }

    private void arm() {
        armed = true;
        loop.callSoon(this::cutIfArmed);
    }

    private void settleAndCut() {
        settleLeft();
        cutIfArmed();
    }

    private void cutIfArmed() {
        if (armed) {
            cut();
        }
    }

    private void cutWhenQuiet() {
        if (over || ended) {
            return;
        }
        if (loop.statistics().ready() == 0) {
            cut();
        } else {
            loop.callSoon(this::cutWhenQuiet);
        }
    }

    private void cut() {
        armed = false;
        if (!over && !ended) {
            over = true;
            made = true;
            cuts.cut();
        }
    }

    /** Time has moved on since the target met its cancellation. */
    private void checkTime() {
        if (overdue == null && !ended && !met.isEmpty()
                && run.clock().nanoTime() - metAt > cleanUp) {
            overdue = run.describe(snapshots());
        }
    }

    // ---- afterwards

    @Nullable Thread thread() {
        return thread;
    }

    List<Found> found() {
        return found;
    }

    boolean wasMade() {
        return made;
    }

    /** The await to cut did not come. */
    boolean wasMissed() {
        return !made && !neverQuiet;
    }

    /** Where the cancellation was met, in order. */
    List<Met> met() {
        return met;
    }

    /** Who met the cancellation and returned all the same; null if nobody did. The target is judged by its end. */
    @Nullable String swallowedBy(boolean targetReturned) {
        return targetReturned && metBy.contains(target.id()) ? target.name() : swallowedBy;
    }

    boolean hasMet(CancelReason reason) {
        return reasons.contains(reason);
    }

    @Nullable String overdue() {
        return overdue;
    }

    @Override
    public String toString() {
        return "the sweep of cancellations" + (moment == null ? "" : ", " + moment.cut);
    }
}
