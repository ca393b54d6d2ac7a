package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.moveOnAfter;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Async.timeout;
import static dev.espalier.core.TaskGroup.successes;
import static dev.espalier.core.Waits.seconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.GroupPolicy.Verdict;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** When a group has what it needs: the policies. */
class GroupPolicyTest {

    private static int after(long time, int value) {
        sleep(seconds(time));
        return value;
    }

    private static int failing(long time) throws IOException {
        sleep(seconds(time));
        throw new IOException("after " + time);
    }

    private static List<Integer> valuesOf(GroupPolicy policy, BodyWith<TaskGroup, List<Task<Integer>>, RuntimeException> body) {
        return successes(TaskGroup.call(policy, body));
    }

    // ---- enough successes

    @BothEngines
    void anyTakesTheFirstSuccessAndCancelsTheRest(LoopFixture loops) {
        long start = loops.time.nanoTime();
        assertThat(loops.<List<Integer>, RuntimeException>call(() -> valuesOf(GroupPolicy.any(), group -> List.of(
                group.start(() -> after(9, 1)), group.start(() -> after(2, 2)), group.start(() -> failing(1))))))
                .containsExactly(2);
        assertThat(loops.since(start)).isEqualTo(seconds(2));
    }

    @BothEngines
    void anyThrowsAllFailuresIfNoChildSucceeds(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> TaskGroup.run(GroupPolicy.any(), group -> {
            group.start(() -> failing(1));
            group.start(() -> failing(2));
        })).isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.failures())
                .extracting(Throwable::getMessage).containsExactly("after 1", "after 2"))
                .hasMessageContaining("any: 0 succeeded, 2 failed"));
    }

    @BothEngines
    void firstGivesEachChildItsTryAndQuorumGivesUpEarly(LoopFixture loops) {
        loops.run(() -> {
            long start = EventLoop.current().now();
            assertThatThrownBy(() -> TaskGroup.run(GroupPolicy.first(2), group -> threeOfWhichOneSucceeds(group)))
                    .isInstanceOf(GroupException.class);
            assertThat(loops.since(start)).isEqualTo(seconds(5));
            assertThatThrownBy(() -> TaskGroup.run(GroupPolicy.quorum(2), group -> threeOfWhichOneSucceeds(group)))
                    .isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.failures()).hasSize(2));
            assertThat(loops.since(start)).isEqualTo(seconds(7));
        });
    }

    private static void threeOfWhichOneSucceeds(TaskGroup group) {
        group.start(() -> failing(1));
        group.start(() -> failing(2));
        group.start(() -> after(5, 1));
    }

    @BothEngines
    void quorumDoesNotGiveUpWhileTheBodyMayStartMore(LoopFixture loops) {
        assertThat(loops.<List<Integer>, RuntimeException>call(() -> valuesOf(GroupPolicy.quorum(1), group -> {
            group.start(() -> failing(1));
            sleep(seconds(3));
            return List.of(group.start(() -> after(1, 7)));
        }))).containsExactly(7);
    }

    @BothEngines
    void tooFewChildrenForTheNumberIsAnErrorThatSaysSo(LoopFixture loops) {
        loops.run(() -> {
            assertThatThrownBy(() -> TaskGroup.run(GroupPolicy.first(2), group -> group.start(() -> after(1, 1))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("first(2)").hasMessageContaining("too few children");
            assertThatThrownBy(() -> TaskGroup.run(GroupPolicy.quorum(2), group -> {
                group.start(() -> after(1, 1));
                group.start(Async::sleepForever).cancel("alone");
            })).isInstanceOf(TaskCancelledException.class).hasMessageContaining("quorum(2)")
                    .hasMessageContaining("1 cancelled");
        });
    }

    @Test
    void aNumberBelowOneIsRefused() {
        assertThatThrownBy(() -> GroupPolicy.first(0)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("0");
        assertThatThrownBy(() -> GroupPolicy.quorum(-3)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("-3");
    }

    @BothEngines
    void aFailureAfterEnoughGoesToTheErrorSink(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(GroupPolicy.any(), group -> {
            group.start(() -> after(1, 1));
            group.start(() -> {
                try {
                    sleepForever();
                } catch (CancelledError e) {
                    throw new IOException("in clean-up", e);
                }
            });
        }));
        assertThat(loops.takeReports()).singleElement().satisfies(
                report -> assertThat(report.exception()).hasMessage("in clean-up"));
    }

    @BothEngines
    void enoughUnwindsABodyThatStillWaits(LoopFixture loops) {
        loops.run(() -> {
            TaskGroup.run(GroupPolicy.any(), group -> {
                group.start(() -> after(1, 1));
                sleepForever();
            });
            assertThatThrownBy(() -> TaskGroup.call(GroupPolicy.any(), group -> {
                group.start(() -> after(1, 1));
                sleepForever();
                return 1;
            })).isInstanceOf(TaskCancelledException.class).hasMessageContaining("any");
        });
    }

    // ---- the body is a member

    @BothEngines
    void theBodysFailureComesOutAsItselfWhateverThePolicy(LoopFixture loops) {
        loops.run(() -> {
            for (GroupPolicy policy : List.of(GroupPolicy.any(), GroupPolicy.first(2), GroupPolicy.quorum(2),
                    GroupPolicy.until(_ -> false), GroupPolicy.supervisor(), GroupPolicy.all(),
                    GroupPolicy.of("own", _ -> Verdict.GO_ON), GroupPolicy.collectAll())) {
                assertThatThrownBy(() -> TaskGroup.run(policy, group -> {
                    group.start(() -> after(1, 1));
                    throw new IOException("body");
                })).as(policy.toString()).isInstanceOf(IOException.class).hasMessage("body");
            }
        });
    }

    @BothEngines
    void theBodysFailureCancelsTheChildrenUnlessAllIsCollected(LoopFixture loops) {
        loops.run(() -> {
            long start = EventLoop.current().now();
            assertThatThrownBy(() -> TaskGroup.run(GroupPolicy.supervisor(), group -> {
                group.start(() -> after(5, 1));
                throw new IOException("body");
            })).isInstanceOf(IOException.class);
            assertThat(loops.since(start)).isZero();
            assertThatThrownBy(() -> TaskGroup.run(GroupPolicy.collectAll(), group -> {
                group.start(() -> failing(5));
                throw new IOException("body");
            })).isInstanceOf(IOException.class).satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
            assertThat(loops.since(start)).isEqualTo(seconds(5));
        });
    }

    @BothEngines
    void aToleratedFailureBeforeTheBodysMakesAGroupOfBoth(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> TaskGroup.run(GroupPolicy.any(), group -> {
            group.start(() -> failing(1));
            sleep(seconds(2));
            throw new IOException("body");
        })).isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.failures())
                .extracting(Throwable::getMessage).containsExactly("after 1", "body")));
    }

    // ---- collect, until, supervise

    @BothEngines
    void collectAllRunsEveryChildToItsEndAndThrowsAllFailures(LoopFixture loops) {
        loops.run(() -> {
            var child = new AtomicReference<Task<Integer>>();
            assertThatThrownBy(() -> TaskGroup.run(GroupPolicy.collectAll(), group -> {
                group.start(() -> failing(1));
                child.set(group.start(() -> after(2, 2)));
                group.start(() -> failing(3));
            })).isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.failures()).hasSize(2));
            assertThat(child.get().result()).isEqualTo(2);
        });
    }

    @BothEngines
    void untilSeesTheStateOfEachMemberThatEnds(LoopFixture loops) {
        List<Integer> values = loops.call(() -> valuesOf(
                GroupPolicy.until(progress -> progress.last() instanceof Awaitable.Succeeded<?>(Integer value) && value > 1),
                group -> List.of(group.start(() -> after(1, 1)), group.start(() -> failing(2)),
                        group.start(() -> after(3, 3)), group.start(() -> after(4, 4)))));
        assertThat(values).containsExactly(1, 3);
    }

    @BothEngines
    void aRuleSeesCountsTheBodyAndTheChild(LoopFixture loops) {
        var seen = new ArrayList<String>();
        loops.run(() -> TaskGroup.run(GroupPolicy.of("watch", progress -> {
            seen.add((progress.child() == null ? "body" : progress.child().name()) + " s" + progress.succeeded() + " f"
                    + progress.failed() + " c" + progress.cancelled() + " a" + progress.alive() + " " + progress.isEnded());
            return Verdict.GO_ON;
        }), group -> {
            group.start("one", () -> after(1, 1));
            group.start("two", () -> failing(2));
            group.start("three", () -> after(3, 1)).cancel("alone");
        }));
        assertThat(seen).containsSequence(
                "body s0 f0 c0 a3 false", "three s0 f0 c1 a2 false", "one s1 f0 c1 a1 false", "two s1 f1 c1 a0 true");
    }

    @BothEngines
    void aRuleThatThrowsFailsTheGroup(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> TaskGroup.run(GroupPolicy.of("bad", _ -> {
            throw new IllegalArgumentException("of the rule");
        }), group -> {
            group.start(() -> after(1, 1));
            sleepForever();
        })).isInstanceOf(GroupException.class).hasCauseInstanceOf(IllegalArgumentException.class));
    }

    @BothEngines
    void aSupervisorLeavesTheFailureToTheAwaiterAndTheSiblingsAlone(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(GroupPolicy.supervisor(), group -> {
            Task<Integer> bad = group.start(() -> failing(1));
            Task<Integer> good = group.start(() -> after(2, 2));
            assertThatThrownBy(bad::await).isInstanceOf(TaskFailedException.class).hasCauseInstanceOf(IOException.class);
            assertThat(good.await()).isEqualTo(2);
        }));
    }

    @BothEngines
    void aSupervisedFailureThatNobodyAwaitedIsReportedWhenTheGroupEnds(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(GroupPolicy.supervisor(), group -> {
            group.start("lonely", () -> failing(1));
            assertThat(group.start(() -> failing(1)).toFuture()).isNotNull();
            group.start(() -> after(2, 2));
        }));
        assertThat(loops.takeReports()).singleElement().satisfies(report -> {
            assertThat(report.task()).isEqualTo("lonely");
            assertThat(report.exception()).hasMessage("after 1");
        });
    }

    @BothEngines
    void anErrorOfTheJvmEndsAGroupThatTolerates(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> TaskGroup.run(GroupPolicy.supervisor(), group -> {
            group.start(() -> {
                checkpoint();
                throw new InternalError("jvm");
            });
            sleepForever();
        })).isInstanceOf(InternalError.class));
    }

    @BothEngines
    void aBackgroundChildCountsForNoPolicyButItsFailure(LoopFixture loops) {
        loops.run(() -> {
            assertThat(valuesOf(GroupPolicy.any(), group -> {
                group.startBackground(() -> {});
                return List.of(group.start(() -> after(1, 5)));
            })).containsExactly(5);
            assertThatThrownBy(() -> TaskGroup.run(GroupPolicy.supervisor(), group -> {
                group.startBackground(() -> failing(1));
                sleepForever();
            })).isInstanceOf(GroupException.class);
        });
    }

    // ---- time limits and cancellation

    @BothEngines
    void aGroupWithADeadlineEndsWithWhatItHas(LoopFixture loops) {
        loops.run(() -> {
            for (GroupPolicy policy : List.of(
                    GroupPolicy.all(), GroupPolicy.collectAll(), GroupPolicy.quorum(3), GroupPolicy.supervisor())) {
                List<Integer> values = valuesOf(policy.withDeadline(seconds(2)), group -> List.of(
                        group.start(() -> after(1, 1)), group.start(() -> after(3, 3)), group.start(() -> after(1, 2))));
                assertThat(values).as(policy.toString()).containsExactly(1, 2);
            }
        });
    }

    @BothEngines
    void aTimeoutAroundItIsAnErrorAndMoveOnKeepsWhatTheChildrenHold(LoopFixture loops) {
        loops.run(() -> {
            var children = new ArrayList<Task<Integer>>();
            VoidBody<RuntimeException> group = () -> TaskGroup.run(GroupPolicy.collectAll(), it -> {
                children.add(it.start(() -> after(1, 1)));
                children.add(it.start(() -> after(3, 3)));
            });
            assertThatThrownBy(() -> timeout(seconds(2), group)).isInstanceOf(DeadlineExceededException.class);
            assertThat(moveOnAfter(seconds(2), group)).isFalse();
            assertThat(successes(children)).containsExactly(1, 1);
        });
    }

    @BothEngines
    void aCancelFromOutsidePassesThroughEveryPolicy(LoopFixture loops) {
        loops.run(() -> {
            for (GroupPolicy policy : List.of(GroupPolicy.any(), GroupPolicy.quorum(2), GroupPolicy.collectAll(),
                    GroupPolicy.until(_ -> false), GroupPolicy.supervisor())) {
                assertThat(moveOnAfter(seconds(1), () -> TaskGroup.run(policy, group -> {
                    group.start(Async::sleepForever);
                    sleepForever();
                }))).as(policy.toString()).isFalse();
            }
        });
    }

    @BothEngines
    void anOpenedGroupTakesAPolicyToo(LoopFixture loops) {
        loops.run(() -> {
            try (var group = TaskGroup.open(GroupPolicy.any())) {
                Task<Integer> slow = group.start(() -> after(9, 1));
                Task<Integer> quick = group.start(() -> after(1, 2));
                group.join();
                assertThat(successes(List.of(slow, quick))).containsExactly(2);
            }
        });
    }
}
