package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.spi.LoopStatistics;
import dev.espalier.core.spi.ReadyOrder;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs one recipe on one engine, cancelled in every way at every position.
 *
 * <p>A run has a driving task and the swept task. The driver looks at the swept task once in each tick, so it sees
 * it between any two of its steps. When nothing else can go on it runs the recipe's next wake-up. A {@link Cut} says
 * at which look, how and on which side of the wake-up it cancels; at look 0 the swept task has not begun. A first
 * run without a cut counts the looks. All runs are made twice: as they are, and with an operation budget of
 * zero, so that each await that needs no waiting gives way, and what it had looked at may have changed when it goes
 * on.
 */
final class Sweep implements AutoCloseable {
    private static final long[] SEEDS = {1, 2, 3, 4};
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int MOST_LOOKS = 10_000;
    private static final Field WAITING_ON = field("waitingOn");

    /** How a cancellation comes. */
    enum Kind {
        TASK(CancelReason.Kind.REQUEST),
        SCOPE(CancelReason.Kind.REQUEST),
        DEADLINE(CancelReason.Kind.DEADLINE),
        INTERRUPT(CancelReason.Kind.INTERRUPT);

        private final CancelReason.Kind reason;

        Kind(CancelReason.Kind reason) {
            this.reason = reason;
        }

        /** Whether the scope around the call is cancelled, and so absorbs; else it is the whole task. */
        boolean ofScope() {
            return this == SCOPE || this == DEADLINE;
        }
    }

    /** Where the cancellation lies in a look. */
    enum Side {
        ALONE,
        BEFORE_WAKE,
        AFTER_WAKE
    }

    record Cut(int look, Kind kind, Side side) {
        static final Cut NEVER = new Cut(-1, Kind.TASK, Side.ALONE);
    }

    private final Recipe recipe;
    // no operation budget at all, so that a call gives way at each await where it need not wait
    private final boolean spent;
    private final LoopFixture loops;
    private final EventLoop loop;
    private ReadyOrder order = ReadyOrder.FIFO; // by the test's thread, between runs

    private Sweep(Recipe recipe, LoopOptions.Engine engine, boolean spent) {
        this.recipe = recipe;
        this.spent = spent;
        this.loops = new LoopFixture(engine);
        LoopOptions options = recipe.is(Recipe.Trait.REAL_TIME) ? loops.realTime() : loops.options();
        this.loop = loops.open(options.withOrder(ready -> order.choose(ready))
                .withOperationBudget(spent ? 0 : options.operationBudget())
                .withShutdownTimeout(Duration.ofSeconds(1)));
    }

    /** Sweeps; returns how many runs that took. */
    static int sweep(Recipe recipe, LoopOptions.Engine engine) {
        int runs = 0;
        for (boolean spent : new boolean[] {false, true}) {
            try (var sweep = new Sweep(recipe, engine, spent)) {
                runs += sweep.sweep();
            }
        }
        return runs;
    }

    @Override
    public void close() {
        loop.close();
    }

    private int sweep() {
        Run baseline = run(Cut.NEVER, "in order");
        int runs = 1;
        for (Cut cut : cuts(baseline)) {
            run(cut, "in order");
            runs++;
        }
        String replayed = System.getProperty("espalier.sweep.seed");
        if (replayed != null) {
            run(baseline, Long.parseLong(replayed));
            return runs + 1;
        }
        for (long seed : SEEDS) {
            run(baseline, seed);
        }
        int fresh = Integer.getInteger("espalier.sweep.orders", 1);
        for (int i = 0; i < fresh; i++) {
            run(baseline, System.nanoTime());
        }
        loops.assertNothingReported();
        return runs + SEEDS.length + fresh;
    }

    private static List<Cut> cuts(Run baseline) {
        var cuts = new ArrayList<Cut>();
        for (Kind kind : Kind.values()) {
            for (int look = 0; look < baseline.looks; look++) {
                cuts.add(new Cut(look, kind, Side.ALONE));
            }
            if (kind != Kind.INTERRUPT) { // which takes effect in the next tick
                for (int look : baseline.wakeLooks) {
                    cuts.add(new Cut(look, kind, Side.BEFORE_WAKE));
                    cuts.add(new Cut(look, kind, Side.AFTER_WAKE));
                }
            }
        }
        return cuts;
    }

    /** Order and cut by a seed. */
    private void run(Run baseline, long seed) {
        var ready = new SplittableRandom(seed);
        var random = new SplittableRandom(~seed);
        order = view -> ready.nextInt(view.size());
        Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
        Side side = kind == Kind.INTERRUPT ? Side.ALONE : Side.values()[random.nextInt(Side.values().length)];
        var cut = new Cut(random.nextInt(2 * baseline.looks), kind, side);
        run(cut, "in the order of seed " + seed + " (again with -Despalier.sweep.seed=" + seed
                + " and -Despalier.sweep.only=" + recipe.target() + ")");
        order = ReadyOrder.FIFO;
    }

    private Run run(Cut cut, String ordered) {
        var run = new Run(cut);
        try {
            loop.<Throwable>run(run::drive);
            return run;
        } catch (Throwable thrown) {
            // after which the run may not have come to its end
            Throwable e = run.failure == null ? thrown : run.failure;
            throw new AssertionError(recipe + ", " + loops.engine + (spent ? ", without a budget, " : ", ")
                    + ordered + ", " + run + ": " + e.getMessage(), e);
        }
    }

    /** One run. All fields by the holder of the turn. */
    private final class Run {
        private final Cut cut;
        private final List<Integer> wakeLooks = new ArrayList<>();
        private Situation at;
        private Task<?> swept;
        private CancelScope around;
        private OptionalLong timer; // the next one, before this look changed anything

        // how it went
        private int looks;
        private boolean issued; // the cancellation
        private boolean hit; // it met the call before or while that waited
        private boolean cutShort; // it ended a wait of the call
        private boolean handed; // before it the last wake-up had handed over what was waited for
        private String where = "not cancelled";
        private boolean returned;
        private boolean survived; // an await after the call
        private boolean absorbed;
        private Object value;
        private Throwable thrown;
        private Throwable failure; // of the run

        private Run(Cut cut) {
            this.cut = cut;
        }

        private void drive() throws Throwable {
            TaskGroup.run(group -> {
                at = new Situation(group);
                recipe.build().run(at);
                Waits.settle();
                at.call(); // there is one
                swept = group.start("swept", this::call);
                try {
                    watch();
                } catch (Throwable e) {
                    failure = e;
                    throw e;
                }
                group.cancel("the run is over");
            });
            at.end();
            awaitThreads();
            Waits.settle();
            assertQuiet(loop.statistics());
        }

        private void watch() throws Throwable {
            for (; swept.state() instanceof Awaitable.Pending; looks++) {
                assertThat(looks).as("ticks of a run that does not end, with " + swept).isLessThan(MOST_LOOKS);
                look();
                checkpoint();
            }
            Waits.settle();
            judge();
            at.assertNoWaiterLeft(swept);
            assertThat(swept.offered).as("what the task still offers to take").isNull();
            at.check(returned, cutShort, value);
        }

        /** The body of the swept task. */
        private void call() {
            absorbed = !CancelScope.run(scope -> {
                around = scope;
                try {
                    value = at.call().run();
                    returned = true;
                } catch (CancelledError e) {
                    thrown = e;
                    throw e;
                } catch (Throwable e) {
                    thrown = e;
                    return;
                }
                checkpoint();
                survived = true;
            });
        }

        private void look() throws Throwable {
            boolean cutNow = cut.look == looks;
            boolean stuck = isStuck();
            boolean last = false;
            timer = loop.nextTimer();
            if (cutNow && cut.side != Side.AFTER_WAKE) {
                issue();
            }
            if (stuck && !(cutNow && cut.side == Side.ALONE)) {
                assertDoesNotWaitOn(cutNow);
                wakeLooks.add(looks);
                last = wakeNext();
            }
            if (cutNow && cut.side == Side.AFTER_WAKE) {
                handed = stuck && last && !isParked();
                issue();
            }
        }

        /** A call that was cancelled ends by itself, but for methods that promise to clean up first. */
        private void assertDoesNotWaitOn(boolean cutNow) {
            if (issued && !cutNow && at.hasWake() && !recipe.is(Recipe.Trait.MAY_COMPLETE)) {
                assertThat(recipe.is(Recipe.Trait.CLEANS_UP))
                        .as("the call was cancelled and waits on: " + swept)
                        .isTrue();
            }
        }

        /** Nothing but a wake-up lets the call go on. */
        private boolean isStuck() {
            return loop.statistics().ready() == 0 && isParked();
        }

        private boolean isParked() {
            return waitingOn(swept) != null;
        }

        /** Says whether it was the last one of the recipe's own. */
        private boolean wakeNext() throws Throwable {
            if (at.hasWake()) {
                at.runWake();
                return !at.hasWake();
            }
            if (recipe.is(Recipe.Trait.REAL_TIME) || loop.statistics().external() > 0) {
                awaitForeign();
            } else if (timer.isPresent()) {
                timePasses(timer.getAsLong());
            } else if (isParked()) {
                throw new AssertionError(swept + " waits, and the recipe has no further wake-up");
            }
            return false;
        }

        private void timePasses(long moment) {
            loops.time.jumpTo(moment);
            TimerHeap timers = loop.scheduler.timers;
            for (Schedulable due = timers.pollDue(moment); due != null; due = timers.pollDue(moment)) {
                due.timerFired();
            }
        }

        /** Bodies that were abandoned end on their threads, and tell the loop. */
        private void awaitThreads() {
            long limit = System.nanoTime() + PATIENCE.toNanos();
            while (loop.offloadStatistics().busy() > 0) {
                assertThat(System.nanoTime() - limit).as("an abandoned body does not end").isNegative();
                LockSupport.parkNanos(20_000);
                checkpoint();
            }
        }

        /** Another thread or the system has something under way. */
        private void awaitForeign() {
            long limit = System.nanoTime() + PATIENCE.toNanos();
            while (isStuck()) {
                assertThat(System.nanoTime() - limit)
                        .as("nothing came from outside the loop in time for " + swept)
                        .isNegative();
                LockSupport.parkNanos(20_000);
                checkpoint();
            }
        }

        private void issue() {
            boolean begun = around != null;
            if (!begun && cut.kind != Kind.TASK) {
                return; // it has neither scope nor thread
            }
            boolean parked = isParked();
            boolean stuck = isStuck() && (!at.hasRunWakes() || loop.statistics().external() == 0);
            where = begun ? swept.toString() : "before the call";
            issued = true;
            switch (cut.kind) {
                case TASK -> swept.cancel("swept");
                case SCOPE -> around.cancel("swept");
                case DEADLINE -> deadlinePasses();
                case INTERRUPT -> interrupt();
            }
            hit = !begun || (cut.kind == Kind.INTERRUPT ? stuck && cut.side == Side.ALONE : parked && !isParked());
            cutShort = hit && begun;
        }

        private void deadlinePasses() {
            if (recipe.is(Recipe.Trait.REAL_TIME)) {
                around.reschedule(new Deadline(loop.now()));
            } else {
                around.reschedule(new Deadline(loop.now() + 1));
                timePasses(loop.now() + 1);
            }
        }

        /** The interrupted thread notices on its own, and tells the loop. */
        private void interrupt() {
            swept.coroutine.thread.interrupt();
            long limit = System.nanoTime() + PATIENCE.toNanos();
            while (!swept.isEffective() && swept.state() instanceof Awaitable.Pending) {
                assertThat(System.nanoTime() - limit).as("an interrupt does not cancel " + swept).isNegative();
                LockSupport.parkNanos(20_000);
                checkpoint();
            }
        }

        private void judge() {
            boolean cancelled = thrown instanceof CancelledError;
            if (thrown != null && !cancelled) {
                throw new AssertionError("the call failed with " + thrown, thrown);
            }
            if (!issued) {
                assertThat(returned).as("nobody cancelled: the call returns").isTrue();
                return;
            }
            if (hit && !recipe.is(Recipe.Trait.MAY_COMPLETE)) {
                assertThat(cancelled)
                        .as("a call that is cancelled while it waits or before throws CancelledError")
                        .isTrue();
            }
            if (handed && recipe.is(Recipe.Trait.CARRIES)) {
                assertThat(returned).as("the wake-up carried a value, so the call returns it (S4)").isTrue();
            }
            if (hit || cut.kind != Kind.INTERRUPT) {
                assertDelivered(cancelled);
            }
        }

        /** The cancellation came out: of the call, or of the next await. */
        private void assertDelivered(boolean cancelled) {
            assertThat(survived)
                    .as("an await after the call that was cancelled goes through: the cancel was swallowed")
                    .isFalse();
            if (cancelled) {
                CancelReason.Kind why = ((CancelledError) thrown).reason().kind();
                boolean ownLimitToo = (!hit || cut.side != Side.ALONE) && why == CancelReason.Kind.DEADLINE;
                assertThat(ownLimitToo || why == cut.kind.reason).as("why the call was cancelled: " + why).isTrue();
            }
            assertThat(absorbed).as("the cancelled scope absorbs").isEqualTo(cut.kind.ofScope());
            assertThat(swept.state()).as("the end of the task").isInstanceOf(
                    cut.kind.ofScope() ? Awaitable.Succeeded.class : Awaitable.Cancelled.class);
        }

        private void assertQuiet(LoopStatistics end) {
            assertThat(end.tasks()).as("tasks left, beside the driving one").isEqualTo(1);
            assertThat(end.ready()).as("items left that are ready").isZero();
            assertThat(end.timers()).as("timers left").isZero();
            assertThat(end.external()).as("waits for something outside left").isZero();
            assertThat(loops.takeReports()).as("reports to the error sink").isEmpty();
        }

        @Override
        public String toString() {
            return cut == Cut.NEVER || !issued
                    ? "not cancelled"
                    : "cancelled by " + cut.kind + " at look " + cut.look + ", " + cut.side + ", at: " + where;
        }
    }

    private static Object waitingOn(Task<?> task) {
        try {
            return WAITING_ON.get(task);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private static Field field(String name) {
        try {
            Field field = Task.class.getDeclaredField(name);
            field.setAccessible(true);
            return field;
        } catch (NoSuchFieldException e) {
            throw new AssertionError("the sweep reads a field that Task no longer has", e);
        }
    }
}
