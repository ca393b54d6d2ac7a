package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.seconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.spi.LoopStatistics;
import dev.espalier.core.spi.ReadyOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/** What keeps one task from holding the others up. */
class FairnessTest {

    @BothEngines
    void s43WhatBecomesReadyInATickWaitsForTheNext(LoopFixture loops) {
        var order = new ArrayList<String>();
        try (EventLoop loop = loops.open(loops.options())) {
            loop.callSoon(() -> {
                order.add("a");
                loop.callSoon(() -> order.add("made by a"));
            });
            loop.callSoon(() -> order.add("b"));
            loop.runOnce(Duration.ZERO);
            assertThat(order).containsExactly("a", "b");
            loop.runOnce(Duration.ZERO);
        }
        assertThat(order).containsExactly("a", "b", "made by a");
    }

    /** Timers are looked at between two ticks, so a chain of callbacks cannot starve them. */
    @BothEngines
    void s43ATimerThatIsDueComesBetweenTheTicksOfAnEndlessChain(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options())) {
            var fired = new ArrayList<String>();
            loop.callLater(seconds(1), () -> fired.add("timer"));
            chain(loop);
            loops.time.poll(seconds(1).toNanos());
            loop.runOnce(Duration.ZERO);
            loop.runOnce(Duration.ZERO);
            assertThat(fired).containsExactly("timer");
        }
    }

    private static void chain(EventLoop loop) {
        loop.callSoon(() -> chain(loop));
    }

    @BothEngines
    void s44TaskThatNeverWaitsGivesWayWhenItsOperationsAreSpent(LoopFixture loops) {
        LoopStatistics end = afterAwaits(loops, loops.options().withOperationBudget(10), 110, Duration.ZERO);
        assertThat(end.forcedYields()).isEqualTo(10);
    }

    @BothEngines
    void s44WithABudgetOfZeroEachAwaitGivesWay(LoopFixture loops) {
        LoopStatistics end = afterAwaits(loops, loops.options().withOperationBudget(0), 110, Duration.ZERO);
        assertThat(end.forcedYields()).isEqualTo(110);
    }

    @BothEngines
    void s44OthersRunWhenItGivesWay(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options().withOperationBudget(10))) {
            loop.run(() -> {
                Task<?> done = ended();
                TaskGroup.run(group -> {
                    var seen = new ArrayList<Integer>();
                    for (int i = 0; i < 35; i++) {
                        int at = i;
                        if (i % 5 == 0) {
                            group.start(() -> seen.add(at));
                        }
                        done.join();
                    }
                    assertThat(seen).containsExactly(0, 5, 10, 15, 20, 25, 30);
                });
            });
        }
    }

    @BothEngines
    void s44BudgetIsThatOfOneStepAndNotOfTheTask(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options().withOperationBudget(10))) {
            loop.run(() -> {
                Task<?> done = ended();
                for (int i = 0; i < 20; i++) {
                    for (int k = 0; k < 9; k++) {
                        done.join();
                    }
                    checkpoint();
                }
                assertThat(loop.statistics().forcedYields()).isZero();
            });
        }
    }

    @BothEngines
    void s44TaskThatNeverWaitsGivesWayWhenItsTimeIsUp(LoopFixture loops) {
        LoopOptions options = loops.options().withOperationBudget(1_000_000).withTimeBudget(millis(10));
        LoopStatistics end = afterAwaits(loops, options, 1000, millis(1));
        assertThat(end.forcedYields()).as("of 1000 awaits of 1 ms each").isBetween(20L, 30L);
        assertThat(end.hog()).isEqualTo(new LoopStatistics.Hog("main", end.forcedYields()));
    }

    @BothEngines
    void s44WithoutATimeBudgetTimeDoesNotMatter(LoopFixture loops) {
        LoopOptions options = loops.options().withOperationBudget(1_000_000).withTimeBudget(Duration.ZERO);
        assertThat(afterAwaits(loops, options, 1000, seconds(1)).forcedYields()).isZero();
    }

    @BothEngines
    void s44QuickAwaitsAreNotMadeToGiveWayByTime(LoopFixture loops) {
        LoopOptions options = loops.options().withOperationBudget(128).withTimeBudget(millis(10));
        assertThat(afterAwaits(loops, options, 128 * 50, Duration.ofNanos(20)).forcedYields()).isEqualTo(49);
    }

    /** The statistics after a task awaited something that has ended so many times, each of which took so long. */
    private static LoopStatistics afterAwaits(LoopFixture loops, LoopOptions options, int count, Duration each) {
        try (EventLoop loop = loops.open(options)) {
            return loop.run(() -> {
                Task<?> done = ended();
                checkpoint();
                for (int i = 0; i < count; i++) {
                    done.join();
                    loops.time.poll(each.toNanos());
                }
                return loop.statistics();
            });
        }
    }

    private static Task<?> ended() {
        return TaskGroup.call(group -> group.start(() -> 1));
    }

    @BothEngines
    void theTaskThatGivesWayMostOftenIsNamed(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options().withOperationBudget(4))) {
            loop.run(() -> {
                Task<?> done = ended();
                TaskGroup.run(group -> {
                    group.start("modest", () -> joinOften(done, 10));
                    group.start("greedy", () -> joinOften(done, 100));
                    group.start("polite", () -> sleep(millis(1)));
                });
            });
            assertThat(loop.statistics().hog().task()).isEqualTo("greedy");
            assertThat(loop.statistics().hog().forcedYields()).isBetween(15L, 25L);
        }
    }

    @BothEngines
    void theHogIsFoundAmongManyThatGiveWayNowAndThen(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options().withOperationBudget(4))) {
            loop.run(() -> {
                Task<?> done = ended();
                TaskGroup.run(group -> {
                    for (int i = 0; i < 100; i++) {
                        group.start(() -> joinOften(done, 10));
                    }
                    group.start("greedy", () -> joinOften(done, 2000));
                });
            });
            assertThat(loop.statistics().hog().task()).isEqualTo("greedy");
        }
    }

    private static void joinOften(Task<?> done, int times) {
        for (int i = 0; i < times; i++) {
            done.join();
        }
    }

    /** No order is promised between independent tasks, so a seed may shuffle them, and each still runs once a tick. */
    @BothEngines
    void s45AnyOrderOfIndependentTasksIsALegalRun(LoopFixture loops) {
        long seed = ThreadLocalRandom.current().nextLong();
        var random = new java.util.Random(seed);
        ReadyOrder shuffled = ready -> random.nextInt(ready.size());
        var rounds = new ArrayList<Integer>();
        try (EventLoop loop = loops.open(loops.options().withOrder(shuffled))) {
            loop.run(() -> TaskGroup.run(group -> {
                for (int i = 0; i < 20; i++) {
                    group.start(() -> {
                        for (int round = 0; round < 5; round++) {
                            rounds.add(round);
                            checkpoint();
                        }
                    });
                }
            }));
        }
        assertThat(rounds).as("seed " + seed).hasSize(100).isSorted();
    }

    @Test
    void budgetsAreChecked() {
        LoopOptions defaults = LoopOptions.defaults();
        for (ThrowingOption option : List.<ThrowingOption>of(
                defaults::withTimeBudget, defaults::withSlowStep, defaults::withBlockedAfter)) {
            assertThatThrownBy(() -> option.with(millis(-1))).hasMessageContaining("must not be negative: PT-0.001S");
        }
    }

    private interface ThrowingOption {
        LoopOptions with(Duration value);
    }
}
