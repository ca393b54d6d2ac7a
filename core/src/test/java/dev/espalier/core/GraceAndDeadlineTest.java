package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.moveOnAfter;
import static dev.espalier.core.Async.shield;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Async.timeout;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** F2, F8, F10, F11, F13: reasons with places, deadlines that are read and moved, clean-up with a grace. */
class GraceAndDeadlineTest {

    /** Sleeps; cancelled, cleans up for ten seconds, and then notes what came of it. */
    private static void cleansUp(List<String> log) {
        try {
            sleepForever();
        } finally {
            log.add("cancelled");
            try {
                shield(seconds(10), () -> sleep(seconds(8)));
                log.add("clean");
            } catch (CancelledError e) {
                log.add("cut: " + e.reason().message());
                throw e;
            }
        }
    }

    // ---- grace

    @BothEngines
    void ordinaryCodeMeetsTheCancelAtOnceAndCleanUpWithinTheGraceEnds(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> {
            long start = EventLoop.current().now();
            assertThat(CancelScope.run(scope -> {
                EventLoop.current().callLater(seconds(1), () -> scope.cancel("stop", seconds(9)));
                cleansUp(log);
            })).isFalse();
            assertThat(loops.since(start)).isEqualTo(seconds(9));
        });
        assertThat(log).containsExactly("cancelled", "clean");
    }

    @BothEngines
    void afterTheGraceTheShieldsInsideNoLongerHold(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> {
            long start = EventLoop.current().now();
            assertThat(CancelScope.run(scope -> TaskGroup.run(group -> {
                group.start(() -> cleansUp(log));
                group.start(() -> shield(seconds(99), () -> TaskGroup.run(inner -> inner.start(() -> cleansUp(log)))));
                settle();
                scope.cancel("stop", seconds(5));
            }))).isFalse();
            assertThat(loops.since(start)).isEqualTo(seconds(5));
        });
        assertThat(log).containsExactlyInAnyOrder("cancelled", "cut: stop", "cancelled", "cut: stop");
    }

    @BothEngines
    void afterTheGraceNoShieldCanBeRaisedInside(LoopFixture loops) {
        loops.run(() -> assertThat(CancelScope.run(scope -> {
            scope.cancel("stop", seconds(0));
            assertThatThrownBy(() -> shield(seconds(9), Async::checkpoint)).isInstanceOf(CancelledError.class);
            CancelScope.run(_ -> shield(seconds(9), Async::checkpoint));
        })).isFalse());
    }

    @BothEngines
    void theGraceOfAScopeLeavesShieldsAroundItAlone(LoopFixture loops) {
        loops.run(() -> CancelScope.run(outer -> {
            outer.cancel("outer");
            shield(seconds(99), () -> {
                assertThat(CancelScope.run(inner -> {
                    inner.cancel("inner", seconds(0));
                    checkpoint();
                })).isFalse();
                sleep(seconds(1));
            });
        }));
    }

    @BothEngines
    void aBackgroundChildEndsWithTheGraceToo(LoopFixture loops) {
        loops.run(() -> {
            long start = EventLoop.current().now();
            CancelScope.run(scope -> TaskGroup.run(group -> {
                group.startBackground(Async::sleepForever);
                group.start(() -> cleansUp(new ArrayList<>()));
                settle();
                scope.cancel("stop", seconds(3));
            }));
            assertThat(loops.since(start)).isEqualTo(seconds(3));
        });
    }

    @BothEngines
    void aGraceCanBeShortenedAndNotProlonged(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> {
            long start = EventLoop.current().now();
            CancelScope.run(scope -> TaskGroup.run(group -> {
                group.start(() -> cleansUp(log));
                settle();
                scope.cancel("first");
                scope.cancel("second", seconds(4));
                scope.cancel("third", seconds(2));
                scope.cancel("fourth", seconds(7));
                assertThat(scope.toString()).contains("grace ends in 2 s").contains("first");
            }));
            assertThat(loops.since(start)).isEqualTo(seconds(2));
        });
        assertThat(log).containsExactly("cancelled", "cut: first");
    }

    // ---- deadlines

    @BothEngines
    void theEffectiveDeadlineIsTheEarliestAround(LoopFixture loops) {
        loops.run(() -> {
            assertThat(CancelScope.effectiveDeadline()).isEmpty();
            long start = EventLoop.current().now();
            timeout(seconds(5), () -> timeout(seconds(9), () -> {
                assertThat(CancelScope.effectiveDeadline()).contains(new Deadline(start + seconds(5).toNanos()));
                TaskGroup.run(group -> group.start(() -> assertThat(CancelScope.effectiveDeadline())
                        .contains(new Deadline(start + seconds(5).toNanos()))));
            }));
        });
    }

    @BothEngines
    void aShieldHidesDeadlinesOutsideButNotTheEndOfAGrace(LoopFixture loops) {
        loops.run(() -> {
            long start = EventLoop.current().now();
            timeout(seconds(5), () -> shield(seconds(9), () ->
                    assertThat(CancelScope.effectiveDeadline()).contains(new Deadline(start + seconds(9).toNanos()))));
            CancelScope.run(scope -> {
                scope.cancel("stop", seconds(3));
                assertThat(scope.deadline()).isEmpty();
                shield(seconds(9), () ->
                        assertThat(CancelScope.effectiveDeadline()).contains(new Deadline(start + seconds(3).toNanos())));
                assertThat(CancelScope.effectiveDeadline()).contains(new Deadline(EventLoop.current().now()));
            });
        });
    }

    @BothEngines
    void aDeadlineMovesWhileItsBodyWaits(LoopFixture loops) {
        loops.run(() -> {
            long start = EventLoop.current().now();
            assertThat(CancelScope.run(scope -> {
                scope.reschedule(Deadline.after(seconds(2)));
                EventLoop.current().callLater(seconds(1), () -> scope.reschedule(Deadline.after(seconds(5))));
                sleepForever();
            })).isFalse();
            assertThat(loops.since(start)).isEqualTo(seconds(6));
        });
    }

    @BothEngines
    void reschedulingACancelledScopeDoesNotProlongItsGrace(LoopFixture loops) {
        loops.run(() -> {
            long start = EventLoop.current().now();
            CancelScope.run(scope -> {
                scope.cancel("stop", seconds(2));
                scope.reschedule(Deadline.after(seconds(50)));
                assertThatThrownBy(() -> shield(seconds(9), Async::sleepForever)).isInstanceOf(CancelledError.class);
            });
            assertThat(loops.since(start)).isEqualTo(seconds(2));
        });
    }

    @BothEngines
    void aTimeoutTellsTheDeadlineAroundIt(LoopFixture loops) {
        loops.run(() -> {
            assertThatThrownBy(() -> timeout(seconds(5), () -> timeout(seconds(2), Async::sleepForever)))
                    .isInstanceOf(DeadlineExceededException.class)
                    .hasMessageContaining("a timeout of 2 s passed; a deadline around it passes in 3 s");
            assertThatThrownBy(() -> timeout(seconds(2), Async::sleepForever)).hasMessageEndingWith("passed");
        });
    }

    // ---- what a scope tells

    @BothEngines
    void aScopeTellsWhetherItWasCancelledAbsorbedAndWhy(LoopFixture loops) {
        loops.run(() -> {
            var scopes = new ArrayList<CancelScope>();
            CancelScope.run(scope -> {
                scopes.add(scope);
                assertThat(scope.cancelReason()).isEmpty();
                scope.cancel("why");
                assertThat(scope.isCancelled()).isTrue();
                assertThat(scope.isAbsorbed()).isFalse();
                checkpoint();
            });
            CancelScope.run(scope -> {
                scopes.add(scope);
                scope.cancel("in vain");
            });
            assertThat(scopes).extracting(CancelScope::isAbsorbed).containsExactly(true, false);
            assertThat(scopes.get(0).cancelReason().map(CancelReason::message)).contains("why");
            assertThat(scopes.get(0).cancelReason().map(CancelReason::by)).contains("main");
        });
    }

    @BothEngines
    void inDebugModeACancelledErrorShowsWhereItWasCancelled(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options().withSpawnTraces(true))) {
            loop.run(() -> TaskGroup.run(group -> {
                Task<?> victim = group.start(Async::sleepForever);
                settle();
                aPlaceThatCancels(victim);
                victim.join();
                assertThat(victim.state()).isInstanceOfSatisfying(Awaitable.Cancelled.class, end ->
                        assertThat(end.reason().at().get(0).getMethodName()).isEqualTo("aPlaceThatCancels"));
                CancelScope.run(scope -> {
                    scope.cancel("here");
                    assertThatThrownBy(Async::checkpoint).isInstanceOf(CancelledError.class).cause()
                            .hasMessageContaining("cancelled here").satisfies(place -> assertThat(place.getStackTrace()[0]
                                    .getClassName()).isEqualTo(GraceAndDeadlineTest.class.getName()));
                });
            }));
        }
    }

    private static void aPlaceThatCancels(Task<?> victim) {
        victim.cancel("here");
    }

    @BothEngines
    void withoutDebugModeThereIsNoTrace(LoopFixture loops) {
        loops.run(() -> CancelScope.run(scope -> {
            scope.cancel("here");
            assertThatThrownBy(Async::checkpoint).hasNoCause();
            assertThat(scope.cancelReason().map(CancelReason::at)).isEqualTo(Optional.of(List.of()));
        }));
    }

    @BothEngines
    void theDeadlineThatFiredIsNamed(LoopFixture loops) {
        loops.run(() -> {
            var reasons = new ArrayList<CancelReason>();
            moveOnAfter(seconds(1), () -> TaskGroup.run(group -> group.start("child", () -> {
                try {
                    sleepForever();
                } catch (CancelledError e) {
                    reasons.add(e.reason());
                    throw e;
                }
            })));
            assertThat(reasons).singleElement().satisfies(reason -> {
                assertThat(reason.kind()).isEqualTo(CancelReason.Kind.DEADLINE);
                assertThat(reason.message()).contains("deadline").contains("main");
            });
        });
    }
}
