package dev.espalier.testing;

import static dev.espalier.core.Async.await;
import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Async.timeout;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.espalier.core.DeadlineExceededException;
import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.spi.TaskSnapshot;
import dev.espalier.core.spi.TimerSnapshot;
import dev.espalier.testing.Engines.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;

/** The methods that wait for the run itself, and those that look at it. */
class WaitingForTheRunTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final String HERE = WaitingForTheRunTest.class.getName();

    // ---- step

    @Engines
    @DisplayName("testing A7: a step is one step of one other task, and the body goes on right after it")
    void aStepIsOneStepOfAnother(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            var log = new ArrayList<String>();
            for (String name : List.of("a", "b")) {
                t.background().start(name, () -> {
                    log.add(name + 1);
                    checkpoint();
                    log.add(name + 2);
                    sleepForever();
                });
            }
            assertThat(t.step()).hasValue("task 'a', which now waits for its turn");
            assertThat(log).containsExactly("a1");
            t.step();
            assertThat(log).containsExactly("a1", "b1");
            assertThat(t.step()).hasValueSatisfying(step -> assertThat(step).startsWith("task 'a', which now waits for its canc"));
            assertThat(log).containsExactly("a1", "b1", "a2");
            t.step();
            assertThat(t.step()).isEmpty();
            EventLoop.current().callSoon(() -> log.add("callback"));
            assertThat(t.step()).isPresent();
            assertThat(log).endsWith("b2", "callback");
        });
    }

    @Engines
    @DisplayName("testing A7: in an exploration a step is refused")
    void aStepIsRefusedInAnExploration(LoopOptions.Engine engine) {
        assertThatThrownBy(() -> LoopTester.explore(2, LoopTester::step))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("use it in LoopTester.run");
    }

    // ---- settleAll

    @Engines
    @DisplayName("testing A6: settleAll runs until no timer is set, through timers that set others")
    void settleAllRunsUntilNoTimerIsSet(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            var done = new ArrayList<String>();
            t.background().start(() -> {
                for (int hour = 1; hour <= 3; hour++) {
                    sleep(HOUR);
                    done.add("hour " + hour);
                }
                sleepForever();
            });
            t.settleAll(Duration.ofDays(1));
            assertThat(done).hasSize(3);
            assertThat(t.clock().elapsed()).isEqualTo(HOUR.multipliedBy(3)); // and not a day
        });
    }

    @Engines
    @DisplayName("testing S8: settleAll stops at its bound and says what still ticks")
    void settleAllSaysWhatStillTicks(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            var ticks = new AtomicInteger();
            t.background().start("metronome", () -> {
                while (true) {
                    sleep(Duration.ofMinutes(25));
                    ticks.incrementAndGet();
                }
            });
            assertThatThrownBy(() -> t.settleAll(HOUR))
                    .isInstanceOf(LivelockError.class)
                    .hasMessageContaining("no rest within PT1H of virtual time")
                    .hasMessageContaining("1 timer is still set, the next in PT15M")
                    .hasMessageContaining("sleep of task 'metronome'")
                    .hasMessageContaining("set at dev.espalier.core.Async.sleep")
                    .hasMessageContaining("at " + HERE);
            assertThat(ticks).hasValue(2);
            assertThat(t.clock().elapsed()).isEqualTo(HOUR);
        });
    }

    @Engines
    void settleAllNamesTheFirstOfManyTimers(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            for (int number = 1; number <= 40; number++) {
                int mine = number;
                t.background().start("sleeper-" + number, () -> sleep(Duration.ofDays(mine)));
            }
            assertThatThrownBy(() -> t.settleAll(HOUR))
                    .hasMessageContaining("40 timers are still set, the next in PT23H")
                    .hasMessageContaining("'sleeper-10'")
                    .hasMessageNotContaining("'sleeper-11'")
                    .hasMessageEndingWith("and 30 more");
        });
    }

    @Engines
    void settleAllIncludesItsEndAndRefusesANegativeBound(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            Task<?> other = t.background().start(() -> sleep(HOUR));
            t.settleAll(HOUR);
            assertThat(other.toString()).contains("succeeded");
            assertThrows(IllegalArgumentException.class, () -> t.settleAll(SECOND.negated()));
        });
    }

    // ---- eventually

    @Engines
    @DisplayName("testing D14, S37: eventually looks after each tick, so it ends at the moment of the change")
    void eventuallyEndsAtTheMomentOfTheChange(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            var state = new AtomicReference<>("new");
            t.background().start(() -> {
                sleep(SECOND.multipliedBy(90));
                state.set("half");
                checkpoint();
                checkpoint();
                state.set("ready");
                sleep(SECOND);
                state.set("gone");
                sleepForever();
            });
            t.eventually(HOUR, () -> assertThat(state).hasValue("half")); // for two ticks of one moment
            t.eventually(HOUR, () -> assertThat(state).hasValue("ready"));
            assertThat(t.clock().elapsed()).isEqualTo(SECOND.multipliedBy(90));
            t.eventually(HOUR, () -> assertThat(state).hasValue("gone"));
            assertThat(t.clock().elapsed()).isEqualTo(SECOND.multipliedBy(91));
        });
    }

    @Engines
    @DisplayName("testing S37: an assertion that never holds fails at the limit, its last failure is the cause")
    void eventuallyFailsAtTheLimit(LoopOptions.Engine engine) {
        var looks = new AtomicInteger();
        var error = assertThrows(AssertionError.class, () -> LoopTester.run(Options.on(engine), t -> {
            t.background().start(() -> sleep(Duration.ofDays(2)));
            t.eventually(Duration.ofDays(1), () -> assertThat(looks.incrementAndGet()).isNegative());
        }));
        assertThat(error)
                .hasMessageContaining("still failed at 2000-01-02T00:00:00Z, after PT24H of virtual time and ")
                .hasCauseInstanceOf(AssertionError.class);
        assertThat(error.getCause()).hasMessageContaining(String.valueOf(looks.get()));
        assertThat(looks.get()).isLessThan(10); // nobody polls
    }

    @Engines
    @DisplayName("testing S3: what is due at the limit of eventually belongs to it")
    void eventuallyIncludesItsEnd(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            var done = new AtomicReference<>("");
            t.background().start(() -> {
                sleep(Duration.ofMinutes(30));
                sleep(Duration.ofMinutes(30));
                checkpoint();
                done.set("done");
            });
            t.eventually(HOUR, () -> assertThat(done).hasValue("done"));
            assertThat(t.clock().elapsed()).isEqualTo(HOUR);
        });
    }

    @Engines
    @DisplayName("testing S37: the assertion runs in the calling task, on its thread, and no other")
    void assertionRunsInTheCallingTask(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            t.background().start(() -> sleep(SECOND));
            Set<Task<?>> tasks = new HashSet<>();
            Set<Thread> threads = new HashSet<>();
            t.eventually(HOUR, () -> {
                tasks.add(Task.current());
                threads.add(Thread.currentThread());
                assertThat(t.clock().elapsed()).isEqualTo(SECOND);
            });
            assertThat(tasks).containsExactly(Task.current());
            assertThat(threads).containsExactly(Thread.currentThread());
        });
    }

    @Engines
    void twoTasksThatLookDoNotKeepEachOtherBusy(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine).withMaxStepsPerInstant(100), t -> TaskGroup.run(group -> {
            for (int number = 0; number < 2; number++) {
                group.start(() -> t.eventually(HOUR, () -> assertThat(t.clock().elapsed()).isEqualTo(SECOND)));
            }
            sleep(SECOND);
        }));
    }

    @Engines
    void whatIsNoAssertionErrorComesOutOfEventuallyAtOnce(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            assertThrows(ArithmeticException.class, () -> t.eventually(HOUR, () -> Math.floorDiv(1, 0)));
            assertThat(t.clock().elapsed()).isZero();
        });
    }

    @Engines
    @DisplayName("testing S37: a timeout around eventually ends it, which Awaitility cannot promise")
    void timeoutEndsEventually(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            assertThrows(DeadlineExceededException.class, () -> timeout(SECOND, () -> t.eventually(HOUR, () -> {
                throw new AssertionError("never");
            })));
            assertThat(t.clock().elapsed()).isEqualTo(SECOND);
        });
    }

    @Engines
    @DisplayName("testing S1, S37: while something outside is awaited, eventually waits for it in real time")
    void eventuallyHearsOfTheWorldOutside(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            var seen = new AtomicReference<>("");
            var outside = new CompletableFuture<String>();
            t.background().start(() -> seen.set(await(outside)));
            checkpoint();
            Thread.ofPlatform().start(() -> outside.complete("from outside"));
            t.eventually(HOUR, () -> assertThat(seen).hasValue("from outside"));
            assertThat(t.clock().elapsed()).isZero();
        });
    }

    // ---- looking at the run

    @Engines
    @DisplayName("testing D13: tasks lists each living task, the body first")
    void tasksListsEachLivingTask(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            t.background().start("sleeper", () -> sleep(HOUR));
            t.settle();
            assertThat(t.tasks()).extracting(TaskSnapshot::name).containsExactly("test", "sleeper");
            assertThat(t.tasks().get(1).parentId()).isEqualTo(t.tasks().get(0).id());
            assertThat(t.tasks().get(1).waitingFor()).contains("sleep");
        });
    }

    @Engines
    @DisplayName("testing A8: timers say who, when and where; nextDeadline says how far the first is")
    void timersSayWhoWhenAndWhere(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            assertThat(t.nextDeadline()).isEmpty();
            t.background().start("late", () -> sleep(HOUR));
            t.background().start("early", () -> timeout(SECOND, () -> sleepForever()));
            t.settle();
            t.clock().advanceBy(Duration.ofMillis(400));
            assertThat(t.nextDeadline()).contains(Duration.ofMillis(600));
            List<TimerSnapshot> timers = t.timers();
            assertThat(timers).extracting(timer -> timer.task() == null ? "" : timer.task().name())
                    .containsExactly("early", "late");
            assertThat(timers).extracting(TimerSnapshot::what).containsExactly("deadline of a scope", "sleep");
            assertThat(timers).allSatisfy(timer ->
                    assertThat(timer.where()).anyMatch(frame -> frame.getClassName().equals(HERE)));
            assertThat(timers.get(1).moment().nanos()).isEqualTo(HOUR.toNanos());
        });
    }

    @Engines
    @DisplayName("testing D19: realElapsed is real while virtual time stands or jumps")
    void realElapsedIsReal(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            sleep(HOUR);
            assertThat(t.realElapsed()).isPositive().isLessThan(HOUR);
            long before = System.nanoTime();
            Duration first = t.realElapsed();
            Duration second = t.realElapsed();
            assertThat(second).isGreaterThanOrEqualTo(first);
            assertThat(second.minus(first).toNanos()).isLessThanOrEqualTo(System.nanoTime() - before);
        });
        assertThatThrownBy(() -> new LoopTester(Options.on(engine)).realElapsed())
                .isInstanceOf(IllegalStateException.class);
    }

    // ---- flags

    @Engines
    @DisplayName("testing D11: flags that were not reached fail the run, with where they were asked for")
    void missingFlagsFailTheRun(LoopOptions.Engine engine) {
        var error = assertThrows(AssertionError.class, () -> LoopTester.run(Options.on(engine), t -> {
            t.flag("reached").reach();
            t.flag("forgotten");
            t.flag("thrice", 3).reach();
        }));
        assertThat(error)
                .hasMessageContaining("'forgotten' (0 of 1), asked for at " + HERE)
                .hasMessageContaining("'thrice' (1 of 3), asked for at " + HERE)
                .hasMessageNotContaining("'reached'");
    }

    @Engines
    @DisplayName("testing D11: a flag is strict: reached once more than asked for fails at that place")
    void flagReachedTooOftenFails(LoopOptions.Engine engine) {
        assertThatThrownBy(() -> LoopTester.run(Options.on(engine), t -> {
            Flag once = t.flag("once");
            once.reach();
            EventLoop.current().callSoon(once::reach);
            sleepForever();
        })).isInstanceOf(AssertionError.class).hasMessageContaining("'once' was reached more often than 1 times");
    }

    @Engines
    void flagThatIsAwaitedInVainIsADeadlockThatNamesIt(LoopOptions.Engine engine) {
        assertThatThrownBy(() -> LoopTester.run(Options.on(engine), t -> t.flag("answer", 2).await()))
                .isInstanceOf(DeadlockError.class)
                .hasMessageContaining("flag 'answer' to be reached 2 times")
                .satisfies(error -> assertThat(error.getSuppressed()).isEmpty());
    }

    @Engines
    void failureOfTheBodyIsNotFollowedByTheFlagsItKeptFromBeingReached(LoopOptions.Engine engine) {
        var failure = new IllegalStateException("body");
        assertThatThrownBy(() -> LoopTester.run(Options.on(engine), t -> {
            t.flag("after the failure");
            throw failure;
        })).isSameAs(failure).satisfies(error -> assertThat(error.getSuppressed()).isEmpty());
    }

    @Engines
    void flagOfLessThanOnceIsRefused(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> assertThatThrownBy(() -> t.flag("never", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'never'"));
    }
}
