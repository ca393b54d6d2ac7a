package dev.espalier.testing;

import static dev.espalier.core.Async.await;
import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.offload;
import static dev.espalier.core.Async.shield;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Async.timeout;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.espalier.core.ChannelReadiness;
import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Promise;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.spi.ErrorReport;
import dev.espalier.testing.Engines.Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;

class HangsAndLeaksTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final String HERE = HangsAndLeaksTest.class.getName();

    // ---- deadlock

    @Engines
    @DisplayName("testing A12, S12: a deadlock is reported at once, with what each task waits for")
    void deadlockIsExplained(LoopOptions.Engine engine) {
        var error = assertThrows(DeadlockError.class, () -> LoopTester.run(Options.on(engine), _ ->
                TaskGroup.run(group -> {
                    Promise<String> answer = Promise.create("the answer");
                    group.start("asker", () -> answer.await());
                    sleep(HOUR);
                })));
        assertThat(error)
                .hasMessageContaining("2000-01-01T01:00:00Z")
                .hasMessageContaining("task 'test' (1, the test body) waits for TaskGroup")
                .hasMessageContaining("task 'asker' (2, child of 1) waits for Promise[the answer, pending]")
                .hasMessageContaining("started at " + HERE)
                .hasMessageContaining("is at dev.espalier.core.Promise.await");
        assertThat(error.getStackTrace()).anyMatch(frame -> frame.getClassName().equals(HERE));
    }

    @Engines
    void tasksThatWaitForEachOtherAreADeadlock(LoopOptions.Engine engine) {
        assertThatThrownBy(() -> LoopTester.run(Options.on(engine), _ -> TaskGroup.run(group -> {
            var second = new AtomicReference<Task<Void>>();
            Task<Void> first = group.start("first", () -> second.get().join());
            second.set(group.start("second", () -> first.join()));
        }))).isInstanceOf(DeadlockError.class).hasMessageContaining("'first'").hasMessageContaining("'second'");
    }

    @Engines
    @DisplayName("testing S33: after a deadlock all is cancelled; clean-up may take time, its failures are suppressed")
    void deadlockIsCleanedUp(LoopOptions.Engine engine) {
        var failure = new IllegalStateException("in clean-up");
        var cleaned = new AtomicBoolean();
        var error = assertThrows(DeadlockError.class, () -> LoopTester.run(Options.on(engine), _ -> {
            try {
                sleepForever();
            } finally {
                shield(HOUR, () -> sleep(Duration.ofMillis(10)));
                cleaned.set(true);
                failWith(failure);
            }
        }));
        assertThat(cleaned).isTrue();
        assertThat(error).hasSuppressedException(failure);
    }

    private static void failWith(RuntimeException failure) {
        throw failure;
    }

    // ---- livelock

    @Engines
    @DisplayName("testing A15, S9: a loop of yields under a timeout is a livelock, and its task is named")
    void spinningTaskIsALivelock(LoopOptions.Engine engine) {
        var options = Options.on(engine).withMaxStepsPerInstant(1000);
        var error = assertThrows(LivelockError.class, () -> LoopTester.run(options, _ -> TaskGroup.run(group -> {
            group.start("idler", () -> sleepForever());
            group.start("spinner", () -> timeout(HOUR, () -> {
                while (true) {
                    checkpoint();
                }
            }));
        })));
        assertThat(error)
                .hasMessageContaining("1000 ticks")
                .hasMessageContaining("'spinner'")
                .hasMessageNotContaining("'idler'");
        assertThat(error.getStackTrace()).anyMatch(frame -> frame.getClassName().equals(HERE));
    }

    @Engines
    void manyTicksOverTimeAreNoLivelock(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine).withMaxStepsPerInstant(50), _ -> {
            for (int second = 0; second < 20; second++) {
                for (int turn = 0; turn < 20; turn++) {
                    checkpoint();
                }
                sleep(Duration.ofSeconds(1));
            }
        });
    }

    // ---- leaks

    @Engines
    @DisplayName("testing A17, S13: a task that outlives the body is reported with its start, and gets no time")
    void leakedTaskIsReported(LoopOptions.Engine engine) {
        var clock = new AtomicReference<VirtualClock>();
        var woken = new AtomicBoolean();
        assertThatThrownBy(() -> LoopTester.run(Options.on(engine), t -> {
            clock.set(t.clock());
            EventLoop.current().submit("lost", () -> {
                sleep(HOUR);
                woken.set(true);
            });
        })).isInstanceOf(LeakedTaskError.class)
                .hasMessageContaining("1 task is still alive")
                .hasMessageContaining("task 'lost' (2) waits for time to pass")
                .hasMessageContaining("started at " + HERE);
        assertThat(woken).isFalse();
        assertThat(clock.get().elapsed()).isLessThan(HOUR);
    }

    @Engines
    void childOfAGroupLeftOpenIsALeak(LoopOptions.Engine engine) {
        var ended = new AtomicBoolean();
        assertThatThrownBy(() -> LoopTester.run(Options.on(engine), _ -> {
            TaskGroup open = TaskGroup.open();
            open.start("orphan", () -> {
                try {
                    sleepForever();
                } finally {
                    ended.set(true);
                }
            });
            checkpoint();
        })).isInstanceOf(LeakedTaskError.class)
                .hasMessageContaining("task 'orphan' (2, child of 1)")
                .hasMessageContaining("started at " + HERE);
        assertThat(ended).isTrue();
    }

    @Engines
    void taskThatEndsAtTheMomentOfTheBodyIsNoLeak(LoopOptions.Engine engine) {
        var ran = new AtomicBoolean();
        LoopTester.run(Options.on(engine), _ -> EventLoop.current().submit(() -> {
            checkpoint();
            ran.set(true);
        }));
        assertThat(ran).isTrue();
    }

    @Engines
    void leakIsSuppressedInTheFailureOfTheBody(LoopOptions.Engine engine) {
        var failure = new IllegalStateException("body");
        assertThatThrownBy(() -> LoopTester.run(Options.on(engine), _ -> {
            EventLoop.current().submit("lost", () -> sleepForever());
            throw failure;
        })).isSameAs(failure).satisfies(first -> assertThat(first.getSuppressed())
                .hasExactlyElementsOfTypes(LeakedTaskError.class));
    }

    // ---- the world outside

    @Engines
    @DisplayName("testing A11, S1: time does not jump while an offloaded body runs")
    void offloadHoldsTime(LoopOptions.Engine engine) {
        var error = assertThrows(BlockedLoopError.class, () -> LoopTester.run(Options.impatient(engine), _ -> {
            var opened = new CountDownLatch(1);
            TaskGroup.run(group -> {
                group.start(() -> offload(() -> opened.await()));
                sleep(HOUR); // never ends: what would let time go on waits for it
                opened.countDown();
            });
        }));
        assertThat(error).hasMessageContaining("1 waits for something outside").hasMessageContaining("(PT0S after");
    }

    @Engines
    @DisplayName("testing S1: time goes on once the offloaded body has ended")
    void timeGoesOnAfterAnOffload(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> TaskGroup.run(group -> {
            group.start(() -> {
                offload(() -> Thread.currentThread().getName());
                assertThat(t.clock().elapsed()).isZero();
            });
            sleep(HOUR);
        }));
    }

    @Engines
    @DisplayName("testing S1: time does not jump while a channel is awaited")
    void channelHoldsTime(LoopOptions.Engine engine) throws IOException {
        LoopTester.run(Options.on(engine), t -> {
            Pipe pipe = Pipe.open();
            try (var source = pipe.source(); var sink = pipe.sink()) {
                source.configureBlocking(false);
                try (var readiness = ChannelReadiness.of(source)) {
                    t.background().start(() -> sleep(HOUR));
                    Thread.ofPlatform().start(() -> write(sink));
                    readiness.awaitReadable();
                    assertThat(t.clock().elapsed()).isZero();
                }
            }
        });
    }

    private static void write(Pipe.SinkChannel sink) {
        try {
            sink.write(ByteBuffer.wrap(new byte[1]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Engines
    @DisplayName("testing A11: a hold keeps time and stands for a wait that the loop cannot see")
    void holdStandsForAWaitOutside(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            EventLoop loop = EventLoop.current();
            Promise<String> answer = Promise.create();
            LoopTester.Hold hold = t.holdTime();
            t.background().start(() -> sleep(HOUR));
            Thread.ofPlatform().start(() -> {
                loop.callSoonThreadsafe(() -> answer.succeed("from outside"));
                hold.close();
                hold.close();
            });
            assertThat(answer.await()).isEqualTo("from outside");
            assertThat(t.clock().elapsed()).isZero();
            sleep(HOUR);
        });
    }

    @Engines
    @DisplayName("testing A13, S12: a wait for something outside ends at the limit of real time")
    void waitOutsideEndsAtTheLimit(LoopOptions.Engine engine) {
        assertThatThrownBy(() -> LoopTester.run(
                        Options.impatient(engine), _ -> await(new CompletableFuture<String>())))
                .isInstanceOf(BlockedLoopError.class)
                .hasMessageContaining("PT0.2S of real time")
                .hasMessageContaining("waits for a future of the JDK")
                .satisfies(error -> assertThat(error.getStackTrace()[1].getClassName()).isEqualTo(HERE));
    }

    // ---- steps that hold the loop

    @Engines
    @DisplayName("testing A13, S17: a step that blocks outside the library is reported with its stack and interrupted")
    void blockedStepIsReportedAndInterrupted(LoopOptions.Engine engine) {
        var interrupted = new AtomicBoolean();
        var error = assertThrows(BlockedLoopError.class, () -> LoopTester.run(Options.impatient(engine), _ ->
                TaskGroup.run(group -> group.start("blocker", () -> {
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        interrupted.set(true);
                    }
                }))));
        assertThat(error).hasMessageContaining("held by Task[blocker").hasMessageContaining("at " + HERE);
        assertThat(error.getSuppressed()).isEmpty();
        assertThat(interrupted).isTrue();
    }

    private static LoopTester.Options soonBlocked(LoopOptions.Engine engine) {
        LoopTester.Options options = Options.on(engine).withRealTimeout(Duration.ofMinutes(1));
        return options.withLoop(options.loop().withBlockedAfter(Duration.ofMillis(100)));
    }

    @Engines
    @DisplayName("testing A23: a step that sleeps outside the library fails the run at once, and Thread.sleep is named")
    void sleepOutsideTheLibraryIsNamedAtOnce(LoopOptions.Engine engine) {
        var cleaned = new AtomicBoolean();
        long begun = System.nanoTime();
        var error = assertThrows(BlockedLoopError.class, () -> LoopTester.run(soonBlocked(engine), t -> {
            t.background().start(() -> {
                try {
                    sleepForever();
                } finally {
                    cleaned.set(true);
                }
            });
            t.settle();
            Thread.sleep(Duration.ofHours(1));
        }));
        assertThat(System.nanoTime() - begun).isLessThan(Duration.ofSeconds(30).toNanos()); // no minute, no hour
        assertThat(error)
                .hasMessageContaining("more than PT0.1S of real time, and waits outside the library, "
                        + "in java.lang.Thread.sleep;")
                .hasMessageContaining("at " + HERE);
        assertThat(error.getStackTrace()).anyMatch(frame -> frame.getClassName().equals(HERE));
        assertThat(cleaned).isTrue();
    }

    @Engines
    @DisplayName("testing A23: a step that waits for a lock of the JDK fails the run at once")
    void lockOfTheJdkIsNamedAtOnce(LoopOptions.Engine engine) {
        assertThatThrownBy(() -> LoopTester.run(soonBlocked(engine), _ -> TaskGroup.run(group ->
                        group.start("blocker", () -> new CountDownLatch(1).await()))))
                .isInstanceOf(BlockedLoopError.class)
                .hasMessageContaining("in java.util.concurrent.CountDownLatch.await")
                .hasMessageContaining("blocker");
    }

    @Engines
    @DisplayName("testing A23: a step that works for long is not blocked; the warning sink of the options hears of it")
    void stepThatWorksForLongIsNotBlocked(LoopOptions.Engine engine) {
        var findings = new CopyOnWriteArrayList<ErrorReport.Kind>();
        LoopTester.Options options = soonBlocked(engine);
        LoopOptions heard = options.loop().withWarningSink(finding -> findings.add(finding.kind()));
        LoopTester.run(options.withLoop(heard), _ -> {
            for (int step = 0; step < 2; step++) {
                long until = System.nanoTime() + Duration.ofMillis(250).toNanos();
                while (System.nanoTime() < until) {
                    Thread.onSpinWait();
                }
                sleep(HOUR);
            }
        });
        assertThat(findings).contains(ErrorReport.Kind.BLOCKED);
    }

    @Engines
    @DisplayName("testing A23: a step that blocks for a moment after one that worked for long is not blocked")
    void shortWaitAfterALongStepIsNotBlocked(LoopOptions.Engine engine) throws InterruptedException {
        LoopTester.Options options = Options.on(engine);
        LoopOptions after = options.loop().withBlockedAfter(Duration.ofMillis(200)).withWarningSink(_ -> {});
        LoopTester.run(options.withLoop(after), _ -> {
            long until = System.nanoTime() + Duration.ofMillis(400).toNanos();
            while (System.nanoTime() < until) {
                Thread.onSpinWait();
            }
            checkpoint();
            Thread.sleep(Duration.ofMillis(60)); // the watchdog says now that the loop moves again
        });
    }

    @Engines
    @DisplayName("testing A23: who waits for something outside is not blocked")
    void whoAwaitsSomethingOutsideIsNotBlocked(LoopOptions.Engine engine) throws InterruptedException {
        LoopTester.run(soonBlocked(engine), _ -> offload(() -> Thread.sleep(Duration.ofMillis(250))));
    }

    @Engines
    @DisplayName("testing A23: the watch for blocked steps can be switched off")
    void watchForBlockedStepsCanBeSwitchedOff(LoopOptions.Engine engine) throws InterruptedException {
        LoopTester.Options options = Options.on(engine);
        LoopTester.run(options.withLoop(options.loop().withBlockedAfter(Duration.ZERO)), t -> {
            Thread.sleep(Duration.ofMillis(250));
            assertThat(t.realElapsed()).isGreaterThan(Duration.ofMillis(200));
        });
    }

    @Engines
    @DisplayName("testing A13: a step that spins is reported with its stack, from outside")
    void spinningStepIsReported(LoopOptions.Engine engine) {
        var stop = new AtomicBoolean();
        try {
            assertThatThrownBy(() -> LoopTester.run(shortEnd(Options.impatient(engine)), _ -> {
                while (!stop.get()) {
                    Thread.onSpinWait();
                }
            })).isInstanceOf(BlockedLoopError.class)
                    .hasMessageContaining("does not give up its turn")
                    .satisfies(error -> assertThat(error.getStackTrace())
                            .anyMatch(frame -> frame.getClassName().equals(HERE)))
                    .satisfies(error -> assertThat(error.getSuppressed()[0]).hasMessageContaining("left behind"));
        } finally {
            stop.set(true);
        }
    }

    private static LoopTester.Options shortEnd(LoopTester.Options options) {
        return options.withLoop(options.loop().withShutdownTimeout(Duration.ofMillis(100)));
    }

    // ---- interrupts

    @Engines
    @DisplayName("testing S36: an interrupt of the waiting thread cancels the body, after a dump")
    void interruptCancelsTheBodyAfterADump(LoopOptions.Engine engine) throws Exception {
        var reasons = new ArrayList<String>();
        var outcome = new CompletableFuture<Throwable>();
        var begun = new CountDownLatch(1);
        Thread caller = Thread.ofPlatform().start(() -> {
            try {
                LoopTester.run(Options.on(engine), t -> {
                    LoopTester.Hold hold = t.holdTime();
                    begun.countDown();
                    try (hold) {
                        sleepForever();
                    } catch (dev.espalier.core.CancelledError e) {
                        reasons.add(e.reason().message());
                        throw e;
                    }
                });
            } catch (Throwable e) {
                reasons.add("interrupted: " + Thread.currentThread().isInterrupted());
                outcome.complete(e);
            }
        });
        begun.await();
        caller.interrupt();
        assertThat(outcome.get())
                .isInstanceOf(BlockedLoopError.class)
                .hasMessageContaining("was interrupted")
                .hasMessageContaining("waits for its cancellation (sleepForever)");
        assertThat(reasons).containsExactly("the test was given up: BlockedLoopError", "interrupted: true");
    }
}
