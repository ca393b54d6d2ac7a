package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;

class SemaphoreTest {

    @BothEngines
    void s34WaitersAreServedInOrderAndNobodyOvertakesOneThatNeedsMany(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var semaphore = AsyncSemaphore.of(1);
            var order = new ArrayList<String>();
            group.start(() -> {
                semaphore.acquire(3);
                order.add("three");
            });
            group.start(() -> {
                semaphore.acquire();
                order.add("one");
            });
            settle();
            assertThat(order).as("one permit is free, but the first waits for three").isEmpty();
            assertThat(semaphore.tryAcquire()).isFalse();
            assertThat(semaphore.available()).isZero();
            semaphore.release(2);
            settle();
            assertThat(order).containsExactly("three");
            semaphore.release();
            settle();
            assertThat(order).containsExactly("three", "one");
        }));
    }

    @BothEngines
    void s34ThePermitIsDeductedWhenTheWaiterIsChosenSoThatNobodyBarges(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var semaphore = AsyncSemaphore.of(0);
            Task<Void> waiter = group.start(() -> semaphore.acquire());
            checkpoint();
            semaphore.release();
            assertThat(semaphore.tryAcquire()).as("it is the waiter's already").isFalse();
            waiter.join();
            assertThat(semaphore.available()).isZero();
        }));
    }

    @BothEngines
    void aCancelledFirstWaiterLetsThoseBehindItThrough(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var semaphore = AsyncSemaphore.of(1);
            Task<Void> many = group.start(() -> semaphore.acquire(5));
            Task<Void> few = group.start(() -> semaphore.acquire());
            settle();
            many.cancel("gives up");
            few.join();
            assertThat(few.state()).isInstanceOf(Awaitable.Succeeded.class);
        }));
    }

    @BothEngines
    void withPermitGivesItBackHoweverTheBodyEnds(LoopFixture loops) {
        loops.run(() -> {
            var semaphore = AsyncSemaphore.of(1);
            assertThat(semaphore.<String, RuntimeException>withPermit(() -> "value")).isEqualTo("value");
            assertThatThrownBy(() -> semaphore.withPermit(() -> {
                throw new IOException("of the body");
            })).isInstanceOf(IOException.class);
            Async.moveOnAfter(Waits.seconds(1), () -> semaphore.withPermit(Async::sleepForever));
            assertThat(semaphore.available()).isEqualTo(1);
        });
    }

    @BothEngines
    void aSemaphoreWithAMaximumRefusesOnePermitTooMany(LoopFixture loops) {
        loops.run(() -> {
            var semaphore = AsyncSemaphore.of(1, 2);
            semaphore.release();
            assertThatThrownBy(semaphore::release).isInstanceOf(IllegalStateException.class).hasMessageContaining("of at most 2");
            assertThat(semaphore.available()).isEqualTo(2);
            assertThatThrownBy(() -> semaphore.acquire(3)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("at most 2");
            assertThatThrownBy(() -> AsyncSemaphore.of(3, 2)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> AsyncSemaphore.of(0, 0)).isInstanceOf(IllegalArgumentException.class);
        });
    }

    @BothEngines
    void tryAcquireTakesAllOrNone(LoopFixture loops) {
        loops.run(() -> {
            var semaphore = AsyncSemaphore.of(2);
            assertThat(semaphore.tryAcquire(3)).isFalse();
            assertThat(semaphore.tryAcquire(2)).isTrue();
            assertThat(semaphore.available()).isZero();
            assertThatThrownBy(() -> semaphore.tryAcquire(0)).isInstanceOf(IllegalArgumentException.class);
        });
    }

    @BothEngines
    void s34AWaiterThatIsCancelledAfterItGotPermitsGivesThemBackToTheNext(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var semaphore = AsyncSemaphore.of(0);
            Task<Void> chosen = group.start(() -> semaphore.withPermit(Async::sleepForever));
            Task<Boolean> next = group.start("next", () -> semaphore.withPermit(() -> true));
            settle();
            assertThat(semaphore.statistics().waiters()).containsExactly(chosen.ref(), next.ref());
            semaphore.release();
            chosen.cancel("too late: the permit is its own, and its next await throws");
            assertThat(next.await()).isTrue();
            assertThat(semaphore.available()).isEqualTo(1);
        }));
    }
}
