package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.offload;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Real time: offloaded bodies run on real threads. */
class OffloadTest {

    @BothEngines
    void aBodyRunsOnAnotherThreadWhileTheLoopGoesOn(LoopFixture loops) throws Exception {
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            var release = new CountDownLatch(1);
            Task<Boolean> offloaded = group.start(() -> offload(() -> {
                release.await();
                return Thread.currentThread().isVirtual() || EventLoop.currentIfAny() != null;
            }));
            settle();
            release.countDown(); // the loop was free to do this
            assertThat(offloaded.await()).isFalse();
        }));
    }

    @BothEngines
    void aFailureComesOutWithItsType(LoopFixture loops) {
        loops.runInRealTime(() -> assertThatThrownBy(() -> offload(() -> {
            throw new IOException("of the body");
        })).isInstanceOf(IOException.class).hasMessage("of the body"));
    }

    @BothEngines
    void aQueuedBodyThatIsCancelledNeverRuns(LoopFixture loops) throws Exception {
        var ran = new AtomicBoolean();
        try (EventLoop loop = loops.open(loops.realTime().withOffloadThreads(1))) {
            loop.run(() -> TaskGroup.run(group -> {
                var release = new CountDownLatch(1);
                group.start(() -> offload(() -> release.await()));
                settle();
                Task<Void> queued = group.start(() -> offload(() -> ran.set(true)));
                settle();
                queued.cancel("while queued");
                queued.join(); // before the thread is free: a queued body is not waited for
                assertThat(queued.state()).isInstanceOf(Awaitable.Cancelled.class);
                release.countDown();
            }));
            loop.run(() -> offload(() -> {})); // the one thread has passed the dropped body
        }
        assertThat(ran).isFalse();
    }

    @BothEngines
    void aRunningBodyThatIsCancelledIsInterruptedAndWaitedFor(LoopFixture loops) {
        var order = new ArrayList<String>();
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            var began = new CompletableFuture<String>();
            Task<Void> child = group.start(() -> {
                try {
                    offload(() -> {
                        began.complete("");
                        try {
                            new CountDownLatch(1).await();
                        } finally {
                            order.add("body ended");
                        }
                    });
                } catch (CancelledError e) {
                    order.add("await threw");
                    assertThat(e.getSuppressed()).singleElement().isInstanceOf(InterruptedException.class);
                    throw e;
                }
            });
            Async.await(began);
            child.cancel("while it runs");
            child.join();
            assertThat(child.state()).isInstanceOf(Awaitable.Cancelled.class);
        }));
        assertThat(order).containsExactly("body ended", "await threw");
    }

    @BothEngines
    void s4AValueReturnedAfterACancelIsDeliveredAndTheNextAwaitThrows(LoopFixture loops) {
        var got = new ArrayList<String>();
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            var began = new CompletableFuture<String>();
            Task<Void> child = group.start(() -> {
                got.add(offload(() -> {
                    began.complete("");
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        return "made in spite of it";
                    }
                    return "not reached";
                }));
                checkpoint();
                got.add("the cancel was lost");
            });
            Async.await(began);
            child.cancel("too late");
            child.join();
        }));
        assertThat(got).containsExactly("made in spite of it");
    }

    @BothEngines
    void anInterruptMeantForOneBodyIsNotSeenByTheNext(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.realTime().withOffloadThreads(1))) {
            loop.run(() -> {
                for (int i = 0; i < 50; i++) {
                    Async.moveOnAfter(millis(1), () -> offload(() -> spinUntilInterrupted()));
                    boolean flag = offload(() -> Thread.currentThread().isInterrupted());
                    assertThat(flag).isFalse();
                }
            });
        }
    }

    private static void spinUntilInterrupted() {
        while (!Thread.currentThread().isInterrupted()) {
            Thread.onSpinWait();
        }
    }

    @BothEngines
    void noMoreBodiesRunAtOnceThanAllowed(LoopFixture loops) {
        var now = new AtomicInteger();
        var most = new AtomicInteger();
        try (EventLoop loop = loops.open(loops.realTime().withOffloadThreads(3))) {
            loop.run(() -> TaskGroup.run(group -> {
                for (int i = 0; i < 30; i++) {
                    group.start(() -> offload(() -> {
                        most.accumulateAndGet(now.incrementAndGet(), Math::max);
                        Thread.sleep(1);
                        now.decrementAndGet();
                    }));
                }
            }));
        }
        assertThat(most.get()).isBetween(1, 3);
    }

    @BothEngines
    void cancelsAtAnyMomentLoseNoBodyAndNoValue(LoopFixture loops) {
        var begun = new AtomicInteger();
        var ended = new AtomicInteger();
        loops.runInRealTime(() -> {
            for (int i = 0; i < 200; i++) {
                int micros = i;
                TaskGroup.run(group -> {
                    Task<Void> child = group.start(() -> offload(() -> {
                        begun.incrementAndGet();
                        try {
                            Thread.sleep(0, 50_000);
                        } finally {
                            ended.incrementAndGet();
                        }
                    }));
                    sleep(java.time.Duration.ofNanos(micros * 1000L));
                    child.cancel("now");
                    child.join();
                    assertThat(ended.get()).as("bodies that ran were waited for").isEqualTo(begun.get());
                });
            }
        });
    }

    @BothEngines
    void theLoopIsForeignToAnOffloadedBody(LoopFixture loops) {
        loops.runInRealTime(() -> {
            var loop = new AtomicReference<>(EventLoop.current());
            offload(() -> {
                assertThatThrownBy(Task::current).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> loop.get().callSoon(() -> {})).isInstanceOf(ForeignLoopException.class);
            });
        });
    }
}
