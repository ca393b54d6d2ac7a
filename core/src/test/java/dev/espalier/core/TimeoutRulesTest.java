package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.moveOnAfter;
import static dev.espalier.core.Async.shield;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Async.timeout;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.seconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

class TimeoutRulesTest {

    @BothEngines
    void s17BodyThatFinishedWinsOverItsDeadline(LoopFixture loops) {
        loops.run(() -> {
            assertThat(timeout(seconds(1), () -> {
                holdTheLoop(loops, seconds(5));
                return "finished without an await after its deadline";
            })).startsWith("finished");
            checkpoint();
        });
    }

    @BothEngines
    void s17AWakeUpOfTheSameMomentAsTheDeadlineLetsTheBodyFinish(LoopFixture loops) {
        loops.run(() -> {
            // The sleep was set after the deadline, so the deadline fires first and wins: equal moments fire in order.
            assertThatThrownBy(() -> timeout(seconds(1), () -> sleep(seconds(1))))
                    .isInstanceOf(DeadlineExceededException.class);
            // Here a value arrives in the tick in which the deadline is due: it is delivered, and the body ends by itself.
            Promise<String> promise = Promise.create();
            EventLoop.current().callLater(seconds(1), () -> promise.succeed("arrived"));
            checkpoint();
            assertThat(timeout(seconds(2), () -> promise.await())).isEqualTo("arrived");
        });
    }

    @BothEngines
    void s17AResultThatArrivedBeatsADeadlineThatIsDueInTheSameTick(LoopFixture loops) {
        loops.run(() -> {
            Promise<String> promise = Promise.create();
            EventLoop.current().callLater(seconds(1), () -> {
                holdTheLoop(loops, seconds(1)); // past the deadline, before the loop sees that
                promise.succeed("arrived");
            });
            assertThat(timeout(millis(1500), () -> promise.await())).isEqualTo("arrived");
        });
    }

    @BothEngines
    void s17MoveOnSaysThatTheBodyEndedByItselfUnlessTheErrorWasReallyAbsorbed(LoopFixture loops) {
        loops.run(() -> {
            assertThat(moveOnAfter(seconds(1), () -> {
                try {
                    sleepForever();
                } catch (CancelledError e) {
                    // The body decides to end well; nothing is left to absorb.
                    assertThat(e.reason().kind()).isEqualTo(CancelReason.Kind.DEADLINE);
                }
            })).isTrue();
            assertThat(moveOnAfter(seconds(1), () -> "value")).isEqualTo(Optional.of("value"));
        });
    }

    @BothEngines
    void s18TheOuterDeadlinePassesThroughTheInnerTimeoutUnconverted(LoopFixture loops) {
        loops.run(() -> {
            var seenByInner = new AtomicReference<Throwable>();
            assertThatThrownBy(() -> timeout(seconds(1), () -> {
                try {
                    timeout(seconds(10), Async::sleepForever);
                } catch (Throwable e) {
                    seenByInner.set(e);
                    throw e;
                }
            })).isInstanceOf(DeadlineExceededException.class).hasMessageContaining("1 s");
            assertThat(seenByInner.get()).isInstanceOf(CancelledError.class);
        });
    }

    @BothEngines
    void s18WhenBothDeadlinesPassTheOuterUnwinds(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> timeout(seconds(1), () -> timeout(seconds(1), Async::sleepForever)))
                .isInstanceOf(DeadlineExceededException.class)
                .hasNoSuppressedExceptions()
                .cause().isInstanceOf(CancelledError.class));
    }

    @BothEngines
    void s18TheInnerDeadlineLeavesTheOuterAlone(LoopFixture loops) {
        loops.run(() -> timeout(seconds(10), () -> {
            assertThatThrownBy(() -> timeout(seconds(1), Async::sleepForever))
                    .isInstanceOf(DeadlineExceededException.class);
            sleep(seconds(1));
        }));
    }

    @BothEngines
    void s19TheBodysErrorWinsAndNotesTheTimeout(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> timeout(seconds(1), () -> {
            try {
                sleepForever();
            } finally {
                throwIo("in clean-up");
            }
        })).isInstanceOf(IOException.class).hasMessage("in clean-up").satisfies(e -> assertThat(e.getSuppressed())
                .singleElement().isInstanceOf(DeadlineExceededException.class)));
    }

    @BothEngines
    void s19AnErrorBeforeTheDeadlineNotesNothing(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> timeout(seconds(1), () -> throwIo("early")))
                .isInstanceOf(IOException.class).hasNoSuppressedExceptions());
    }

    private static void throwIo(String message) throws IOException {
        throw new IOException(message);
    }

    @BothEngines
    void s20ATimeoutWaitsForTheCancelledWorkToFinish(LoopFixture loops) {
        var order = new ArrayList<String>();
        loops.run(() -> {
            assertThatThrownBy(() -> timeout(seconds(1), () -> TaskGroup.run(group -> group.start(() -> {
                try {
                    sleepForever();
                } finally {
                    shield(seconds(10), () -> sleep(seconds(3)));
                    order.add("work ended");
                }
            })))).isInstanceOf(DeadlineExceededException.class);
            order.add("timeout returned");
        });
        assertThat(order).containsExactly("work ended", "timeout returned");
    }

    @BothEngines
    void s20AnOuterCancelIsNotHiddenWhenTheBodyFinishesInTheSameTick(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Promise<String> promise = Promise.create();
            var got = new ArrayList<String>();
            Task<Void> waiter = group.start(() -> {
                got.add(timeout(seconds(10), () -> promise.await()));
                checkpoint();
                got.add("the cancel was hidden");
            });
            checkpoint();
            promise.succeed("value");
            waiter.cancel("in the same tick");
            waiter.join();
            assertThat(got).containsExactly("value");
            assertThat(waiter.state()).isInstanceOf(Awaitable.Cancelled.class);
        }));
    }

    @BothEngines
    void s21ARelativeLimitCountsFromTheEntry(LoopFixture loops) {
        loops.run(() -> {
            Duration limit = seconds(2);
            sleep(seconds(10));
            long start = EventLoop.current().now();
            assertThatThrownBy(() -> timeout(limit, Async::sleepForever)).isInstanceOf(DeadlineExceededException.class);
            assertThat(loops.since(start)).isEqualTo(seconds(2));
        });
    }

    @BothEngines
    void s21ADeadlineIsAMomentWhereverItIsUsed(LoopFixture loops) {
        loops.run(() -> {
            long start = EventLoop.current().now();
            Deadline deadline = Deadline.after(seconds(5));
            sleep(seconds(3));
            assertThat(deadline.remaining()).isEqualTo(seconds(2));
            assertThatThrownBy(() -> timeout(deadline, Async::sleepForever)).isInstanceOf(DeadlineExceededException.class);
            assertThat(loops.since(start)).isEqualTo(seconds(5));
            assertThatThrownBy(() -> timeout(deadline, Async::checkpoint)).isInstanceOf(DeadlineExceededException.class);
        });
    }

    @BothEngines
    void s22ATimeoutOfAChildIsAnOrdinaryFailureThatNobodySwallows(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> TaskGroup.run(group -> {
            group.start(() -> timeout(seconds(1), Async::sleepForever));
            sleepForever();
        })).isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.failures())
                .singleElement().isInstanceOf(DeadlineExceededException.class)));
    }

    @BothEngines
    void s22ADeadlineExceededExceptionPassesThroughATimeoutAroundIt(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(
                        () -> timeout(seconds(10), () -> timeout(seconds(1), Async::sleepForever)))
                .isInstanceOf(DeadlineExceededException.class)
                .hasMessageContaining("1 s"));
    }

    @BothEngines
    void theErrorNamesTheTaskAndShowsWhereTheBodyWas(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> timeout(millis(20), TimeoutRulesTest::aPlaceInTheBody))
                .hasMessageContaining("main")
                .hasMessageContaining("20 ms")
                .cause()
                .satisfies(e -> assertThat(e.getStackTrace())
                        .anyMatch(frame -> frame.getMethodName().equals("aPlaceInTheBody"))));
    }

    private static void aPlaceInTheBody() {
        sleepForever();
    }

    @BothEngines
    void aLimitBeyondAllTimeNeverFires(LoopFixture loops) {
        loops.run(() -> {
            Duration ever = Duration.ofSeconds(Long.MAX_VALUE);
            timeout(ever, () -> sleep(Duration.ofDays(365)));
            assertThat(moveOnAfter(ever, () -> sleep(seconds(1)))).isTrue();
            assertThat(moveOnAfter(Duration.ofDays(1), () -> sleep(ever))).isFalse();
        });
    }

    @BothEngines
    void aTimeoutThatDoesNotFireLeavesNoTimer(LoopFixture loops) {
        loops.run(() -> {
            for (int i = 0; i < 1000; i++) {
                timeout(seconds(1), Async::checkpoint);
            }
            assertThat(EventLoop.current().statistics().timers()).isZero();
        });
    }

    /** Time passes while nobody awaits: a long computation. Writes the clock with the turn. */
    private static void holdTheLoop(LoopFixture loops, Duration duration) {
        loops.time.poll(duration.toNanos());
    }
}
