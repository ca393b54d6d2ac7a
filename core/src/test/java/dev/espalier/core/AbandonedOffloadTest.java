package dev.espalier.core;

import static dev.espalier.core.Async.offload;
import static dev.espalier.core.Async.offloadAbandoning;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.spi.OffloadStatistics;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** Bodies that are abandoned, and what can be seen of offload threads. Real time: they are real threads. */
class AbandonedOffloadTest {

    /** Starts a child that abandons a body, cancels it once the body runs, and joins it before the body has ended. */
    private static Task<Void> abandon(TaskGroup group, VoidBody<?> body) {
        var began = new CompletableFuture<String>();
        Task<Void> child = group.start("leaver", () -> offloadAbandoning(() -> {
            began.complete("");
            body.run();
        }));
        Async.await(began);
        child.cancelAndJoin("no longer wanted");
        return child;
    }

    @BothEngines
    void f15TheTaskReturnsAtOnceAndTheThreadGoesOnUninterrupted(LoopFixture loops) throws Exception {
        var release = new CountDownLatch(1);
        var ended = new CountDownLatch(1);
        var interrupted = new AtomicBoolean();
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            Task<Void> child = abandon(group, () -> {
                release.await();
                interrupted.set(Thread.currentThread().isInterrupted());
                ended.countDown();
            });
            assertThat(child.state()).isInstanceOf(Awaitable.Cancelled.class);
            assertThat(ended.getCount()).as("the body has not ended").isEqualTo(1);
            release.countDown();
            offload(() -> ended.await());
        }));
        assertThat(interrupted).isFalse();
    }

    @BothEngines
    void f15ALateFailureGoesToTheErrorSinkAndALateValueIsDropped(LoopFixture loops) {
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            var release = new CountDownLatch(1);
            abandon(group, () -> {
                release.await();
                throw new IOException("late");
            });
            abandon(group, release::await);
            release.countDown();
            Waits.eventually(() -> EventLoop.current().offloadStatistics().busy() == 0);
        }));
        assertThat(loops.takeReports()).singleElement().satisfies(report -> {
            assertThat(report.exception()).isInstanceOf(IOException.class).hasMessage("late");
            assertThat(report.task()).isEqualTo("leaver");
        });
    }

    @BothEngines
    void f15AnAbandonedBodyKeepsItsThreadAndIsCountedUntilItEnds(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.realTime().withOffloadThreads(1))) {
            loop.run(() -> TaskGroup.run(group -> {
                var release = new CountDownLatch(1);
                assertThat(loop.offloadStatistics()).isEqualTo(new OffloadStatistics(0, 0, 0, 0, 1));
                abandon(group, release::await);
                Task<String> next = group.start(() -> offload(() -> "next"));
                settle();
                assertThat(loop.offloadStatistics()).isEqualTo(new OffloadStatistics(1, 1, 1, 1, 1));
                release.countDown();
                assertThat(next.await()).isEqualTo("next");
                assertThat(loop.offloadStatistics()).isEqualTo(new OffloadStatistics(0, 0, 0, 1, 1));
            }));
        }
    }

    @BothEngines
    void f15AQueuedBodyThatIsCancelledNeverRunsAndIsNotCounted(LoopFixture loops) {
        var ran = new AtomicBoolean();
        try (EventLoop loop = loops.open(loops.realTime().withOffloadThreads(1))) {
            loop.run(() -> TaskGroup.run(group -> {
                var release = new CountDownLatch(1);
                group.start(() -> offload(() -> release.await()));
                settle();
                Task<Void> queued = group.start(() -> offloadAbandoning(() -> ran.set(true)));
                settle();
                queued.cancelAndJoin("while queued");
                assertThat(loop.offloadStatistics().queued()).isZero();
                release.countDown();
            }));
            loop.run(() -> offload(() -> {})); // the one thread has passed the dropped body
        }
        assertThat(ran).isFalse();
    }

    @BothEngines
    void f15AnAbandonedBodyKeepsItsPlaceOfALimiterUntilItEnds(LoopFixture loops) {
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            CapacityLimiter limiter = CapacityLimiter.of(1);
            var began = new CompletableFuture<String>();
            var release = new CountDownLatch(1);
            Task<Void> child = group.start(() -> offloadAbandoning(limiter, () -> {
                began.complete("");
                release.await();
            }));
            Async.await(began);
            child.cancelAndJoin("no longer wanted");
            assertThat(limiter.borrowed()).as("the thread goes on").isEqualTo(1);
            assertThat(limiter.tryAcquire()).isFalse();
            release.countDown();
            Waits.eventually(() -> limiter.borrowed() == 0);
        }));
    }

    @BothEngines
    void k1NoMoreBodiesRunThanALimiterHasPlacesHoweverTheyEnd(LoopFixture loops) {
        var now = new java.util.concurrent.atomic.AtomicInteger();
        var most = new java.util.concurrent.atomic.AtomicInteger();
        loops.runInRealTime(() -> {
            CapacityLimiter limiter = CapacityLimiter.of(2);
            TaskGroup.run(group -> {
                for (int i = 0; i < 30; i++) {
                    int number = i;
                    group.start(() -> Async.moveOnAfter(Waits.millis(number), () -> offload(limiter, () -> {
                        most.accumulateAndGet(now.incrementAndGet(), Math::max);
                        try {
                            Thread.sleep(1);
                        } finally {
                            now.decrementAndGet();
                        }
                    })));
                }
            });
            assertThat(limiter.borrowed()).isZero();
        });
        assertThat(most.get()).isBetween(1, 2);
    }

    @BothEngines
    void aValueThatIsThereIsReturnedAndAFailureIsThrownWithItsType(LoopFixture loops) {
        loops.runInRealTime(() -> {
            assertThat(Async.<String, RuntimeException>offloadAbandoning(() -> "value")).isEqualTo("value");
            assertThatThrownBy(() -> offloadAbandoning(() -> {
                throw new IOException("of the body");
            })).isInstanceOf(IOException.class);
        });
    }

    @BothEngines
    void closingTheLoopInterruptsAnAbandonedBodyAndWaitsForIt(LoopFixture loops) {
        var ended = new AtomicBoolean();
        EventLoop loop = loops.open(loops.realTime());
        loop.run(() -> TaskGroup.run(group -> abandon(group, () -> {
            try {
                new CountDownLatch(1).await();
            } finally {
                ended.set(true);
            }
        })));
        assertThat(ended).as("the end of the run leaves it alone").isFalse();
        loop.close();
        assertThat(ended).isTrue();
        assertThat(loops.takeReports()).as("it ended by our own interrupt").isEmpty();
    }

    @BothEngines
    void theThreadBearsTheNameOfTheTaskWhileItRunsForIt(LoopFixture loops) {
        var thread = new AtomicReference<Thread>();
        loops.runInRealTime(() -> TaskGroup.run(group -> group.start("reader", () -> {
            String name = offload(() -> {
                thread.set(Thread.currentThread());
                return Thread.currentThread().getName();
            });
            assertThat(name).contains("offload-1").endsWith("for task 'reader'");
            assertThat(thread.get().getName()).endsWith("offload-1");
            Task<Void> stuck = group.start("stuck", () -> offload(() -> new CountDownLatch(1).await()));
            Waits.eventually(() -> stuck.toString().contains("for task 'stuck'"));
            stuck.cancel("seen");
        })));
    }

    @BothEngines
    void statisticsAreForTheLoopAlone(LoopFixture loops) {
        loops.runInRealTime(() -> {
            EventLoop loop = EventLoop.current();
            offload(() -> assertThatThrownBy(loop::offloadStatistics).isInstanceOf(ForeignLoopException.class));
            assertThat(Async.moveOnAfter(java.time.Duration.ZERO, () -> {
                offloadAbandoning(() -> {});
                sleepForever();
            })).isFalse();
        });
    }
}
