package dev.espalier.testing;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.shield;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Async.timeout;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.espalier.core.CancelledError;
import dev.espalier.core.Channel;
import dev.espalier.core.DeadlineExceededException;
import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBody;
import dev.espalier.testing.Engines.Options;
import dev.espalier.testing.LoopTester.Leaks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the options of a run do. */
class RunOptionsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration DAY = Duration.ofDays(1);

    // ---- a limit of virtual time

    @Engines
    @DisplayName("testing A14, S8: a ticker beside a body that waits in vain runs into the limit of virtual time")
    void endlessTickerRunsIntoTheVirtualLimit(LoopOptions.Engine engine) {
        var error = assertThrows(LivelockError.class, () -> LoopTester.run(Options.on(engine), t -> {
            t.background().start("ticker", () -> {
                while (true) {
                    sleep(DAY);
                }
            });
            sleepForever();
        }));
        assertThat(error)
                .hasMessageContaining("limit of PT8760H of virtual time is over")
                .hasMessageContaining("\n  in PT24H: sleep of task 'ticker' (2)")
                .hasMessageContaining("what ran first after the last jumps of the clock:\n  ")
                .hasMessageContaining("\n  PT8736H: Task[ticker, waits for its turn]")
                .hasMessageContaining("task 'test' (1, the test body) waits for its cancellation (sleepForever)")
                .hasMessageContaining("alive for PT8760H of virtual time");
        assertThat(error.getStackTrace()).anyMatch(frame -> frame.getClassName().equals(getClass().getName()));
    }

    @Engines
    @DisplayName("testing A14: the limit of virtual time includes its end, and holds for what the body moves by hand")
    void virtualLimitIncludesItsEnd(LoopOptions.Engine engine) {
        LoopTester.Options options = Options.on(engine).withVirtualTimeout(HOUR);
        LoopTester.run(options, _ -> sleep(HOUR));
        assertThatThrownBy(() -> LoopTester.run(options, _ -> sleep(HOUR.plusNanos(1))))
                .isInstanceOf(LivelockError.class)
                .hasMessageContaining("PT1H of virtual time");
        assertThrows(LivelockError.class, () -> LoopTester.run(options, t -> t.clock().advanceBy(DAY)));
    }

    // ---- the cost of a step

    @Engines
    @DisplayName("testing A15, S9: where steps cost time, a timeout ends a task that spins in it")
    void costOfStepsLetsATimeoutEndASpin(LoopOptions.Engine engine) {
        var options = Options.on(engine).withStepCost(Duration.ofMillis(1)).withMaxStepsPerInstant(10);
        LoopTester.run(options, t -> {
            assertThrows(DeadlineExceededException.class, () -> timeout(SECOND, () -> {
                while (true) {
                    checkpoint();
                }
            }));
            assertThat(t.clock().elapsed()).isBetween(SECOND, SECOND.plusMillis(20));
        });
    }

    @Engines
    @DisplayName("testing A15: a spin without end meets the limit of virtual time where steps cost some")
    void spinWithoutEndMeetsTheVirtualLimit(LoopOptions.Engine engine) {
        var options = Options.on(engine).withStepCost(SECOND).withVirtualTimeout(HOUR);
        assertThrows(LivelockError.class, () -> LoopTester.run(options, _ -> {
            while (true) {
                checkpoint();
            }
        }));
    }

    // ---- a shuffled order

    /** The order in which tasks that start together take two steps each. */
    private static List<String> orderOf(LoopTester.Options options) {
        var order = new ArrayList<String>();
        LoopTester.run(options, _ -> TaskGroup.run(group -> {
            for (int number = 0; number < 4; number++) {
                int mine = number;
                group.start(() -> {
                    order.add(mine + "a");
                    checkpoint();
                    order.add(mine + "b");
                });
            }
        }));
        return order;
    }

    @Engines
    @DisplayName("testing section 5: a shuffled order is another one with each seed, and the same one with the same")
    void shuffledOrderFollowsTheSeed(LoopOptions.Engine engine) {
        LoopTester.Options options = Options.on(engine).withShuffle(true);
        Set<List<String>> orders = new HashSet<>();
        for (int seed = 0; seed < 30; seed++) {
            List<String> order = orderOf(options.withSeed(seed));
            assertThat(order).hasSize(8).doesNotHaveDuplicates();
            assertThat(orderOf(options.withSeed(seed))).isEqualTo(order);
            orders.add(order);
        }
        assertThat(orders).hasSizeGreaterThan(20);
        assertThat(orderOf(Options.on(engine).withSeed(3)))
                .containsExactly("0a", "1a", "2a", "3a", "0b", "1b", "2b", "3b");
    }

    @Engines
    void shuffledOrderMayTakeTheTurnAtAnAwaitThatNeedNotWait(LoopOptions.Engine engine) {
        Set<List<String>> orders = new HashSet<>();
        for (int seed = 0; seed < 20; seed++) {
            var order = new ArrayList<String>();
            LoopTester.run(Options.on(engine).withShuffle(true).withSeed(seed), _ -> TaskGroup.run(group -> {
                Channel<Integer> roomy = Channel.open(10);
                group.start(() -> order.add("other"));
                order.add("before");
                roomy.sender().send(1);
                order.add("after");
            }));
            orders.add(order);
        }
        assertThat(orders).containsExactlyInAnyOrder(
                List.of("before", "other", "after"), List.of("before", "after", "other"));
    }

    @Engines
    void shuffledOrderLeavesTheRandomNumbersOfTheRunAlone(LoopOptions.Engine engine) {
        assertThat(draw(Options.on(engine).withShuffle(true))).isEqualTo(draw(Options.on(engine)));
    }

    private static long draw(LoopTester.Options options) {
        var drawn = new AtomicReference<Long>();
        LoopTester.run(options, t -> {
            checkpoint();
            drawn.set(t.random().nextLong());
        });
        return drawn.get();
    }

    // ---- leaks

    private static void leak(LoopTester.Options options, VoidBody<?> lost) {
        LoopTester.run(options, _ -> {
            EventLoop.current().submit("lost", lost);
            sleep(HOUR);
        });
    }

    @Engines
    @DisplayName("testing A17: a leaked task is reported with its age in virtual time")
    void leakIsReportedWithItsAge(LoopOptions.Engine engine) {
        assertThatThrownBy(() -> leak(Options.on(engine), () -> sleepForever()))
                .isInstanceOf(LeakedTaskError.class)
                .hasMessageContaining("task 'lost' (2) waits for its cancellation (sleepForever)\n"
                        + "    alive for PT1H of virtual time")
                .hasMessageContaining("started at " + getClass().getName());
    }

    @Engines
    @DisplayName("testing A17: leaks that are to be cancelled are, and fail the run only by what they do then")
    void cancelledLeaksFailOnlyByThemselves(LoopOptions.Engine engine) {
        LoopTester.Options options = Options.on(engine).withLeaks(Leaks.CANCEL);
        var ended = new AtomicReference<String>();
        leak(options, () -> {
            try {
                sleepForever();
            } catch (CancelledError e) {
                shield(SECOND, () -> sleep(Duration.ofMillis(5))); // clean-up may take time
                ended.set("cleaned up");
                throw e;
            }
        });
        assertThat(ended).hasValue("cleaned up");
        assertThatThrownBy(() -> leak(options, RunOptionsTest::failWhenCancelled))
                .hasStackTraceContaining("in clean-up");
        assertThatThrownBy(() -> leak(soon(options), RunOptionsTest::refuseToEnd)).hasStackTraceContaining("lost");
    }

    @Engines
    @DisplayName("testing A17: leaks that are to be ignored are of no interest, whatever they do")
    void ignoredLeaksFailNothing(LoopOptions.Engine engine) {
        LoopTester.Options options = Options.on(engine).withLeaks(Leaks.IGNORE);
        leak(options, () -> sleepForever());
        leak(options, RunOptionsTest::failWhenCancelled);
        leak(soon(options), RunOptionsTest::refuseToEnd);
        assertThatThrownBy(() -> LoopTester.run(options, _ -> {
            EventLoop.current().callSoon(() -> {
                throw new IllegalStateException("while the body runs");
            });
            sleep(HOUR);
        })).hasMessageContaining("while the body runs");
    }

    private static LoopTester.Options soon(LoopTester.Options options) {
        return options.withLoop(options.loop().withShutdownTimeout(Duration.ofMillis(50)));
    }

    /** A failure of the task itself would go to the future of who submitted it. */
    private static void failWhenCancelled() {
        try {
            sleepForever();
        } finally {
            EventLoop.current().callSoon(() -> {
                throw new IllegalStateException("in clean-up");
            });
            shield(SECOND, () -> checkpoint());
        }
    }

    private static void refuseToEnd() {
        while (true) {
            try {
                sleepForever();
            } catch (CancelledError e) {
                assertThat(e.reason()).isNotNull();
            }
        }
    }

    // ---- bad numbers

    @Test
    void optionsRefuseWhatMakesNoSense() {
        var options = LoopTester.Options.defaults();
        assertThatThrownBy(() -> options.withVirtualTimeout(Duration.ZERO)).hasMessageContaining("virtualTimeout");
        assertThatThrownBy(() -> options.withStepCost(SECOND.negated())).hasMessageContaining("stepCost");
    }
}
