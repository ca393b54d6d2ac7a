package dev.espalier.core;

import static dev.espalier.core.Recipe.valueless;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CountDownLatch;

/** How the cancel sweep calls what has to do with other threads. */
final class ThreadRecipes implements Recipes {

    @Override
    public List<Recipe> recipes() {
        return List.of(
                valueless("Async.offload(CapacityLimiter, Body)", at -> limited(at, 0, (limiter, latch) -> Async.offload(limiter, () -> {
                    latch.await();
                    return 7L;
                }))).mayComplete(),
                valueless("Async.offload(CapacityLimiter, VoidBody)", at -> limited(at, 0, (limiter, latch) -> {
                    Async.offload(limiter, () -> latch.await());
                })).mayComplete(),
                valueless("Async.offloadAbandoning(CapacityLimiter, Body)", at -> limited(at, 1, (limiter, latch) ->
                        Async.offloadAbandoning(limiter, () -> {
                            latch.await();
                            return 7L;
                        }))).mayComplete(),
                valueless("Async.offloadAbandoning(CapacityLimiter, VoidBody)", at -> limited(at, 1, (limiter, latch) -> {
                    Async.offloadAbandoning(limiter, () -> latch.await());
                })).mayComplete(),
                valueless("Async.offloadAbandoning(Body)", at -> abandoned(at, latch -> assertThat(
                        Async.<Long, InterruptedException>offloadAbandoning(() -> {
                            latch.await();
                            return 7L;
                        })).isEqualTo(7))).mayComplete(),
                valueless("Async.offloadAbandoning(VoidBody)", at -> abandoned(at, latch -> Async.offloadAbandoning(() -> {
                    latch.await();
                }))).mayComplete());
    }

    /** Cancelled after its body has ended a call may still return; the thread that a cancelled one leaves behind is let go at the end. */
    private static void abandoned(Situation at, VoidBodyWith<CountDownLatch, InterruptedException> call) {
        var latch = new CountDownLatch(1);
        at.call(() -> call.run(latch));
        at.wake(latch::countDown);
        at.check(end -> {
            assertThat(end.returned() && end.wakes() == 0).as("it returned before its body ended").isFalse();
            latch.countDown();
        });
    }

    @FunctionalInterface
    private interface Limited {
        void call(CapacityLimiter limiter, CountDownLatch latch) throws InterruptedException;
    }

    /** Waits for a place, and then for the body; in the end every place is free, but for that of a body that was abandoned. */
    private static void limited(Situation at, int mostAbandoned, Limited call) {
        CapacityLimiter limiter = at.share(CapacityLimiter.of(1));
        Object other = new Object();
        limiter.tryAcquireFor(other);
        var latch = new CountDownLatch(1);
        at.call(() -> call.call(limiter, latch));
        at.wake(() -> limiter.releaseFor(other));
        at.wake(latch::countDown);
        at.check(end -> {
            latch.countDown();
            int others = end.wakes() == 0 ? 1 : 0;
            assertThat(limiter.borrowed() - others).as("places of bodies").isBetween(0, end.returned() ? 0 : mostAbandoned);
        });
    }
}
