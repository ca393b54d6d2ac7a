package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.spi.ReadyOrder;
import java.util.ArrayList;
import java.util.List;

/** An order that explores has more to choose from than one that does not. */
class ExploringOrderTest {

    /** By the rules it is given. */
    private static final class Exploring implements ReadyOrder {
        private final boolean youngest;
        private final boolean givesWay;

        private Exploring(boolean youngest, boolean givesWay) {
            this.youngest = youngest;
            this.givesWay = givesWay;
        }

        @Override
        public int choose(View ready) {
            return youngest ? ready.size() - 1 : 0;
        }

        @Override
        public boolean explores() {
            return true;
        }

        @Override
        public boolean giveWay(long taskId, View others) {
            assertThat(others.size()).as("asked only if somebody else is ready").isPositive();
            return givesWay;
        }
    }

    private static List<String> steps(LoopFixture loops, ReadyOrder order, VoidBody<?> betweenSteps) {
        var steps = new ArrayList<String>();
        try (EventLoop loop = loops.open(loops.options().withOrder(order))) {
            loop.<RuntimeException>run(() -> TaskGroup.run(group -> {
                for (String name : List.of("a", "b")) {
                    group.start(name, () -> {
                        for (int i = 0; i < 3; i++) {
                            steps.add(name + i);
                            betweenSteps.run();
                        }
                    });
                }
            }));
        }
        return steps;
    }

    @BothEngines
    void anOrderThatChoosesTheOldestIsFifo(LoopFixture loops) {
        List<String> fifo = steps(loops, ReadyOrder.FIFO, Async::checkpoint);
        assertThat(fifo).containsExactly("a0", "b0", "a1", "b1", "a2", "b2");
        assertThat(steps(loops, new Exploring(false, false), Async::checkpoint)).isEqualTo(fifo);
    }

    @BothEngines
    void anOrderHearsWhoseTurnItIsAlsoWhereItIsNotAsked(LoopFixture loops) {
        var turns = new ArrayList<Long>();
        var order = new ReadyOrder() {
            @Override
            public boolean explores() {
                return true;
            }

            @Override
            public int choose(View ready) {
                turns.add(ready.taskId(0));
                return 0;
            }

            @Override
            public void handedOver(long taskId) {
                turns.add(taskId);
            }
        };
        var ran = new ArrayList<Long>();
        try (EventLoop loop = loops.open(loops.options().withOrder(order))) {
            loop.run(() -> TaskGroup.run(group -> {
                turns.clear();
                group.startNow(() -> {
                    ran.add(Task.current().id());
                    Async.checkpoint();
                    ran.add(Task.current().id());
                });
                ran.add(Task.current().id());
                Async.checkpoint();
                ran.add(Task.current().id());
                assertThat(turns).isEqualTo(ran);
            }));
        }
        assertThat(ran).hasSize(4).containsExactly(ran.get(0), ran.get(1), ran.get(0), ran.get(1));
    }

    @BothEngines
    void aTaskCanBeDelayedBeyondTheTick(LoopFixture loops) {
        assertThat(steps(loops, new Exploring(true, false), Async::checkpoint))
                .containsExactly("b0", "b1", "b2", "a0", "a1", "a2");
        assertThat(steps(loops, ready -> ready.size() - 1, Async::checkpoint))
                .as("in a tick only its own items can be chosen")
                .containsExactly("b0", "a0", "a1", "b1", "b2", "a2");
    }

    @BothEngines
    void aTaskCanGiveWayWhereItNeedNotWait(LoopFixture loops) {
        VoidBody<RuntimeException> needsNoWait = () -> AsyncSemaphore.of(1).acquire();
        assertThat(steps(loops, new Exploring(false, false), needsNoWait))
                .containsExactly("a0", "a1", "a2", "b0", "b1", "b2");
        assertThat(steps(loops, new Exploring(false, true), needsNoWait))
                .containsExactly("a0", "b0", "a1", "b1", "a2", "b2");
    }

    @BothEngines
    void theBudgetHoldsAllTheSame(LoopFixture loops) {
        var over = new boolean[1];
        try (EventLoop loop = loops.open(loops.options().withOrder(new Exploring(false, false)))) {
            loop.<RuntimeException>run(() -> TaskGroup.run(group -> {
                var semaphore = AsyncSemaphore.of(1);
                group.start("spins", () -> {
                    while (!over[0]) {
                        semaphore.withPermit(() -> {});
                    }
                });
                group.start("ends it", () -> {
                    checkpoint();
                    over[0] = true;
                });
            }));
            assertThat(loop.statistics().forcedYields()).isPositive();
        }
    }
}
