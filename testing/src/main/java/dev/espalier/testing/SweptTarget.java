package dev.espalier.testing;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaits;
import dev.espalier.core.Body;
import dev.espalier.core.CancelReason;
import dev.espalier.core.CancelScope;
import dev.espalier.core.CancelledError;
import dev.espalier.core.Deadline;
import dev.espalier.core.EventLoop;
import dev.espalier.core.GroupException;
import dev.espalier.core.Promise;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.Sweep.Kind;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The target of one run: it runs in a task of its own, in a group with a sibling, in a scope; what is cut is one of
 * these. Afterwards it is judged.
 *
 * <p>Written and read by the holder of the turn; read by the worker when the run is over.
 */
final class SweptTarget {
    private static final String REASON = "the sweep of cancellations";
    private static final Sweep.Options NO_SWEEP = Sweep.Options.defaults(); // of runs outside one, which are many

    private final Sweep.Options options;
    private final boolean counted; // false outside a sweep: nobody asks for its awaits
    private final Cutter.@Nullable Moment moment; // null: it is left alone
    private final Map<String, Long> usual; // effects of the target in the run without a cut
    private final Map<String, Conserved> conserved = new LinkedHashMap<>();
    private final Map<String, Long> effects = new HashMap<>(); // once it has ended

    private @Nullable LoopRun run;
    private @Nullable Cutter cutter; // once it has begun
    private @Nullable CancelScope scope;
    private @Nullable TaskGroup group;
    private @Nullable Task<?> task;
    private @Nullable Promise<Boolean> failNow; // for the sibling, if there is one
    private LoopTester.@Nullable Hold untilNoticed; // an interrupt comes from outside the loop
    private Awaitable.@Nullable State<?> end;

    private record Conserved(LongSupplier now, long before) {}

    /** Fails a group. */
    private static final class SiblingFailure extends RuntimeException {
        private static final long serialVersionUID = 1;

        SiblingFailure() {
            super(REASON);
        }
    }

    SweptTarget(Sweep.Options options, Cutter.@Nullable Moment moment, Map<String, Long> usual) {
        this(options, true, moment, usual);
    }

    private SweptTarget(
            Sweep.Options options, boolean counted, Cutter.@Nullable Moment moment, Map<String, Long> usual) {
        this.options = options;
        this.counted = counted;
        this.moment = moment;
        this.usual = usual;
    }

    /** Of a run outside a sweep. */
    static SweptTarget undisturbed() {
        return new SweptTarget(NO_SWEEP, false, null, Map.of());
    }

    // ---- in the test body

    void conserve(String name, LongSupplier now) {
        if (cutter != null) {
            throw new IllegalStateException("'" + name + "' is to be conserved by the target, which has run already; "
                    + "call conserve before swept");
        }
        if (conserved.putIfAbsent(name, new Conserved(now, now.getAsLong())) != null) {
            throw new IllegalArgumentException(
                    "'" + name + "' is conserved already; give each number a name of its own");
        }
    }

    @Awaits
    <T extends @Nullable Object, X extends Throwable> Awaitable.State<T> run(
            LoopRun around, Body<? extends T, ? extends X> body) throws X {
        run = around;
        if (cutter != null) {
            throw new IllegalStateException("swept was called twice in one run; a run has one target");
        }
        CancelScope.run(opened -> {
            scope = opened;
            runInGroup(around, body);
        });
        if (!conserved.isEmpty() && around.outside() == 0) {
            around.settle(); // others may still be about to do their part
        }
        @SuppressWarnings("unchecked") // the end of this body
        var state = (Awaitable.State<T>) ended();
        if (state instanceof Awaitable.Failed<T>(var failure) && !options.allows(failure)) {
            throw SweptTarget.<X>sneaky(failure);
        }
        judge(state);
        return state;
    }

    @SuppressWarnings("unchecked") // the body threw it, so it is an X or unchecked
    private static <X extends Throwable> X sneaky(Throwable failure) {
        return (X) failure;
    }

    @Awaits
    private void runInGroup(LoopRun around, Body<?, ?> body) {
        try {
            TaskGroup.run(opened -> {
                group = opened;
                Task<?> started = opened.start("target", () -> call(body));
                task = started;
                if (isCutBy(Kind.FAIL)) {
                    Promise<Boolean> told = Promise.create("the cut of the sweep");
                    failNow = told;
                    opened.start("sibling", () -> fail(told));
                }
                cutter = new Cutter(around, started, moment, options.cleanUp(), this);
                if (counted) {
                    EventLoop.current().addInstrument(cutter);
                }
                try {
                    started.join();
                } finally {
                    opened.cancel("the target has ended");
                }
            });
        } catch (GroupException e) {
            if (!e.leaves().stream().allMatch(SiblingFailure.class::isInstance)) {
                throw e;
            }
        } finally {
            if (cutter != null) {
                EventLoop.current().removeInstrument(cutter);
            }
            noticed();
        }
    }

    @Awaits
    private static void fail(Promise<Boolean> told) {
        told.await();
        throw new SiblingFailure();
    }

    // ---- in the task of the target

    @Awaits
    private void call(Body<?, ?> body) {
        if (isCutBy(Kind.INTERRUPT)) {
            CancelScope.run(inner -> {
                inner.onCancel(this::noticed);
                measure(body);
            });
        } else {
            measure(body);
        }
    }

    /** Nothing that the body throws is lost: it is the end that the caller of {@code swept} gets. */
    @Awaits
    private void measure(Body<?, ?> body) {
        try {
            end = new Awaitable.Succeeded<>(body.run());
        } catch (CancelledError e) {
            end = new Awaitable.Cancelled<>(e.reason());
        } catch (Throwable e) {
            end = new Awaitable.Failed<>(e);
        }
        begun().targetEnded();
    }

    // ---- for the cutter

    private boolean isCutBy(Kind kind) {
        return moment != null && moment.cut().kind() == kind;
    }

    /** Called with the turn, at the moment of the cut. */
    void cut() {
        if (moment == null || scope == null || task == null) {
            throw new AssertionError("no target to cut");
        }
        switch (moment.cut().kind()) {
            case CANCEL -> task.cancel(REASON);
            case SCOPE -> scope.cancel(REASON);
            case TIMEOUT -> scope.reschedule(new Deadline(EventLoop.current().now()));
            case INTERRUPT -> interrupt();
            case FAIL -> {
                if (failNow != null) {
                    failNow.succeed(true);
                }
            }
        }
    }

    private void interrupt() {
        Thread thread = begun().thread();
        if (thread != null && run != null) {
            untilNoticed = run.holdTime();
            thread.interrupt();
        }
    }

    private void noticed() {
        if (untilNoticed != null) {
            untilNoticed.close();
        }
    }

    /** Whether this is the reason of the cut, and not one of a scope of the target's own. */
    boolean isOurs(CancelReason reason) {
        if (moment == null || scope == null || group == null) {
            return false;
        }
        return switch (moment.cut().kind()) {
            case CANCEL -> reason.message().equals(REASON);
            case SCOPE, TIMEOUT -> scope.cancelReason().filter(reason::equals).isPresent();
            case INTERRUPT -> reason.kind() == CancelReason.Kind.INTERRUPT;
            case FAIL -> group.scope().cancelReason().filter(reason::equals).isPresent();
        };
    }

    // ---- the judgement

    private void judge(Awaitable.State<?> state) {
        Cutter watched = begun();
        if (watched.wasMade()) {
            judgeEnd(state, watched);
        }
        conserved.forEach((name, number) -> {
            long effect = number.now.getAsLong() - number.before;
            effects.put(name, effect);
            if (moment != null) {
                judge(name, number.before, effect, state);
            }
        });
    }

    private void judgeEnd(Awaitable.State<?> state, Cutter watched) {
        String late = watched.overdue();
        if (late != null) {
            throw new AssertionError("the target met its cancellation and did not end within " + options.cleanUp()
                    + " of virtual time after that; a target that may need time to clean up is declared by "
                    + "Sweep.Options.withCleanUp\n" + late);
        }
        String swallower = watched.swallowedBy(state instanceof Awaitable.Succeeded<?>);
        if (swallower != null && !options.mayReturn()) {
            throw new AssertionError("task '" + swallower + "' has swallowed its cancellation: an await threw it, and "
                    + "the task returned. Let CancelledError pass: catch Exception instead of Throwable, or rethrow it; "
                    + "a target that means it is declared by Sweep.Options.withMayReturn");
        }
        if (state instanceof Awaitable.Cancelled<?>(var reason) && !isOurs(reason) && !watched.hasMet(reason)) {
            throw new AssertionError("the target ended with a CancelledError that none of its awaits threw: " + reason
                    + ". It was kept from somebody else's cancellation");
        }
    }

    private void judge(String name, long before, long effect, Awaitable.State<?> state) {
        boolean returned = state instanceof Awaitable.Succeeded<?>;
        boolean whole = effect == usual.getOrDefault(name, 0L);
        boolean none = effect == 0;
        if (returned ? whole || (none && !begun().met().isEmpty()) : none) {
            return;
        }
        throw new AssertionError("'" + name + "' is not conserved: it was " + before + " before the target and is "
                + (before + effect) + " after it. A target that returns has its full effect, which is "
                + usual.getOrDefault(name, 0L) + " in the undisturbed run, and any other has none; this one "
                + describe(state));
    }

    // ---- afterwards

    /** What the target has done to each number. */
    Map<String, Long> effects() {
        return effects;
    }

    boolean hasBegun() {
        return cutter != null;
    }

    Cutter begun() {
        if (cutter == null) {
            throw new AssertionError("the target has not begun");
        }
        return cutter;
    }

    private Awaitable.State<?> ended() {
        return end == null ? Awaitable.State.pending() : end;
    }

    /** How the target ended, and where it met its cancellation. */
    String describe() {
        if (cutter == null || !cutter.wasMade()) {
            return "the cut was not made";
        }
        var text = new StringBuilder("the target ").append(describe(ended()));
        for (Cutter.Met met : cutter.met()) {
            text.append("\n  its cancellation was met by task '").append(met.task()).append('\'');
            Report.frames(text, "was", met.stack());
        }
        return text.toString();
    }

    private static String describe(Awaitable.State<?> state) {
        return switch (state) {
            case Awaitable.Pending<?> _ -> "has not ended";
            case Awaitable.Succeeded<?>(var value) -> "returned " + value;
            case Awaitable.Failed<?>(var failure) -> "failed with " + failure;
            case Awaitable.Cancelled<?>(var reason) -> "was cancelled: " + reason;
        };
    }
}
