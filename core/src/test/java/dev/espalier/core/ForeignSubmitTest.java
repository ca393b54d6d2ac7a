package dev.espalier.core;

import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

class ForeignSubmitTest {
    private static final int PRODUCERS = 4;
    private static final int EACH = 5_000;

    @BothEngines
    void s46NothingSentToALoopThatKeepsGoingToSleepIsLost(LoopFixture loops) {
        var received = new ArrayList<List<Integer>>();
        loops.runInRealTime(() -> {
            EventLoop loop = EventLoop.current();
            Promise<String> all = Promise.create();
            var total = new AtomicInteger();
            for (int p = 0; p < PRODUCERS; p++) {
                var mine = new ArrayList<Integer>();
                received.add(mine);
                Thread.ofPlatform().start(() -> produce(loop, i -> {
                    mine.add(i);
                    if (total.incrementAndGet() == PRODUCERS * EACH) {
                        all.succeed("received");
                    }
                }));
            }
            assertThat(all.await()).isEqualTo("received");
        });
        assertThat(received).hasSize(PRODUCERS).allSatisfy(
                mine -> assertThat(mine).as("order per producer").isEqualTo(IntStream.range(0, EACH).boxed().toList()));
    }

    private static void produce(EventLoop loop, java.util.function.IntConsumer onLoop) {
        for (int i = 0; i < EACH; i++) {
            int value = i;
            loop.execute(() -> onLoop.accept(value));
            if (i % 3 == 0) {
                LockSupport.parkNanos(1 + i % 40_000); // the loop falls asleep now and then, at any moment
            }
        }
    }

    @BothEngines
    void s46PingPongBetweenALoopAndAThreadNeverStalls(LoopFixture loops) {
        loops.runInRealTime(() -> {
            EventLoop loop = EventLoop.current();
            for (int i = 0; i < 3000; i++) {
                Promise<Integer> answer = Promise.create();
                int value = i;
                CompletableFuture.runAsync(() -> loop.execute(() -> answer.succeed(value)));
                assertThat(answer.await()).isEqualTo(i);
            }
        });
    }

    @BothEngines
    void aLoopAsleepUntilATimerIsWokenByASubmit(LoopFixture loops) {
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            EventLoop loop = EventLoop.current();
            group.start(() -> sleep(Duration.ofHours(1)));
            sleep(millis(5));
            Promise<String> woken = Promise.create();
            Thread.ofPlatform().start(() -> loop.execute(() -> woken.succeed("woken")));
            assertThat(woken.await()).isEqualTo("woken");
            group.cancel("done");
        }));
    }

    @BothEngines
    void aSubmittedTaskRunsAndItsFutureEndsAsItDoes(LoopFixture loops) throws Exception {
        try (EventLoop loop = loops.open(loops.realTime())) {
            var stop = new CompletableFuture<String>();
            Thread driver = Thread.ofPlatform().start(() -> loop.run(() -> Async.await(stop)));
            assertThat(loop.submit(() -> {
                sleep(millis(1));
                return "value";
            }).get(10, TimeUnit.SECONDS)).isEqualTo("value");
            CompletableFuture<Void> failed = loop.submit(() -> {
                throw new IOException("typed");
            });
            assertThatThrownBy(() -> failed.get(10, TimeUnit.SECONDS)).hasRootCauseInstanceOf(IOException.class);
            CompletableFuture<Void> cancelled = loop.submit(() -> {
                Task.current().cancel("itself");
                sleepForever();
            });
            assertThatThrownBy(() -> cancelled.get(10, TimeUnit.SECONDS)).isInstanceOf(CancellationException.class);
            stop.complete("");
            driver.join();
        }
    }

    @BothEngines
    void cancellingTheFutureOfASubmittedTaskCancelsTheTask(LoopFixture loops) throws Exception {
        try (EventLoop loop = loops.open(loops.realTime())) {
            var began = new CountDownLatch(1);
            var ended = new CountDownLatch(1);
            var stop = new CompletableFuture<String>();
            Thread driver = Thread.ofPlatform().start(() -> loop.run(() -> Async.await(stop)));
            CompletableFuture<Void> future = loop.submit(() -> {
                began.countDown();
                try {
                    sleepForever();
                } finally {
                    ended.countDown();
                }
            });
            assertThat(began.await(10, TimeUnit.SECONDS)).isTrue();
            future.cancel(true);
            assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
            stop.complete("");
            driver.join();
        }
    }

    @BothEngines
    void aSubmittedTaskWhoseFutureWasCancelledBeforeNeverBegins(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options())) {
            var began = new ArrayList<String>();
            CompletableFuture<Void> future = loop.submit(() -> {
                began.add("began");
            });
            future.cancel(true);
            loop.run(Waits::settle);
            assertThat(began).isEmpty();
        }
    }

    @BothEngines
    void whatIsSubmittedBetweenRunsWaitsForTheNext(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options())) {
            loop.run(() -> {});
            CompletableFuture<String> future = loop.submit(() -> "in the second run");
            assertThat(future).isNotDone();
            loop.run(Waits::settle);
            assertThat(future).isCompletedWithValue("in the second run");
        }
    }

    @BothEngines
    void closingFailsTheFuturesOfWhatIsStillQueued(LoopFixture loops) {
        EventLoop loop = loops.open(loops.options());
        CompletableFuture<String> queued = loop.submit(() -> "never");
        loop.close();
        assertThat(queued).isCompletedExceptionally();
        assertThatThrownBy(queued::join).hasCauseInstanceOf(RejectedExecutionException.class);
    }

    @BothEngines
    void closingEndsTheFuturesOfTasksThatTheShutdownCancelled(LoopFixture loops) {
        EventLoop loop = loops.open(loops.options());
        CompletableFuture<Void> future = loop.submit(Async::sleepForever);
        loop.run(Waits::settle);
        loop.close();
        assertThat(future).as("the future of a task that was cancelled at the end").isDone().isCancelled();
    }

    @BothEngines
    void closingEndsTheFutureOfATaskThatRefusedToEnd(LoopFixture loops) {
        EventLoop loop = loops.open(loops.realTime().withShutdownTimeout(millis(20)));
        CompletableFuture<Void> future =
                loop.submit(() -> Async.shield(Duration.ofHours(1), Async::sleepForever));
        loop.run(Waits::settle);
        loop.close();
        assertThat(loops.takeReports()).isNotEmpty();
        assertThat(future).as("the future of a task that nobody will run again").isCompletedExceptionally();
    }

    @BothEngines
    void aClosedLoopRefusesAndItsFuturesNeverHang(LoopFixture loops) {
        EventLoop loop = loops.open(loops.options());
        loop.close();
        assertThatThrownBy(() -> loop.execute(() -> {})).isInstanceOf(RejectedExecutionException.class)
                .hasMessageContaining(loop.name());
        assertThatThrownBy(() -> loop.submit(() -> 1)).isInstanceOf(RejectedExecutionException.class);
    }

    @BothEngines
    void closeRacingWithSubmitsLeavesNoFutureOpen(LoopFixture loops) throws Exception {
        for (int round = 0; round < 50; round++) {
            EventLoop loop = loops.open(loops.options());
            var futures = java.util.Collections.synchronizedList(new ArrayList<CompletableFuture<?>>());
            var started = new CountDownLatch(1);
            Thread producer = Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 0; i < 10_000; i++) {
                        futures.add(loop.submit(() -> {}));
                        started.countDown();
                    }
                } catch (RejectedExecutionException e) {
                    futures.add(CompletableFuture.failedFuture(e));
                }
            });
            started.await();
            loop.close();
            producer.join();
            assertThat(futures).allSatisfy(future -> assertThat(future).isDone());
        }
    }

    @BothEngines
    void aTaskOfAClosedLoopMayStillBeCancelledAndAsked(LoopFixture loops) {
        var kept = new ArrayList<Task<?>>();
        loops.run(() -> kept.add(Task.current()));
        kept.get(0).cancel("too late");
        assertThat(kept.get(0).toString()).contains("main").contains("succeeded");
        assertThat(kept.get(0).toFuture()).as("the future of something that has ended").isDone();
    }

    @BothEngines
    void cancelsFromManyThreadsAtOnceAreSafeOnALoopDrivenByHand(LoopFixture loops) throws Exception {
        loops.time.expectForeignThreads();
        try (EventLoop loop = loops.open(loops.options())) {
            for (int round = 0; round < 200; round++) {
                var scopes = new ArrayList<CancelScope>();
                CompletableFuture<Void> future = loop.submit(() -> TaskGroup.run(group -> {
                    for (int i = 0; i < 4; i++) {
                        group.start(() -> CancelScope.run(scope -> {
                            scopes.add(scope);
                            sleepForever();
                        }));
                    }
                }));
                while (scopes.size() < 4) {
                    loop.runOnce(Duration.ZERO);
                }
                List<Thread> threads = scopes.stream()
                        .map(scope -> Thread.ofPlatform().start(() -> scope.cancel("now")))
                        .toList();
                while (threads.stream().anyMatch(Thread::isAlive)) {
                    loop.runOnce(Duration.ZERO);
                }
                for (int i = 0; i < 20; i++) {
                    loop.runOnce(Duration.ZERO);
                }
                assertThat(future).isDone();
            }
        }
    }
}
