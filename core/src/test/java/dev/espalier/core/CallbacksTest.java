package dev.espalier.core;

import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.spi.ErrorReport;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Callbacks: sent at most once at a time, at the end of something, after the end of the loop, and by clocks that overflow. */
class CallbacksTest {

    // ---- coalescing

    @BothEngines
    void anActionRunManyTimesSendsItsCallbackOnce(LoopFixture loops) {
        loops.run(() -> {
            var runs = new AtomicInteger();
            Runnable action = EventLoop.current().coalescing(runs::incrementAndGet);
            for (int i = 0; i < 100; i++) {
                action.run();
            }
            settle();
            assertThat(runs).hasValue(1);
            action.run();
            settle();
            assertThat(runs).as("it can be sent again").hasValue(2);
        });
    }

    @BothEngines
    void anActionRunByItsOwnCallbackSendsItAgain(LoopFixture loops) {
        loops.run(() -> {
            var runs = new AtomicInteger();
            var action = new Runnable[1];
            action[0] = EventLoop.current().coalescing(() -> {
                if (runs.incrementAndGet() < 3) {
                    action[0].run();
                }
            });
            action[0].run();
            settle();
            assertThat(runs).hasValue(3);
        });
    }

    /** The plain counters are what the volatile-free promise is about: the callback sees what was written before the action. */
    @BothEngines
    void noProducersWordIsLostBetweenManyThreads(LoopFixture loops) throws Exception {
        int producers = 4;
        int each = 20_000;
        long[][] written = new long[producers][8]; // a cache line of its own each
        var seen = new long[producers];
        loops.runInRealTime(() -> {
            Promise<String> all = Promise.create("all seen");
            var runs = new AtomicLong();
            Runnable look = EventLoop.current().coalescing(() -> {
                runs.incrementAndGet();
                long total = 0;
                for (int p = 0; p < producers; p++) {
                    seen[p] = written[p][0];
                    total += seen[p];
                }
                if (total == (long) producers * each) {
                    all.trySucceed("yes");
                }
            });
            for (int p = 0; p < producers; p++) {
                long[] mine = written[p];
                Thread.ofPlatform().start(() -> {
                    for (int i = 0; i < each; i++) {
                        mine[0]++;
                        look.run();
                    }
                });
            }
            all.await();
            assertThat(runs.get()).as("callbacks").isPositive().isLessThanOrEqualTo((long) producers * each);
        });
        assertThat(seen).containsOnly(each);
    }

    @BothEngines
    void aFailedCallbackOfACoalescingActionIsReportedAndCanBeSentAgain(LoopFixture loops) {
        loops.run(() -> {
            Runnable action = EventLoop.current().coalescing(() -> {
                throw new IllegalStateException("of the callback");
            });
            action.run();
            settle();
            action.run();
            settle();
        });
        assertThat(loops.takeReports()).hasSize(2).allSatisfy(
                report -> assertThat(report.kind()).isEqualTo(ErrorReport.Kind.CALLBACK));
    }

    // ---- a closed loop

    @BothEngines
    void aClosedLoopTakesNoCallbackOfAnyKind(LoopFixture loops) {
        EventLoop loop = loops.open(loops.options());
        Runnable action = loop.coalescing(() -> {});
        loop.close();
        assertThatThrownBy(() -> loop.callSoon(() -> {})).isInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(() -> loop.callLater(seconds(1), () -> {})).isInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(() -> loop.callSoonThreadsafe(() -> {})).isInstanceOf(RejectedExecutionException.class)
                .hasMessageContaining(loop.name()).hasMessageContaining("closed");
        assertThatThrownBy(action::run).isInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(action::run).as("also the second time").isInstanceOf(RejectedExecutionException.class);
    }

    // ---- onDone

    @BothEngines
    void actionsRunAfterTheEndInOrderAndNeverOnTheStackOfWhoEndsIt(LoopFixture loops) {
        loops.run(() -> {
            Promise<String> promise = Promise.create();
            var order = new ArrayList<String>();
            promise.onDone(() -> order.add("first"));
            promise.onDone(() -> order.add("second"));
            promise.succeed("value");
            order.add("succeed returned");
            promise.onDone(() -> order.add("late"));
            order.add("onDone returned");
            settle();
            assertThat(order).containsExactly("succeed returned", "onDone returned", "first", "second", "late");
        });
    }

    @BothEngines
    void anActionThatWasTakenBackDoesNotRun(LoopFixture loops) {
        loops.run(() -> {
            Promise<String> promise = Promise.create();
            var ran = new ArrayList<String>();
            CancelScope.Registration before = promise.onDone(() -> ran.add("taken back before the end"));
            CancelScope.Registration after = promise.onDone(() -> ran.add("taken back after the end"));
            promise.onDone(() -> ran.add("kept"));
            before.close();
            promise.fail(new IllegalArgumentException());
            after.close();
            after.close();
            settle();
            assertThat(ran).containsExactly("kept");
        });
    }

    @BothEngines
    void anActionKeepsTheContextOfWhoRegisteredIt(LoopFixture loops) {
        ContextVar<String> who = ContextVar.named("who");
        loops.run(() -> {
            Promise<String> promise = Promise.create();
            var seen = new ArrayList<String>();
            who.with("registrar", () -> {
                promise.onDone(() -> seen.add(who.get()));
            });
            who.with("completer", () -> promise.succeed("value"));
            settle();
            assertThat(seen).containsExactly("registrar");
        });
    }

    @BothEngines
    void anActionThatFailsIsReportedAndTheOthersRun(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var ran = new ArrayList<String>();
            Task<Void> child = group.start(() -> {});
            child.onDone(() -> {
                throw new IllegalStateException("of the action");
            });
            child.onDone(() -> ran.add("the other"));
            settle();
            assertThat(ran).containsExactly("the other");
        }));
        assertThat(loops.takeReports()).singleElement().satisfies(
                report -> assertThat(report.exception()).hasMessage("of the action"));
    }

    @BothEngines
    void onDoneIsForTheLoopAlone(LoopFixture loops) {
        loops.runInRealTime(() -> {
            Promise<String> promise = Promise.create("mine");
            Async.offload(() -> assertThatThrownBy(() -> promise.onDone(() -> {}))
                    .isInstanceOf(ForeignLoopException.class).hasMessageContaining("mine"));
        });
    }

    // ---- a second completion

    @BothEngines
    void inDebugModeASecondCompletionTellsWhereTheFirstWas(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options().withDebug(true))) {
            loop.run(() -> {
                Promise<String> promise = Promise.create("answer");
                endIt(promise);
                assertThatThrownBy(() -> promise.succeed("again"))
                        .isInstanceOf(IllegalStateException.class).hasMessageContaining("answer")
                        .satisfies(e -> assertThat(e.getCause().getStackTrace()).as("the first completion").anyMatch(
                                frame -> frame.getMethodName().equals("endIt")));
                loop.setDebug(false);
                Promise<String> other = Promise.create("other");
                other.succeed("once");
                assertThatThrownBy(() -> other.succeed("again")).hasNoCause().hasMessageContaining("debug mode");
            });
        }
    }

    private static void endIt(Promise<String> promise) {
        promise.succeed("once");
    }

    // ---- a clock that overflows

    @BothEngines
    void timersKeepTheirOrderWhereTheClockOverflows(LoopFixture loops) {
        var offset = new AtomicLong();
        var options = loops.options().withClock(() -> loops.time.nanoTime() + offset.get());
        offset.set(Long.MAX_VALUE - seconds(3).toNanos() - loops.time.nanoTime());
        try (EventLoop loop = loops.open(options)) {
            var order = new ArrayList<Integer>();
            loop.run(() -> {
                for (int second : new int[] {5, 1, 4, 2, 3}) {
                    loop.callLater(seconds(second), () -> order.add(second));
                }
                Async.sleep(seconds(2));
                assertThat(order).containsExactly(1, 2);
                Async.sleep(seconds(4)); // past the overflow
                assertThat(loop.now()).as("the clock has gone over").isNegative();
                assertThat(Async.moveOnAfter(millis(10), Async::sleepForever)).isFalse();
                Async.timeout(java.time.Duration.ofDays(100_000), () -> Async.sleep(millis(1)));
            });
            assertThat(order).containsExactly(1, 2, 3, 4, 5);
        }
    }

    @BothEngines
    void aCallbackIsSentByTheThreadOfALoopItself(LoopFixture loops) {
        loops.runInRealTime(() -> {
            var ran = new CountDownLatch(1);
            EventLoop.current().callSoonThreadsafe(ran::countDown);
            settle();
            assertThat(ran.getCount()).isZero();
        });
    }
}
