package dev.espalier.testing;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.offload;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import dev.espalier.core.CancelledError;
import dev.espalier.core.EventLoop;
import dev.espalier.core.ForeignLoopException;
import dev.espalier.core.GroupException;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Promise;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.Engines.Options;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LoopTesterTest {
    private static final Duration HOUR = Duration.ofHours(1);

    @Engines
    void sleepTakesVirtualTimeOnly(LoopOptions.Engine engine) {
        long before = System.nanoTime();
        LoopTester.run(Options.on(engine), t -> {
            sleep(HOUR);
            assertThat(t.clock().elapsed()).isEqualTo(HOUR);
        });
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(HOUR);
    }

    @Engines
    void checkedFailureOfTheBodyComesOutAsItself(LoopOptions.Engine engine) {
        var failure = new IOException("disk");
        assertThat(assertThrows(IOException.class, () -> LoopTester.run(Options.on(engine), t -> {
            sleep(HOUR);
            throw failure;
        }))).isSameAs(failure);
    }

    @Engines
    void bodyOfDefaultOptionsNeedsNoCatch(LoopOptions.Engine engine) {
        var seen = new ArrayList<LoopOptions.Engine>();
        LoopTester.run(Options.on(engine), _ -> seen.add(EventLoop.current().engine()));
        assertThat(seen).containsExactly(engine);
    }

    // ---- time and order

    @Engines
    @DisplayName("testing S6: timers of one moment fire in the order in which they were set")
    void timersOfOneMomentKeepTheirOrder(LoopOptions.Engine engine) {
        var order = new ArrayList<Integer>();
        LoopTester.run(Options.on(engine), _ -> TaskGroup.run(group -> {
            for (int number = 0; number < 5; number++) {
                int mine = number;
                group.start(() -> {
                    sleep(HOUR);
                    order.add(mine);
                });
            }
        }));
        assertThat(order).containsExactly(0, 1, 2, 3, 4);
    }

    @Engines
    @DisplayName("testing S7: a sleep of zero or less takes a turn and no time")
    void sleepOfNothingTakesNoTime(LoopOptions.Engine engine) {
        var order = new ArrayList<String>();
        LoopTester.run(Options.on(engine), t -> TaskGroup.run(group -> {
            group.start(() -> order.add("other"));
            sleep(Duration.ZERO);
            order.add("body");
            sleep(Duration.ofSeconds(-5));
            assertThat(t.clock().elapsed()).isZero();
        }));
        assertThat(order).containsExactly("other", "body");
    }

    @Engines
    @DisplayName("testing S8: an endless ticker does not keep the body from ending")
    void endlessTickerEndsWithTheBody(LoopOptions.Engine engine) {
        var ticks = new ArrayList<Duration>();
        LoopTester.run(Options.on(engine), t -> {
            t.background().start(() -> {
                while (true) {
                    sleep(Duration.ofMinutes(20));
                    ticks.add(t.clock().elapsed());
                }
            });
            sleep(HOUR);
        });
        assertThat(ticks).startsWith(Duration.ofMinutes(20), Duration.ofMinutes(40)).hasSizeBetween(2, 3);
    }

    @Engines
    void randomNumbersFollowTheSeed(LoopOptions.Engine engine) {
        assertThat(draws(Options.on(engine).withSeed(7))).isEqualTo(draws(Options.on(engine).withSeed(7)));
        assertThat(draws(Options.on(engine).withSeed(7))).isNotEqualTo(draws(Options.on(engine).withSeed(8)));
    }

    private static List<Long> draws(LoopTester.Options options) {
        var draws = new ArrayList<Long>();
        LoopTester.run(options, t -> {
            draws.add(t.random().nextLong());
            draws.add(EventLoop.current().random().nextLong());
        });
        return draws;
    }

    // ---- background and failures without a caller

    @Engines
    void backgroundIsCancelledAndWaitedForAfterTheBody(LoopOptions.Engine engine) {
        var order = new ArrayList<String>();
        LoopTester.run(Options.on(engine), t -> {
            t.background().start(() -> {
                try {
                    sleepForever();
                } finally {
                    order.add("background");
                }
            });
            t.settle();
            order.add("body");
        });
        assertThat(order).containsExactly("body", "background");
    }

    @Engines
    @DisplayName("testing S35: a failure in the background fails the test at once")
    void failureInTheBackgroundFailsTheTestAtOnce(LoopOptions.Engine engine) {
        var failure = new AssertionError("two is not one");
        var ended = new AtomicReference<Duration>();
        var thrown = assertThrows(GroupException.class, () -> LoopTester.run(Options.on(engine), t -> {
            t.background().start(() -> {
                sleep(Duration.ofSeconds(1));
                throw failure;
            });
            try {
                sleep(HOUR);
            } finally {
                ended.set(t.clock().elapsed());
            }
        }));
        assertThat(thrown.failures()).containsExactly(failure);
        assertThat(ended).hasValue(Duration.ofSeconds(1));
    }

    @Engines
    @DisplayName("testing S35: a failed callback fails the test at once, as itself")
    void failureOfACallbackFailsTheTestAtOnce(LoopOptions.Engine engine) {
        var failure = new AssertionError("in a callback");
        assertThat(assertThrows(AssertionError.class, () -> LoopTester.run(Options.on(engine), _ -> {
            EventLoop.current().callSoon(() -> {
                throw failure;
            });
            sleepForever();
        }))).isSameAs(failure);
    }

    @Engines
    @DisplayName("testing S14: the failure of the body comes before that of the background")
    void failureOfTheBodyComesFirst(LoopOptions.Engine engine) {
        var late = new IllegalStateException("while it was cancelled");
        assertThatThrownBy(() -> LoopTester.run(Options.on(engine), t -> {
            t.background().start(() -> {
                try {
                    sleepForever();
                } finally {
                    fail(late);
                }
            });
            t.settle();
            throw new IOException("first");
        })).isInstanceOf(IOException.class).hasMessage("first").satisfies(first -> assertThat(first.getSuppressed())
                .anySatisfy(suppressed -> assertThat(suppressed).hasCause(late)));
    }

    @Engines
    void bodyThatIsCancelledFromInsideFails(LoopOptions.Engine engine) {
        var error = assertThrows(CancelledError.class, () -> LoopTester.run(Options.on(engine), t -> {
            t.background().cancel("enough");
            sleep(HOUR);
            throw new AssertionError("not reached");
        }));
        assertThat(error.reason().message()).isEqualTo("enough");
    }

    // ---- isolation

    @Test
    @DisplayName("testing S32: runs at the same time have clocks of their own")
    void runsAtTheSameTimeHaveTheirOwnClocks() throws Exception {
        var together = new Phaser(2);
        CompletableFuture<Duration> other = CompletableFuture.supplyAsync(() -> elapsedAfter(together, HOUR));
        assertThat(elapsedAfter(together, Duration.ofSeconds(1))).isEqualTo(Duration.ofSeconds(1));
        assertThat(other.get()).isEqualTo(HOUR);
    }

    private static Duration elapsedAfter(Phaser together, Duration time) {
        var elapsed = new AtomicReference<Duration>();
        LoopTester.run(t -> {
            offload(() -> together.arriveAndAwaitAdvance());
            sleep(time);
            elapsed.set(t.clock().elapsed());
        });
        return elapsed.get();
    }

    @Engines
    @DisplayName("testing A22: an object of another run is refused")
    void objectOfAnotherRunIsRefused(LoopOptions.Engine engine) {
        var foreign = new AtomicReference<Promise<String>>();
        LoopTester.run(Options.on(engine), _ -> foreign.set(Promise.create()));
        assertThrows(
                ForeignLoopException.class, () -> LoopTester.run(Options.on(engine), _ -> foreign.get().await()));
    }

    @Engines
    @DisplayName("testing A19: a run inside a run is refused")
    void runInsideARunIsRefused(LoopOptions.Engine engine) {
        assertThatThrownBy(() -> LoopTester.run(Options.on(engine), _ -> LoopTester.run(_ -> {})))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("which it would hold");
    }

    @Engines
    void testerIsRefusedOutsideItsRun(LoopOptions.Engine engine) {
        var kept = new AtomicReference<LoopTester>();
        LoopTester.run(Options.on(engine), kept::set);
        LoopTester tester = kept.get();
        assertThatThrownBy(tester::settle).isInstanceOf(IllegalStateException.class).hasMessageContaining("settle");
        assertThatThrownBy(tester::background).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(tester::dump).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(tester::holdTime).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> tester.clock().jumpBy(HOUR)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void optionsRefuseWhatMakesNoSense() {
        var options = LoopTester.Options.defaults();
        assertThatThrownBy(() -> options.withRealTimeout(Duration.ZERO)).hasMessageContaining("realTimeout");
        assertThatThrownBy(() -> options.withMaxStepsPerInstant(0)).hasMessageContaining("maxStepsPerInstant");
    }

    @Engines
    void dumpShowsEachTaskWithWhatItWaitsFor(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            Task<Void> sleeper = t.background().start("sleeper", () -> sleep(HOUR));
            checkpoint();
            assertThat(t.dump())
                    .contains("virtual time 2000-01-01T00:00:00Z", "task 'test' (1, the test body)")
                    .contains("task 'sleeper' (" + sleeper.id() + ", child of 1) waits for time to pass")
                    .contains("started at " + getClass().getName());
        });
    }

    @Engines
    @DisplayName("testing A24: the dump is there for machines too, as JSON")
    void dumpIsThereForMachinesToo(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            Task<Void> sleeper = t.background().start("\"a\"\n\\", () -> sleep(HOUR));
            checkpoint();
            t.clock().advanceBy(Duration.ofSeconds(1));
            assertThat(t.dumpJson())
                    .startsWith("{\"now\":\"2000-01-01T00:00:01Z\",\"elapsedNanos\":1000000000,\"outside\":0,\"tasks\":["
                            + "{\"id\":1,\"name\":\"test\",\"parent\":0,\"waitsFor\":\"nothing: it runs\",\"blockers\":[],")
                    .contains("{\"id\":" + sleeper.id() + ",\"name\":\"\\\"a\\\"\\u000a\\\\\",\"parent\":1,"
                            + "\"waitsFor\":\"time to pass (sleep)\",\"blockers\":[],\"startedAt\":[\"" + getClass().getName())
                    .endsWith("]}]}");
        });
    }
}
