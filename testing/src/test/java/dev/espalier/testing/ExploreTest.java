package dev.espalier.testing;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.espalier.core.Async;
import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Mutex;
import dev.espalier.core.Promise;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExploreTest {
    private static final Exploration.Options OPTIONS = Exploration.Options.defaults().withBudget(Duration.ofSeconds(20));

    // @start region="explore"
    /** Two withdrawals, each of which looks first and takes later. */
    private static void withdrawTwice(LoopTester tester) {
        var balance = new AtomicInteger(100);
        TaskGroup.run(group -> {
            for (String who : List.of("ada", "bob")) {
                group.start(who, () -> {
                    if (balance.get() >= 60) {
                        AsyncSemaphore.of(1).acquire(); // an await: anything may happen here
                        balance.addAndGet(-60);
                    }
                });
            }
        });
        assertThat(balance.get()).isNotNegative();
    }

    @Test
    void aCheckAndAnActAcrossAnAwait() {
        LoopTester.run(ExploreTest::withdrawTwice); // the usual order does not show it
        assertThatThrownBy(() -> LoopTester.explore(200, ExploreTest::withdrawTwice)).isInstanceOf(AssertionError.class);
    }
    // @end

    private static ReplayInfo infoOf(Exploration.Options options, VoidBodyWith<LoopTester, RuntimeException> body) {
        Throwable failure = catchThrowable(() -> LoopTester.explore(options, body));
        assertThat(failure).isNotNull();
        return ReplayInfo.of(failure).orElseThrow();
    }

    @Test
    void theReportTellsTheScheduleAsASentence() {
        ReplayInfo info = infoOf(OPTIONS, ExploreTest::withdrawTwice);
        assertThat(info.tape().deviations()).hasSize(1);
        assertThat(info.getMessage())
                .contains("the usual order except 1 deviation: at step")
                .contains("run 'bob' before 'ada'")
                .contains("it repeats")
                .contains("ada").contains("bob").contains("(before ada)");
    }

    @Test
    void theSameSeedFindsTheSameSchedule() {
        assertThat(infoOf(OPTIONS, ExploreTest::withdrawTwice).getMessage())
                .isEqualTo(infoOf(OPTIONS, ExploreTest::withdrawTwice).getMessage());
    }

    @Test
    void aTapeIsWrittenReadAndReplayed(@TempDir Path folder) throws Exception {
        ReplayInfo info = infoOf(OPTIONS.withTapes(folder).withName("bank"), ExploreTest::withdrawTwice);
        Path file = folder.resolve("bank.looptape");
        Tape tape = Tape.read(file);
        assertThat(tape).isEqualTo(info.tape());
        assertThat(info.getMessage()).contains(file.toString());
        assertThat(Files.readString(folder.resolve("bank.looptape.json"))).startsWith("{\"traceEvents\":[");

        var runs = new AtomicInteger();
        Throwable again = catchThrowable(() -> LoopTester.explore(OPTIONS.withReplay(tape), tester -> {
            runs.incrementAndGet();
            withdrawTwice(tester);
        }));
        assertThat(again).isInstanceOf(AssertionError.class).hasMessageContaining("-20");
        assertThat(ReplayInfo.of(again).orElseThrow().tape().deviations()).isEqualTo(tape.deviations());
    }

    @Test
    void aTapeThatDoesNotFitSaysWhere() {
        Tape tape = infoOf(OPTIONS, ExploreTest::withdrawTwice).tape();
        assertThatThrownBy(() -> LoopTester.explore(OPTIONS.withReplay(tape), tester -> checkpoint()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("does not fit the program any more")
                .hasMessageContaining("runs step 1 of 'bob' before step")
                .hasMessageContaining("the run ended before that");
    }

    @Test
    void aRepairedProgramPassesAndTheResultSaysWhatWasCovered() {
        Exploration covered = LoopTester.explore(OPTIONS, tester -> {
            var balance = new AtomicInteger(100);
            var mutex = Mutex.create();
            TaskGroup.run(group -> {
                for (int i = 0; i < 3; i++) {
                    group.start(() -> mutex.withLock(() -> {
                        if (balance.get() >= 60) {
                            checkpoint();
                            balance.addAndGet(-60);
                        }
                    }));
                }
            });
            assertThat(balance.get()).isEqualTo(40);
        });
        assertThat(covered.runs()).isEqualTo(200);
        assertThat(covered.schedules()).isBetween(2, 200);
        assertThat(covered.steps()).isGreaterThan(200 * 8L);
        assertThat(covered.toString()).startsWith("200 runs, ");
    }

    @Test
    void aProgramWithoutChoicesIsRunOnce() {
        Exploration covered = LoopTester.explore(200, tester -> sleep(Duration.ofHours(1)));
        assertThat(covered.runs()).isEqualTo(1);
        assertThat(covered.guarantee()).isEqualTo("it is the only schedule");
    }

    @Test
    void randomNumbersAreExploredAndShrunk() {
        ReplayInfo info = infoOf(OPTIONS, tester -> {
            int a = tester.choose(List.of(1, 2, 3, 4));
            boolean fault = tester.flip(0.3);
            int b = tester.choose(List.of(1, 2, 3, 4));
            TaskGroup.run(group -> {
                group.start(() -> checkpoint());
                group.start(() -> checkpoint());
            });
            assertThat(fault && b >= 3).as("a is " + a).isFalse();
        });
        assertThat(info.tape().sentence()).startsWith("the usual order; ").contains("set");
        assertThat(infoOf(OPTIONS.withReplay(info.tape()), tester -> {
            int a = tester.choose(List.of(1, 2, 3, 4));
            boolean fault = tester.flip(0.3);
            int b = tester.choose(List.of(1, 2, 3, 4));
            assertThat(fault && b >= 3 && a == 1).isFalse();
        })).isNotNull();
    }

    @Test
    @DisplayName("testing B22: each run has a loop and a time of its own")
    void eachRunHasItsOwnLoopAndTime() {
        var starts = new ArrayList<Duration>();
        LoopTester.explore(OPTIONS.withRuns(5), tester -> {
            starts.add(tester.clock().elapsed());
            TaskGroup.run(group -> {
                group.start(() -> sleep(Duration.ofHours(1)));
                group.start(() -> sleep(Duration.ofHours(1)));
            });
        });
        assertThat(starts).containsOnly(Duration.ZERO).hasSize(5);
    }

    @Test
    void aHangIsFoundAndShrunk() {
        ReplayInfo info = infoOf(OPTIONS, tester -> {
            var left = Mutex.create();
            var right = Mutex.create();
            TaskGroup.run(group -> {
                group.start("one", () -> left.withLock(() -> right.withLock(() -> checkpoint())));
                group.start("two", () -> right.withLock(() -> left.withLock(() -> checkpoint())));
            });
        });
        assertThat(info.tape().deviations()).hasSize(1);
    }

    @Engines
    void bothEnginesFindTheSame(LoopOptions.Engine engine) {
        ReplayInfo info = infoOf(OPTIONS.withRun(Engines.Options.on(engine)), ExploreTest::withdrawTwice);
        assertThat(info.tape()).isEqualTo(infoOf(OPTIONS, ExploreTest::withdrawTwice).tape());
    }

    @Test
    void aStepThatHoldsTheLoopEndsTheSearch() {
        var runs = new AtomicInteger();
        var thread = new CountDownLatch(1);
        var impatient = OPTIONS.run().withRealTimeout(Duration.ofMillis(200));
        assertThatThrownBy(() -> LoopTester.explore(OPTIONS.withRun(impatient), tester -> {
                    TaskGroup.run(group -> {
                        group.start(() -> checkpoint());
                        group.start(() -> checkpoint());
                    });
                    if (runs.incrementAndGet() == 5) {
                        thread.await();
                    }
                }))
                .isInstanceOf(BlockedLoopError.class)
                .hasMessageContaining("0.2S of real time");
        assertThat(runs).hasValue(5);
    }

    @Test
    void anInterruptEndsTheSearch() throws Exception {
        var begun = new CountDownLatch(1);
        var outcome = new AtomicReference<Object>();
        Thread caller = Thread.ofPlatform().start(() -> {
            try {
                Strategy endless = profile -> random -> Strategy.Choice::usual;
                Exploration.Options options = OPTIONS.withRuns(Integer.MAX_VALUE)
                        .withBudget(Duration.ofMinutes(1))
                        .withStrategy(endless);
                outcome.set(LoopTester.explore(options, tester -> {
                    TaskGroup.run(group -> {
                        group.start(() -> checkpoint());
                        group.start(() -> checkpoint());
                    });
                    begun.countDown();
                }));
            } catch (Throwable e) {
                outcome.set(e);
            }
        });
        begun.await();
        caller.interrupt();
        assertThat(caller.join(Duration.ofSeconds(10))).isTrue();
        assertThat(outcome.get()).isInstanceOf(BlockedLoopError.class);
    }

    @Test
    @DisplayName("testing B10: an order that starves a task becomes the usual one at last")
    void anUnfairOrderBecomesTheUsualOneAtLast() {
        Strategy unfair = profile -> random -> choice -> choice.size() - 1;
        var ends = new AtomicInteger();
        LoopTester.explore(OPTIONS.withRuns(3).withStrategy(unfair), tester -> {
            var over = new boolean[1];
            TaskGroup.run(group -> {
                group.start(() -> over[0] = true);
                group.start(() -> {
                    while (!over[0]) {
                        checkpoint(); // would be chosen for ever
                    }
                });
            });
            ends.incrementAndGet();
        });
        assertThat(ends).hasValue(3);
    }

    @Test
    @DisplayName("testing B23, S33: a failed run is cleaned up in the usual order")
    void aFailedRunIsCleanedUpInTheUsualOrder() {
        ReplayInfo info = infoOf(OPTIONS, tester -> TaskGroup.run(group -> {
            for (int i = 0; i < 3; i++) {
                group.start(() -> {
                    try {
                        checkpoint();
                        sleep(Duration.ofSeconds(1));
                    } finally {
                        Async.shield(Duration.ofSeconds(1), () -> {
                            for (int k = 0; k < 50; k++) {
                                checkpoint();
                            }
                        });
                    }
                });
            }
            group.start("waits for nobody", () -> Promise.create().await());
        }));
        assertThat(info.tape().deviations()).isEmpty();
        assertThat(info.getMessage()).contains("made small in 1 runs, from 0 deviations to 0");
    }

    @Test
    void aStrategyThatChoosesWronglyIsNamed() {
        assertThatThrownBy(() -> LoopTester.explore(OPTIONS.withStrategy(profile -> random -> choice -> choice.size()), tester ->
                        TaskGroup.run(group -> {
                            group.start(() -> checkpoint());
                            group.start(() -> checkpoint());
                        })))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the strategy chose step 2 of 2");
    }

    @Test
    @DisplayName("testing S6: the order of timers of one moment is a choice like any other")
    void timersOfOneMomentAreAChoice() {
        assertThatThrownBy(() -> LoopTester.explore(OPTIONS, tester -> {
                    var order = new ArrayList<Integer>();
                    TaskGroup.run(group -> {
                        for (int i = 0; i < 3; i++) {
                            int me = i;
                            group.start(() -> {
                                sleep(Duration.ofSeconds(1));
                                order.add(me);
                            });
                        }
                    });
                    assertThat(order).isNotEqualTo(List.of(2, 0, 1));
                }))
                .isInstanceOf(AssertionError.class);
    }
}
