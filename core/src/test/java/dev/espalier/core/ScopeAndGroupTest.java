package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** CancelScope, Deadline and opened groups, beyond the rules. */
class ScopeAndGroupTest {

    @BothEngines
    void callGivesTheValueOrNothing(LoopFixture loops) {
        loops.run(() -> {
            assertThat(CancelScope.call(_ -> "value")).contains("value");
            assertThat(CancelScope.call(scope -> {
                scope.cancel("no");
                checkpoint();
                return "never";
            })).isEmpty();
        });
    }

    @BothEngines
    void theBodysFailureWinsOverACancelOfTheScope(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> CancelScope.run(scope -> {
            scope.cancel("both");
            throw new IOException("own");
        })).isInstanceOf(IOException.class));
    }

    @BothEngines
    void aDeadlineMayBeSetMovedAndRead(LoopFixture loops) {
        loops.run(() -> {
            long start = EventLoop.current().now();
            assertThat(CancelScope.run(scope -> {
                assertThat(scope.deadline()).isEmpty();
                scope.reschedule(Deadline.after(seconds(5)));
                assertThat(scope.deadline()).hasValue(new Deadline(start + seconds(5).toNanos()));
                sleep(seconds(4));
                scope.reschedule(Deadline.after(seconds(5)));
                sleepForever();
            })).isFalse();
            assertThat(loops.since(start)).isEqualTo(seconds(9));
        });
    }

    @BothEngines
    void aDeadlineThatHasPassedCancelsAtOnce(LoopFixture loops) {
        loops.run(() -> CancelScope.run(scope -> {
            Deadline past = Deadline.after(seconds(-1));
            assertThat(past.remaining()).isNegative();
            scope.reschedule(past);
            assertThat(scope.isCancelled()).isTrue();
            checkpoint();
            throw new AssertionError("not reached");
        }));
    }

    @Test
    void deadlinesCompareOverflowSafe() {
        assertThat(new Deadline(1)).isLessThan(new Deadline(2));
        assertThat(new Deadline(Long.MAX_VALUE)).isLessThan(new Deadline(Long.MIN_VALUE + 5));
        assertThat(new Deadline(7)).isEqualByComparingTo(new Deadline(7));
    }

    @BothEngines
    void anActionRunsOnceWhenTheScopeIsCancelledFromInsideOrOutside(LoopFixture loops) {
        loops.run(() -> {
            var ran = new ArrayList<String>();
            CancelScope.run(outer -> CancelScope.run(inner -> {
                inner.onCancel(() -> ran.add("inner"));
                outer.onCancel(() -> ran.add("outer"));
                outer.cancel("first");
                outer.cancel("second");
                assertThat(ran).as("never on the canceller's stack").isEmpty();
                Async.shield(seconds(1), Waits::settle);
                inner.onCancel(() -> ran.add("late"));
                Async.shield(seconds(1), Waits::settle);
            }));
            assertThat(ran).containsExactlyInAnyOrder("inner", "outer", "late");
        });
    }

    @BothEngines
    void anActionTakenBackOrOfAScopeThatEndedWellNeverRuns(LoopFixture loops) {
        loops.run(() -> {
            var ran = new ArrayList<String>();
            var left = new AtomicReference<CancelScope>();
            CancelScope.run(scope -> {
                left.set(scope);
                scope.onCancel(() -> ran.add("taken back")).close();
                scope.onCancel(() -> ran.add("of a scope that ended well"));
            });
            left.get().cancel("after it was left");
            settle();
            assertThat(ran).isEmpty();
        });
    }

    @BothEngines
    void anOffloadedBodyMayRegisterAndTakeBackItsOwnAction(LoopFixture loops) {
        loops.runInRealTime(() -> {
            var ran = new CompletableFuture<String>();
            CancelScope.run(scope -> {
                Async.offload(() -> scope.onCancel(() -> ran.complete("taken back")).close());
                Task<?> me = Task.current();
                Async.offload(() -> {
                    scope.onCancel(() -> ran.complete("registered outside"));
                    scope.cancel("from outside");
                });
                assertThat(me.isEffective()).as("only the scope is cancelled").isFalse();
            });
            assertThat(Async.await(ran)).isEqualTo("registered outside");
        });
    }

    @BothEngines
    void aScopeThatWasLeftTakesNoDeadline(LoopFixture loops) {
        loops.run(() -> {
            var left = new AtomicReference<CancelScope>();
            CancelScope.run(left::set);
            try {
                left.get().reschedule(Deadline.after(seconds(3600)));
            } catch (IllegalStateException e) {
                assertThat(e).hasMessageContaining("left");
            }
            assertThat(EventLoop.current().statistics().timers()).isZero();
        });
    }

    @BothEngines
    void anActionThatFailsGoesToTheErrorSink(LoopFixture loops) {
        loops.run(() -> CancelScope.run(scope -> {
            scope.onCancel(() -> {
                throw new IllegalStateException("of the action");
            });
            scope.cancel("now");
            Async.shield(seconds(1), Waits::settle);
        }));
        assertThat(loops.takeReports()).singleElement().satisfies(
                report -> assertThat(report.exception()).hasMessage("of the action"));
    }

    @BothEngines
    void theCurrentScopeIsTheInnermost(LoopFixture loops) {
        loops.run(() -> CancelScope.run(outer -> {
            assertThat(CancelScope.current()).isSameAs(outer);
            TaskGroup.run(group -> assertThat(CancelScope.current()).isSameAs(group.scope()));
            assertThat(CancelScope.current()).isSameAs(outer);
            assertThat(outer.toString()).contains("main").contains("open");
        }));
    }

    @BothEngines
    void aHundredThousandNestedScopesAreCancelledWithoutRecursion(LoopFixture loops) {
        loops.run(() -> {
            var scopes = new ArrayList<CancelScope>();
            for (int i = 0; i < 100_000; i++) {
                scopes.add(CancelScope.enter(Task.running(), false));
            }
            scopes.get(0).cancel("from the outermost");
            assertThatThrownBy(Async::checkpoint).isInstanceOf(CancelledError.class);
            for (CancelScope scope : scopes.reversed()) {
                scope.exit();
            }
            checkpoint();
        });
    }

    // ---- opened groups

    @BothEngines
    void joinThrowsTheFailuresOfTheChildren(LoopFixture loops) {
        loops.run(() -> {
            try (var group = TaskGroup.open()) {
                group.start(() -> {
                    throw new IOException("child");
                });
                assertThatThrownBy(group::join).isInstanceOf(GroupException.class);
            }
        });
    }

    @BothEngines
    void closeWithoutJoinCancelsAndWaits(LoopFixture loops) {
        loops.run(() -> {
            var ended = new ArrayList<String>();
            try (var group = TaskGroup.open()) {
                group.start(() -> {
                    try {
                        sleepForever();
                    } finally {
                        Async.shield(seconds(2), () -> sleep(seconds(1)));
                        ended.add("child");
                    }
                });
                checkpoint();
            }
            assertThat(ended).containsExactly("child");
        });
    }

    @BothEngines
    void theFailureOfTheBlockComesOutAlone(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> {
            try (var group = TaskGroup.open()) {
                group.start(Async::sleepForever);
                throw new IOException("of the block");
            }
        }).isInstanceOf(IOException.class).hasNoSuppressedExceptions());
    }

    @BothEngines
    void aGroupCancelledByAForeignThreadEnds(LoopFixture loops) {
        loops.time.expectForeignThreads();
        loops.run(() -> TaskGroup.run(group -> {
            group.start(Async::sleepForever);
            Thread.ofPlatform().start(() -> group.cancel("from a thread"));
        }));
    }
}
