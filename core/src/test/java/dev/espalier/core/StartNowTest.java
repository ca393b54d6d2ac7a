package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Eager start: the child runs now, and the starter goes on before all others. */
class StartNowTest {

    @BothEngines
    void s29TheChildRunsToItsFirstWaitAndTheStarterGoesOnBeforeAllOthers(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> TaskGroup.run(group -> {
            group.start(() -> log.add("other"));
            group.startNow(() -> {
                log.add("child");
                checkpoint();
                log.add("child again");
            });
            log.add("starter");
        }));
        assertThat(log).containsExactly("child", "starter", "other", "child again");
    }

    @BothEngines
    void s29AChildThatNeverWaitsHasEndedWhenStartNowReturns(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            assertThat(group.startNow(() -> 7).result()).isEqualTo(7);
            assertThat(group.startNow("named", () -> Task.current().name()).result()).isEqualTo("named");
            assertThat(group.children()).isEmpty();
        }));
    }

    @BothEngines
    void s29TheChildIsTheRunningTaskAndTheStarterIsAgainAfterwards(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Task<?> me = Task.current();
            var seen = new AtomicReference<Task<?>>();
            Task<?> child = group.startNow(() -> {
                seen.set(Task.current());
                sleepForever();
            });
            assertThat(seen.get()).isSameAs(child).isNotSameAs(me);
            assertThat(Task.current()).isSameAs(me);
            child.cancel("enough");
        }));
    }

    @BothEngines
    void s29AFailureStaysInTheChildAndIsMetAtTheNextAwait(LoopFixture loops) {
        loops.run(() -> {
            var reached = new ArrayList<String>();
            assertThatThrownBy(() -> TaskGroup.run(group -> {
                group.startNow(() -> {
                    throw new IOException("at once");
                });
                reached.add("the starter goes on");
                checkpoint();
                reached.add("never");
            })).isInstanceOf(GroupException.class).hasCauseInstanceOf(IOException.class);
            assertThat(reached).containsExactly("the starter goes on");
        });
    }

    @BothEngines
    void s29AChildThatCancelsItsOwnGroupAtOnceIsCancelledToo(LoopFixture loops) {
        loops.run(() -> {
            var child = new AtomicReference<Task<?>>();
            TaskGroup.run(group -> child.set(group.startNow(() -> {
                group.cancel("by the child");
                sleepForever();
            })));
            assertThat(child.get().state()).isInstanceOf(Awaitable.Cancelled.class);
        });
    }

    @BothEngines
    void aCancelledStarterStillStartsAndMeetsItAtItsNextAwait(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> CancelScope.run(scope -> TaskGroup.run(group -> {
            scope.cancel("before");
            group.startNow(() -> {
                log.add("begun");
                checkpoint();
                log.add("never");
            });
            log.add("returned");
            checkpoint();
            log.add("never");
        })));
        assertThat(log).containsExactly("begun", "returned");
    }

    @BothEngines
    void s30NestedStartsDoNotOverflowAStack(LoopFixture loops) {
        var depth = new AtomicInteger();
        loops.run(() -> TaskGroup.run(group -> nest(group, depth, 2_000)));
        assertThat(depth).hasValue(2_000);
    }

    private static void nest(TaskGroup group, AtomicInteger depth, int more) {
        if (more > 0) {
            depth.incrementAndGet();
            group.startNow(() -> nest(group, depth, more - 1));
        }
    }

    @BothEngines
    void aTaskThatOnlyStartsDoesNotHoldTheOthers(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var turns = new AtomicInteger();
            group.start(() -> {
                while (turns.incrementAndGet() < 5) {
                    checkpoint();
                }
            });
            for (int i = 0; i < 10_000 && turns.get() < 5; i++) {
                group.startNow(() -> {});
            }
            assertThat(turns).hasValue(5);
        }));
    }

    @BothEngines
    void startNowNeedsATaskAndAnOpenGroup(LoopFixture loops) {
        loops.run(() -> {
            var left = new AtomicReference<TaskGroup>();
            var thrown = new ArrayList<Throwable>();
            TaskGroup.run(group -> {
                left.set(group);
                EventLoop.current().callSoon(() ->
                        assertThatThrownBy(() -> group.startNow(() -> {})).satisfies(thrown::add));
                settle();
            });
            assertThat(thrown).singleElement().satisfies(
                    e -> assertThat(e).isInstanceOf(IllegalStateException.class).hasMessageContaining("cannot await"));
            assertThatThrownBy(() -> left.get().startNow(() -> {})).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("has been left");
        });
    }

    @Test
    void theOrderWithASeedIsTheSameOnBothEngines() {
        for (long seed = 0; seed < 20; seed++) {
            assertThat(order(LoopOptions.Engine.HANDOFF, seed)).as("seed " + seed)
                    .isEqualTo(order(LoopOptions.Engine.CARRIER, seed)).hasSize(200);
        }
    }

    private static List<Integer> order(LoopOptions.Engine engine, long seed) {
        var loops = new LoopFixture(engine);
        var random = new SplittableRandom(seed);
        var log = new ArrayList<Integer>();
        try (EventLoop loop = loops.open(loops.options().withOrder(ready -> random.nextInt(ready.size())))) {
            loop.run(() -> TaskGroup.run(group -> {
                for (int who = 0; who < 4; who++) {
                    int first = who * 100;
                    group.start(() -> starting(group, log, first));
                }
            }));
        }
        loops.assertNothingLeft();
        return log;
    }

    private static void starting(TaskGroup group, List<Integer> log, int first) {
        for (int i = 0; i < 25; i++) {
            int id = first + i;
            group.startNow(() -> {
                if (id % 3 == 0) {
                    checkpoint();
                }
                log.add(id);
            });
            log.add(-id);
        }
    }
}
