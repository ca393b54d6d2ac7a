package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.seconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.spi.LoopStatistics;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

class TicksAndTimersTest {

    // ---- ticks

    @BothEngines
    void callbacksRunInTheOrderInWhichTheyWereSent(LoopFixture loops) {
        var order = new ArrayList<Integer>();
        try (EventLoop loop = loops.open(loops.options())) {
            IntStream.range(0, 100).forEach(i -> loop.callSoon(() -> order.add(i)));
            assertThat(loop.runOnce(Duration.ZERO)).isFalse();
        }
        assertThat(order).hasSize(100).isSorted();
    }

    @BothEngines
    void whatBecomesReadyInATickRunsInTheNext(LoopFixture loops) {
        var order = new ArrayList<String>();
        try (EventLoop loop = loops.open(loops.options())) {
            loop.callSoon(() -> {
                order.add("first");
                loop.callSoon(() -> order.add("made ready by the first"));
            });
            loop.callSoon(() -> order.add("second"));
            assertThat(loop.runOnce(Duration.ZERO)).as("something is ready").isTrue();
            assertThat(order).containsExactly("first", "second");
            assertThat(loop.runOnce(Duration.ZERO)).isFalse();
            assertThat(order).containsExactly("first", "second", "made ready by the first");
        }
    }

    @BothEngines
    void aCallbackThatRenewsItselfDoesNotStarveTimersAndTasks(LoopFixture loops) {
        loops.run(() -> {
            var again = new AtomicInteger();
            renew(again);
            sleep(Duration.ZERO);
            EventLoop.current().callLater(Duration.ofNanos(1), () -> again.set(Integer.MIN_VALUE));
            loops.time.poll(1);
            Waits.until(() -> again.get() < 0);
        });
    }

    private static void renew(AtomicInteger again) {
        if (again.incrementAndGet() > 0) {
            EventLoop.current().callSoon(() -> renew(again));
        }
    }

    @BothEngines
    void withinATickChannelsComeBeforeTheInboxAndTheInboxBeforeTimers(LoopFixture loops) throws Exception {
        var order = new ArrayList<String>();
        Pipe pipe = Pipe.open();
        pipe.source().configureBlocking(false);
        try (var _ = pipe.sink(); var _ = pipe.source(); EventLoop loop = loops.open(loops.realTime())) {
            loop.run(() -> {
                var readiness = ChannelReadiness.of(pipe.source());
                TaskGroup.run(group -> {
                    group.start(() -> {
                        readiness.awaitReadable();
                        order.add("channel");
                    });
                    sleep(millis(1));
                    loop.callLater(millis(2), () -> order.add("timer"));
                    Thread.sleep(3); // holds the loop: everything comes due at once
                    pipe.sink().write(ByteBuffer.allocate(1));
                    Thread foreign = Thread.ofPlatform().start(() -> loop.execute(() -> order.add("inbox")));
                    Waits.join(foreign);
                    sleep(millis(20));
                });
                readiness.close();
            });
        }
        assertThat(order).containsExactly("channel", "inbox", "timer");
    }

    @BothEngines
    void runOnceRunsExactlyOneTick(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options())) {
            var steps = new AtomicInteger();
            loop.submit(() -> {
                while (true) {
                    steps.incrementAndGet();
                    checkpoint();
                }
            });
            loop.runOnce(Duration.ZERO); // the submission
            for (int i = 1; i <= 10; i++) {
                assertThat(loop.runOnce(Duration.ZERO)).isTrue();
                assertThat(steps).hasValue(i);
            }
            assertThat(loop.statistics().tasks()).isEqualTo(1);
        }
    }

    @BothEngines
    void runOnceWaitsForTheNextTimerButNotLongerThanAsked(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options())) {
            long start = loop.now();
            var fired = new ArrayList<String>();
            loop.callLater(seconds(5), () -> fired.add("timer"));
            assertThat(loop.nextTimer()).hasValue(start + seconds(5).toNanos());
            loop.runOnce(seconds(2));
            assertThat(loops.since(start)).isEqualTo(seconds(2));
            assertThat(fired).isEmpty();
            loop.runOnce(seconds(100));
            assertThat(loops.since(start)).isEqualTo(seconds(5));
            assertThat(fired).containsExactly("timer");
            assertThat(loop.nextTimer()).isEmpty();
        }
    }

    @BothEngines
    void aReadyOrderThatChoosesOutOfRangeBreaksTheLoopLoudly(LoopFixture loops) {
        EventLoop loop = loops.open(loops.options().withOrder(ready -> ready.size()));
        assertThatThrownBy(() -> loop.run(Async::checkpoint))
                .isInstanceOf(IllegalStateException.class)
                .hasStackTraceContaining("the ready order chose");
        assertThatThrownBy(loop::close).isInstanceOf(IllegalStateException.class);
    }

    // ---- timers

    @BothEngines
    void timersNeverFireEarlyAndFireInTheOrderOfTheirDeadlines(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            long start = EventLoop.current().now();
            var fired = new ArrayList<Long>();
            for (long delay : new long[] {700, 3, 3, 999, 1, 500, 2}) {
                group.start(() -> {
                    sleep(Duration.ofNanos(delay));
                    assertThat(loops.since(start).toNanos()).isGreaterThanOrEqualTo(delay);
                    fired.add(delay);
                });
            }
            sleep(seconds(1));
            assertThat(fired).containsExactly(1L, 2L, 3L, 3L, 500L, 700L, 999L);
        }));
    }

    @BothEngines
    void timersNeverFireEarlyInRealTime(LoopFixture loops) {
        loops.runInRealTime(() -> {
            for (long micros : new long[] {1, 50, 100, 999, 1000, 1001, 2500}) {
                long start = System.nanoTime();
                sleep(Duration.ofNanos(micros * 1000));
                assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(micros * 1000);
            }
        });
    }

    @BothEngines
    void equalDeadlinesFireFirstSetFirst(LoopFixture loops) {
        loops.run(() -> {
            var fired = new ArrayList<Integer>();
            EventLoop loop = EventLoop.current();
            Deadline moment = Deadline.after(seconds(1));
            List<EventLoop.Handle> handles = IntStream.range(0, 1000)
                    .mapToObj(i -> loop.callAt(moment, () -> fired.add(i)))
                    .toList();
            for (int i = 0; i < 1000; i += 3) {
                assertThat(handles.get(i).cancel()).isTrue();
            }
            sleep(seconds(2));
            assertThat(fired).isSorted().hasSize(666);
        });
    }

    @BothEngines
    void aTimerInThePastRunsInTheNextTick(LoopFixture loops) {
        loops.run(() -> {
            var fired = new ArrayList<String>();
            EventLoop.current().callLater(seconds(-3), () -> fired.add("past"));
            EventLoop.current().callAt(new Deadline(EventLoop.current().now()), () -> fired.add("now"));
            assertThat(fired).isEmpty();
            checkpoint();
            checkpoint();
            assertThat(fired).containsExactly("past", "now");
        });
    }

    @BothEngines
    void aMillionLiveTimersFireInOrderAndCancelledOnesLeaveNothing(LoopFixture loops) {
        int million = 1_000_000;
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            var fired = new AtomicInteger();
            long[] last = {Long.MIN_VALUE};
            var handles = new ArrayList<EventLoop.Handle>(million);
            for (int i = 0; i < million; i++) {
                long delay = Math.floorMod(i * 2_654_435_761L, 1_000_000_007L);
                handles.add(loop.callLater(Duration.ofNanos(delay), () -> {
                    fired.incrementAndGet();
                    assertThat(loop.now() >= last[0]).isTrue();
                    last[0] = loop.now();
                }));
            }
            assertThat(loop.statistics().timers()).isEqualTo(million);
            for (int i = 0; i < million; i++) {
                if (i % 20 != 0) {
                    handles.get(i).cancel();
                }
            }
            assertThat(loop.statistics().timers()).isEqualTo(million / 20);
            sleep(seconds(2));
            assertThat(fired).hasValue(million / 20);
        });
    }

    @BothEngines
    void aCancelledSleepLeavesNoTimer(LoopFixture loops) {
        loops.run(() -> {
            TaskGroup.run(group -> {
                for (int i = 0; i < 100; i++) {
                    group.start(() -> sleep(seconds(3600)));
                }
                checkpoint();
                assertThat(EventLoop.current().statistics().timers()).isEqualTo(100);
                group.cancel("enough");
            });
            assertThat(EventLoop.current().statistics().timers()).isZero();
        });
    }

    // ---- handles

    @BothEngines
    void aCancelledHandleNeverRunsAndSaysWhoCancelledItFirst(LoopFixture loops) {
        loops.run(() -> {
            var ran = new ArrayList<String>();
            EventLoop loop = EventLoop.current();
            EventLoop.Handle soon = loop.callSoon(() -> ran.add("soon"));
            EventLoop.Handle later = loop.callLater(seconds(1), () -> ran.add("later"));
            EventLoop.Handle kept = loop.callSoon(() -> ran.add("kept"));
            assertThat(soon.cancel()).isTrue();
            assertThat(soon.cancel()).isFalse();
            assertThat(later.cancel()).isTrue();
            sleep(seconds(2));
            assertThat(ran).containsExactly("kept");
            assertThat(kept.cancel()).as("cancelling what ran").isFalse();
        });
    }

    @BothEngines
    void aHandleMayBeCancelledByAForeignThreadWhichFreesItsTimer(LoopFixture loops) {
        loops.time.expectForeignThreads();
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            EventLoop.Handle handle = loop.callLater(seconds(3600), () -> {
                throw new AssertionError("it was cancelled");
            });
            Waits.join(Thread.ofPlatform().start(handle::cancel));
            checkpoint();
            checkpoint();
            assertThat(loop.statistics().timers()).isZero();
        });
    }

    @BothEngines
    void statisticsCountTasksTimersAndWaitsOutside(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            group.start(() -> sleep(seconds(1)));
            group.start(() -> Async.await(new java.util.concurrent.CompletableFuture<>()));
            checkpoint();
            LoopStatistics now = EventLoop.current().statistics();
            assertThat(now.tasks()).isEqualTo(3);
            assertThat(now.timers()).isEqualTo(1);
            assertThat(now.external()).isEqualTo(1);
            assertThat(now.ticks()).isPositive();
            group.cancel("seen");
        }));
    }
}
