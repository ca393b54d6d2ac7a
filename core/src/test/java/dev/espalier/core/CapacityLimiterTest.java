package dev.espalier.core;

import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

class CapacityLimiterTest {

    @BothEngines
    void s35APlaceThatIsGivenBackIsTheFirstWaitersAlready(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var limiter = CapacityLimiter.of(1);
            limiter.acquire();
            Task<Void> waiter = group.start("waiter", () -> limiter.acquire());
            settle();
            limiter.release();
            assertThat(limiter.tryAcquire()).as("it would be one too many").isFalse();
            assertThat(limiter.borrowed()).isEqualTo(1);
            waiter.join();
            assertThat(limiter.statistics().owners()).containsExactly(waiter.ref());
        }));
    }

    @BothEngines
    void theSameBorrowerTwiceIsAnErrorAlsoWhileItWaits(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var limiter = CapacityLimiter.of(1);
            limiter.acquireFor("a");
            Task<Void> b = group.start(() -> limiter.acquireFor("b"));
            settle();
            for (ThrowingCallable again : List.<ThrowingCallable>of(
                    () -> limiter.acquireFor(new String("a")), () -> limiter.tryAcquireFor("a"), () -> limiter.acquireFor("b"))) {
                assertThatThrownBy(again).isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("borrower").hasMessageContaining("already");
            }
            limiter.releaseFor("a");
            b.join();
        }));
    }

    @BothEngines
    void aTaskThatBorrowsTwiceIsToldSo(LoopFixture loops) {
        loops.run(() -> {
            var limiter = CapacityLimiter.of(2);
            assertThatThrownBy(() -> limiter.withPlace(limiter::acquire)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("has a place");
            assertThat(limiter.borrowed()).isZero();
        });
    }

    @BothEngines
    void givingBackWhatWasNotBorrowedIsAnError(LoopFixture loops) {
        loops.run(() -> {
            var limiter = CapacityLimiter.of(1);
            assertThatThrownBy(limiter::release).isInstanceOf(IllegalStateException.class).hasMessageContaining("no place");
            limiter.acquireFor("a");
            assertThatThrownBy(() -> limiter.releaseFor("b")).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("borrower b");
        });
    }

    @BothEngines
    void aCancelledBorrowerMayComeAgainAtOnce(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var limiter = CapacityLimiter.of(0);
            Task<Void> waiter = group.start(() -> limiter.acquireFor("a"));
            settle();
            waiter.cancel("gives up");
            assertThat(limiter.tryAcquireFor("a")).as("the borrower waits no more, though its task has not run").isFalse();
            Task<Void> next = group.start(() -> limiter.acquireFor("a"));
            settle();
            limiter.resize(1);
            next.join();
            assertThat(limiter.borrowed()).isEqualTo(1);
        }));
    }

    @BothEngines
    void aBorrowerThatGotItsPlaceAfterWaitingIsNotTakenForOneThatWaits(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var limiter = CapacityLimiter.of(0);
            Task<Void> agent = group.start(() -> {
                limiter.acquireFor("a");
                limiter.releaseFor("a");
                limiter.acquireFor("b"); // waits again, for another
            });
            settle();
            limiter.resize(1);
            assertThat(limiter.tryAcquireFor("c")).as("the place is the first waiter's").isFalse();
            limiter.resize(0);
            settle();
            assertThat(limiter.tryAcquireFor("a")).as("it waits for nothing").isFalse();
            agent.cancel("enough");
        }));
    }

    @BothEngines
    void morePlacesLetWaitersInAndFewerTakeNoneAway(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var limiter = CapacityLimiter.of(0);
            var in = new ArrayList<Integer>();
            for (int i = 0; i < 3; i++) {
                int borrower = i;
                group.start(() -> {
                    limiter.acquireFor(borrower);
                    in.add(borrower);
                });
            }
            settle();
            limiter.resize(2);
            settle();
            assertThat(in).containsExactly(0, 1);
            limiter.resize(1);
            limiter.releaseFor(0);
            settle();
            assertThat(in).as("one of one is taken").hasSize(2);
            assertThat(limiter).hasToString("CapacityLimiter[1 of 1 taken, waiting: 'task-4']");
            limiter.releaseFor(1);
            settle();
            assertThat(in).containsExactly(0, 1, 2);
            assertThatThrownBy(() -> limiter.resize(-1)).isInstanceOf(IllegalArgumentException.class);
        }));
    }

    @BothEngines
    void availableCountsWhatCanBeTakenNow(LoopFixture loops) {
        loops.run(() -> {
            var limiter = CapacityLimiter.of(3);
            limiter.acquire();
            limiter.acquireFor("a");
            assertThat(limiter.available()).isEqualTo(1);
            limiter.resize(1);
            assertThat(limiter.available()).isZero();
            assertThat(limiter.borrowed()).isEqualTo(2);
            assertThat(limiter.total()).isEqualTo(1);
        });
    }
}
