package dev.espalier.core;

import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;

class BarrierTest {

    /** Starts a task that notes how its wait ends. */
    private static Task<Void> start(TaskGroup group, Barrier barrier, List<String> ends) {
        Task<Void> task = group.start(() -> {
            try {
                ends.add("went on as " + barrier.await());
            } catch (BrokenResourceException e) {
                ends.add("broken");
            } catch (CancelledError e) {
                ends.add("cancelled");
                throw e;
            }
        });
        settle();
        return task;
    }

    @BothEngines
    void theLastPartyLetsAllGoOnWithTheirIndexAgainAndAgain(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var barrier = Barrier.of(2);
            for (int round = 0; round < 2; round++) {
                var ends = new ArrayList<String>();
                start(group, barrier, ends);
                assertThat(ends).isEmpty();
                assertThat(barrier.await()).isEqualTo(1);
                settle();
                assertThat(ends).containsExactly("went on as 0");
            }
            assertThat(Barrier.of(1).await()).isZero();
        }));
    }

    @BothEngines
    void aCancelledPartyBreaksItForTheOthersAndForLaterOnes(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var barrier = Barrier.of(3);
            var ends = new ArrayList<String>();
            Task<Void> first = start(group, barrier, ends);
            start(group, barrier, ends);
            first.cancel("gives up");
            assertThatThrownBy(barrier::await).as("it does not count as a party any more")
                    .isInstanceOf(BrokenResourceException.class).hasMessageContaining("'" + first.name() + "' was cancelled");
            settle();
            assertThat(ends).containsExactly("cancelled", "broken");
            assertThat(barrier.isBroken()).isTrue();
        }));
    }

    @BothEngines
    void partiesThatAreCancelledTogetherHearOfThatAndOfNothingElse(LoopFixture loops) {
        loops.run(() -> {
            var ends = new ArrayList<String>();
            TaskGroup.run(group -> {
                var barrier = Barrier.of(3);
                start(group, barrier, ends);
                start(group, barrier, ends);
                group.cancel("all");
            });
            assertThat(ends).containsExactly("cancelled", "cancelled");
        });
    }

    @BothEngines
    void aPartyThatIsCancelledAfterTheLastArrivedGoesOn(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var barrier = Barrier.of(2);
            var ends = new ArrayList<String>();
            Task<Void> first = start(group, barrier, ends);
            barrier.await();
            first.cancel("too late");
            settle();
            assertThat(ends).containsExactly("went on as 0");
            assertThat(barrier.isBroken()).isFalse();
        }));
    }

    @BothEngines
    void abortBreaksItAndResetMakesItNew(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var barrier = Barrier.of(2);
            var ends = new ArrayList<String>();
            start(group, barrier, ends);
            barrier.abort();
            assertThatThrownBy(barrier::await).isInstanceOf(BrokenResourceException.class).hasMessageContaining("aborted");
            settle();
            barrier.reset();
            start(group, barrier, ends);
            start(group, barrier, ends);
            assertThat(ends).containsExactly("broken", "went on as 1", "went on as 0");
        }));
    }

    @BothEngines
    void resetTellsThoseWhoWait(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var barrier = Barrier.of(2);
            var ends = new ArrayList<String>();
            start(group, barrier, ends);
            barrier.reset();
            settle();
            assertThat(ends).containsExactly("broken");
            assertThat(barrier).hasToString("Barrier[0 of 2 arrived]");
        }));
    }

    @BothEngines
    void resetBetweenACancellationAndItsTaskLeavesTheNewRoundAlone(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var barrier = Barrier.of(2);
            var ends = new ArrayList<String>();
            Task<Void> gone = start(group, barrier, ends);
            gone.cancel("gives up");
            barrier.reset();
            start(group, barrier, ends);
            assertThat(barrier.await()).isEqualTo(1);
            settle();
            assertThat(ends).containsExactly("cancelled", "went on as 0");
        }));
    }

    @BothEngines
    void aBarrierNeedsAParty(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> Barrier.of(0)).isInstanceOf(IllegalArgumentException.class));
    }
}
