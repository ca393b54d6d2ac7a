package dev.espalier.core;

import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A task that blocks on a future of its own loop would hold the loop for ever: it gets an error. */
class BlockingOnTheLoopTest {

    @BothEngines
    void getAndJoinOfAFutureOfTheSameLoopAreRefusedWithTheWayOut(LoopFixture loops) throws Exception {
        loops.run(() -> {
            CompletableFuture<String> future = EventLoop.current().submit(() -> "value");
            assertThatThrownBy(future::get).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Async.await").hasMessageContaining("main");
            assertThatThrownBy(() -> future.get(1, TimeUnit.DAYS)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(future::join).isInstanceOf(IllegalStateException.class).hasMessageContaining("join");
            assertThat(Async.await(future)).isEqualTo("value");
            assertThat(future.join()).as("it has ended, so nothing blocks").isEqualTo("value");
            assertThat(future.get()).isEqualTo("value");
        });
    }

    @BothEngines
    void futuresMadeFromOneAreRefusedAsItIs(LoopFixture loops) {
        loops.run(() -> {
            Promise<String> promise = Promise.create();
            CompletableFuture<Integer> length = promise.toFuture().thenApply(String::length);
            assertThatThrownBy(length::join).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> length.copy().get()).isInstanceOf(IllegalStateException.class);
            promise.succeed("value");
            assertThat(Async.await(length)).isEqualTo(5);
        });
    }

    @BothEngines
    void aCallbackThatBlocksIsRefusedToo(LoopFixture loops) {
        loops.run(() -> {
            CompletableFuture<Void> future = EventLoop.current().submit(() -> {});
            var thrown = new ArrayList<Throwable>();
            EventLoop.current().callSoon(() -> assertThatThrownBy(
                    () -> Promise.create().toFuture().join()).satisfies(thrown::add));
            settle();
            assertThat(thrown).singleElement().isInstanceOf(IllegalStateException.class);
            assertThat(future).isDone();
        });
    }

    @BothEngines
    void otherThreadsMayBlock(LoopFixture loops) throws Exception {
        loops.runInRealTime(() -> {
            CompletableFuture<String> future = EventLoop.current().submit(() -> "value");
            assertThat(Async.<String, Exception>offload(future::get)).isEqualTo("value");
        });
    }

    @BothEngines
    void aTaskOfAnotherLoopMayBlockAsItHoldsOnlyItsOwn(LoopFixture loops) {
        try (EventLoop other = loops.open(loops.realTime())) {
            CompletableFuture<String> future = other.submit(() -> "from the other loop");
            Thread driver = Thread.ofPlatform().start(() -> other.run(Waits::settle));
            loops.runInRealTime(() -> assertThat(future.join()).isEqualTo("from the other loop"));
            Waits.join(driver);
        }
    }
}
