package dev.espalier.testing;

import dev.espalier.core.Awaits;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import dev.espalier.core.spi.ErrorReport;
import dev.espalier.core.spi.TaskSnapshot;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body of one run with its background: how it ends, what it leaves, and what of all that the run fails with.
 *
 * <p>State without a word to the contrary is written and read by the holder of the loop's turn, and by the driver while
 * nobody holds it.
 */
final class TestBody {
    private final LoopRun run;

    private @Nullable Task<?> main;
    private @Nullable TaskGroup background;
    private boolean ended;
    private boolean givenUp; // the driver has a verdict, before the body has ended
    private boolean closing; // the verdict has been given
    private @Nullable Throwable thrown; // by the body
    private @Nullable Throwable outcome; // of the body with its background
    private List<TaskSnapshot> orphans = List.of(); // children of groups that the body left open
    private final List<Throwable> reported = new ArrayList<>(); // failures without a caller
    private @Nullable Pieces pieces; // of the body; null: it is one. Written before the run begins

    TestBody(LoopRun run) {
        this.run = run;
    }

    /** The body comes in these pieces. */
    void comesIn(Pieces parts) {
        pieces = parts;
    }

    // ---- in its task

    @Awaits
    void perform(LoopTester tester, VoidBodyWith<? super LoopTester, ?> body) {
        main = Task.current();
        try {
            TaskGroup.run(group -> {
                background = group;
                try {
                    body.run(tester);
                } catch (Throwable e) {
                    thrown = e;
                    throw e;
                } finally {
                    orphans = givenUp ? List.of() : orphans(group); // there is a better reason by then
                    group.cancel("the test body has ended");
                }
            });
        } catch (Throwable e) {
            outcome = e;
        } finally {
            ended = true;
        }
    }

    /** The tasks below the body's own that are not in the background: a body that leaves its groups has none. */
    private List<TaskSnapshot> orphans(TaskGroup group) {
        if (run.loop().statistics().tasks() <= 1) {
            return List.of();
        }
        Set<Long> serving = new HashSet<>();
        group.children().forEach(child -> serving.add(child.id()));
        Set<Long> left = new HashSet<>(Set.of(taskId()));
        var found = new ArrayList<TaskSnapshot>();
        for (TaskSnapshot task : run.loop().tasks()) {
            if (serving.contains(task.parentId())) {
                serving.add(task.id());
            } else if (left.contains(task.parentId()) && !serving.contains(task.id())) {
                left.add(task.id());
                found.add(task);
            }
        }
        return found;
    }

    /** The group around it; null before it begins and after its end. */
    @Nullable TaskGroup background() {
        return ended ? null : background;
    }

    boolean ended() {
        return ended;
    }

    /** The number of its task; 0 before it begins. */
    long taskId() {
        Task<?> task = main;
        return task == null ? 0 : task.id();
    }

    // ---- failures

    /** The error sink of the loop. */
    void report(ErrorReport report) {
        if (closing && run.options().leaks() == LoopTester.Leaks.IGNORE) {
            return; // only what is left can still fail
        }
        Throwable failure = Failures.of(report);
        if (!survives(failure)) {
            reported.add(failure);
            cancel("a failure without a caller fails the test: " + report.exception());
        }
    }

    /** Whether the run goes on after a verdict: then only a piece of the body has failed, and the next ones clean up. */
    boolean survives(Throwable verdict) {
        if (pieces == null || !pieces.giveUp(verdict)) {
            return false;
        }
        cancel("a part of the test was given up: " + verdict.getClass().getSimpleName());
        return true;
    }

    void giveUp(String reason) {
        givenUp = true;
        cancel(reason);
    }

    /** Cancels the body, unless it has ended. */
    private void cancel(String reason) {
        Task<?> task = main;
        if (task != null && !ended) {
            task.cancel(reason);
        }
    }

    /** From here on only clean-up runs. */
    void close() {
        closing = true;
    }

    /** Adds a failure that came after the body. */
    void late(Throwable failure) {
        reported.add(failure);
    }

    // ---- afterwards

    /** What is left of the body's tasks: those that are alive, and those it had left without an owner. */
    List<TaskSnapshot> left() {
        var left = new ArrayList<>(orphans);
        run.loop().tasks().stream()
                .filter(task -> task.id() != taskId())
                .filter(task -> orphans.stream().noneMatch(orphan -> orphan.id() == task.id()))
                .forEach(left::add);
        return left;
    }

    /** What the run fails with, but for flags; null if it is well. Only after the driver has ended. */
    @Nullable Throwable failure(@Nullable Throwable verdict, @Nullable Throwable leaked) {
        var all = new ArrayList<@Nullable Throwable>();
        all.add(verdict);
        if (!orphans.isEmpty()) {
            // The open group spoils the end of the groups around it, so their complaint comes last.
            all.add(thrown);
            all.add(leaked);
        }
        all.add(outcome);
        all.addAll(reported);
        all.add(leaked);
        all.add(thrown); // a cancellation that its own group has absorbed: the body did not come to its end
        return Failures.first(all);
    }
}
