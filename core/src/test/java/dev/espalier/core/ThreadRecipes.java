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
}
