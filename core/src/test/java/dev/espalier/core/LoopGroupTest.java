package dev.espalier.core;

import static dev.espalier.core.Async.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** In real time: several loops at once. */
class LoopGroupTest {

    @BothEngines
    void theLoopsRunAtTheSameTime(LoopFixture loops) {
        var barrier = new CyclicBarrier(3); // nobody passes alone
        loops.runInRealTime(() -> {
            try (var group = LoopGroup.open(3, loops.realTime())) {
                List<String> names = group.callOnEach(() -> {
                    barrier.await(30, TimeUnit.SECONDS);
                    return EventLoop.current().name();
                });
                assertThat(names).doesNotHaveDuplicates().containsExactly(
                        group.loops().get(0).name(), group.loops().get(1).name(), group.loops().get(2).name());
            }
        });
    }

    @BothEngines
    void nextGoesRound(LoopFixture loops) {
        try (var group = LoopGroup.open(3, loops.realTime())) {
            Set<EventLoop> six = IntStream.range(0, 6).mapToObj(_ -> group.next()).collect(Collectors.toSet());
            assertThat(six).hasSize(group.loops().size());
        }
    }

    @BothEngines
    void aCallReturnsTheValueAndThrowsTheFailureWithItsType(LoopFixture loops) {
        loops.runInRealTime(() -> {
            try (var group = LoopGroup.open(2, loops.realTime())) {
                EventLoop here = EventLoop.current();
                assertThat(group.<EventLoop, RuntimeException>call(EventLoop::current)).isNotSameAs(here);
                assertThatThrownBy(() -> group.call(() -> {
                    throw new IOException("over there");
                })).isInstanceOf(IOException.class).hasMessage("over there");
                assertThatThrownBy(() -> group.call(() -> {
                    Task.current().cancel("by itself");
                    Async.checkpoint();
                })).isInstanceOf(TaskCancelledException.class);
            }
        });
    }

    @BothEngines
    void cancellingACallCancelsTheBodyAndWaitsForItsEnd(LoopFixture loops) {
        loops.runInRealTime(() -> {
            try (var group = LoopGroup.open(1, loops.realTime())) {
                var begun = new CompletableFuture<String>();
                var ended = new CountDownLatch(1);
                TaskGroup.run(tasks -> {
                    Task<?> caller = tasks.start(() -> group.call(() -> {
                        begun.complete("begun");
                        try {
                            Async.sleepForever();
                        } finally {
                            Async.shield(Waits.seconds(9), () -> Async.sleep(Waits.millis(20)));
                            ended.countDown();
                        }
                        return 0;
                    }));
                    await(begun);
                    caller.cancelAndJoin("enough");
                    assertThat(ended.getCount()).as("the body has ended").isZero();
                });
            }
        });
    }

    @BothEngines
    void aSubmittedBodyIsCancelledWithItsWaiterAndTellsItsOwnCancellation(LoopFixture loops) {
        loops.runInRealTime(() -> {
            try (var group = LoopGroup.open(1, loops.realTime())) {
                var reason = new CompletableFuture<String>();
                assertThat(Async.moveOnAfter(Waits.millis(20), () -> await(group.next().submit(() -> {
                    try {
                        Async.sleepForever();
                    } catch (CancelledError e) {
                        reason.complete(e.reason().message());
                        throw e;
                    }
                    return 1;
                })))).isEmpty();
                assertThat(await(reason)).isEqualTo("its future was cancelled");
                CompletableFuture<Void> cancelsItself = group.next().submit(() -> {
                    Task.current().cancel("by itself");
                    Async.checkpoint();
                });
                assertThatThrownBy(() -> await(cancelsItself)).isInstanceOf(TaskCancelledException.class);
            }
        });
    }

    @BothEngines
    void aFailureOnOneLoopCancelsTheOthers(LoopFixture loops) {
        loops.runInRealTime(() -> {
            try (var group = LoopGroup.open(2, loops.realTime())) {
                EventLoop bad = group.loops().get(1);
                assertThatThrownBy(() -> group.callOnEach(() -> {
                    if (EventLoop.current() == bad) {
                        throw new IOException("bad loop");
                    }
                    Async.sleepForever();
                    return 0;
                })).isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.failures())
                        .singleElement()
                        .isInstanceOf(IOException.class));
            }
        });
    }

    @BothEngines
    void touchingAnObjectOfAnotherLoopIsAnErrorAtOnce(LoopFixture loops) {
        loops.runInRealTime(() -> {
            var semaphore = AsyncSemaphore.of(1);
            Channel<String> channel = Channel.open(1);
            try (var group = LoopGroup.open(1, loops.realTime())) {
                assertThatThrownBy(() -> group.call(() -> semaphore.acquire()))
                        .isInstanceOf(ForeignLoopException.class);
                assertThatThrownBy(() -> group.call(() -> channel.sender().send("x")))
                        .isInstanceOf(ForeignLoopException.class)
                        .hasMessageContaining("EventLoop.submit");
            }
        });
    }

    @BothEngines
    void contextGoesAlong(LoopFixture loops) {
        ContextVar<String> user = ContextVar.named("user");
        loops.runInRealTime(() -> {
            try (var group = LoopGroup.open(2, loops.realTime())) {
                assertThat(user.<List<String>, RuntimeException>with("ann", () -> group.callOnEach(user::get)))
                        .containsExactly("ann", "ann");
            }
        });
    }

    @BothEngines
    void closingCancelsWhatRunsAndTakesNothingMore(LoopFixture loops) {
        var group = LoopGroup.open(2, loops.realTime());
        var begun = new CompletableFuture<Boolean>(); // one that has not begun is refused, not cancelled
        CompletableFuture<Void> endless = group.next().submit(() -> {
            begun.complete(true);
            Async.sleepForever();
        });
        assertThat(begun).succeedsWithin(Waits.seconds(30));
        group.close();
        assertThat(endless).isCancelled();
        assertThatThrownBy(() -> group.next().submit(() -> 1)).isInstanceOf(RejectedExecutionException.class);
        assertThat(LiveLoops.all()).doesNotContain(group.loops().get(0), group.loops().get(1));
        group.close();
    }

    @BothEngines
    void closingInsideOneOfItsLoopsIsRefused(LoopFixture loops) {
        try (var group = LoopGroup.open(1, loops.realTime())) {
            assertThat(group.next().submit(group::close))
                    .failsWithin(Waits.seconds(30))
                    .withThrowableThat()
                    .havingRootCause()
                    .isInstanceOf(IllegalStateException.class)
                    .withMessageContaining("wait for itself");
        }
    }

    @BothEngines
    void aGroupThatWasJustOpenedCanBeClosed(LoopFixture loops) {
        for (int i = 0; i < 20; i++) {
            LoopGroup.open(2, loops.realTime()).close();
        }
    }

    @BothEngines
    void anInterruptDoesNotLeaveHalfOfAGroupOpen(LoopFixture loops) {
        var group = LoopGroup.open(2, loops.realTime());
        Thread.currentThread().interrupt();
        group.close();
        assertThat(Thread.interrupted()).as("the flag is set again").isTrue();
        assertThat(group.loops()).allMatch(EventLoop::isClosed);
    }

    @Test
    void aGroupNeedsALoop() {
        assertThatThrownBy(() -> LoopGroup.open(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
