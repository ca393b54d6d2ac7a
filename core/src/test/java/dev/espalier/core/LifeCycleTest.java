package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.spi.ErrorReport;
import dev.espalier.core.spi.TaskSnapshot;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** Loops that are run for ever and stopped, the phases of the end (S28), and what can be seen of tasks meanwhile. */
class LifeCycleTest {

    // ---- runForever and stop

    @BothEngines
    void aStoppedLoopKeepsItsTasksAndGoesOnWithThemLater(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options())) {
            var order = new ArrayList<String>();
            CompletableFuture<String> future = loop.submit(() -> {
                order.add("began");
                loop.stop();
                sleep(seconds(1));
                order.add("went on");
                loop.stop();
                return "ended";
            });
            loop.runForever();
            assertThat(order).containsExactly("began");
            assertThat(loop.statistics().tasks()).isEqualTo(1);
            loop.runForever();
            assertThat(order).containsExactly("began", "went on");
            loop.run(Waits::settle);
            assertThat(future).isCompletedWithValue("ended");
        }
    }

    @BothEngines
    void whatWasSentBeforeTheStopRunsBeforeTheReturn(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options())) {
            var ran = new ArrayList<String>();
            loop.execute(() -> ran.add("sent before"));
            loop.stop();
            loop.runForever();
            assertThat(ran).containsExactly("sent before");
        }
    }

    @BothEngines
    void aStopIsOfOneCallAndDoesNotEndARun(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options())) {
            loop.run(() -> {
                loop.stop();
                sleep(seconds(1));
            });
            loop.callLater(seconds(1), loop::stop);
            long start = loop.now();
            loop.runForever();
            assertThat(loops.since(start)).as("the stop during the run is over").isEqualTo(seconds(1));
        }
    }

    @BothEngines
    void aForeignThreadStopsALoopThatSleeps(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.realTime())) {
            assertThat(loop.isRunning()).isFalse();
            Thread driver = Thread.ofPlatform().start(loop::runForever);
            org.awaitility.Awaitility.await().until(loop::isRunning);
            loop.stop();
            Waits.join(driver);
            assertThat(loop.isRunning()).isFalse();
            assertThat(loop.isClosed()).isFalse();
        }
    }

    @BothEngines
    void anInterruptOfTheCallerStopsTheLoopAndStaysSet(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.realTime())) {
            var flag = new AtomicBoolean();
            Thread driver = Thread.ofPlatform().start(() -> {
                loop.runForever();
                flag.set(Thread.currentThread().isInterrupted());
            });
            org.awaitility.Awaitility.await().until(loop::isRunning);
            driver.interrupt();
            Waits.join(driver);
            assertThat(flag).isTrue();
        }
    }

    @BothEngines
    void aBrokenLoopEndsRunForeverLoudly(LoopFixture loops) {
        EventLoop loop = loops.open(loops.options().withOrder(_ -> -1));
        loop.callSoon(() -> {});
        assertThatThrownBy(loop::runForever).isInstanceOf(IllegalStateException.class)
                .hasStackTraceContaining("the ready order chose");
        loop.close();
        assertThat(loop.isClosed()).isTrue();
    }

    // ---- S28

    @BothEngines
    void s28TheEndOfALoopHasItsOrder(LoopFixture loops) throws Exception {
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        var driver = new WrappedDriver(new NioDriver()) {
            @Override
            public void close() {
                order.add("driver closed");
                super.close();
            }
        };
        EventLoop loop = loops.open(loops.realTime().withDriver(() -> driver));
        var began = new CountDownLatch(1);
        CompletableFuture<Void> task = loop.submit(() -> {
            try {
                Async.offloadAbandoning(() -> blockUntilInterrupted(began, () -> order.add("offloaded body ended")));
            } finally {
                assertThatThrownBy(() -> loop.submit(() -> {})).isInstanceOf(RejectedExecutionException.class);
                order.add("no new task");
                Async.shield(seconds(5), () -> sleep(millis(5)));
                order.add("task ended");
            }
        });
        loop.callLater(Duration.ofHours(1), () -> order.add("a timer"));
        loop.runOnce(Duration.ZERO);
        loop.runOnce(Duration.ZERO);
        began.await();
        loop.close();
        assertThat(order).containsExactly("no new task", "task ended", "offloaded body ended", "driver closed");
        assertThat(task).isCancelled();
        assertThat(loop.toString()).contains("closed").contains("1 timer(s) dropped");
    }

    private static void blockUntilInterrupted(CountDownLatch began, Runnable then) {
        began.countDown();
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            then.run();
        }
    }

    @BothEngines
    void s28ATaskSentWhileARunEndsBeginsInTheNextRun(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options())) {
            var late = new AtomicReference<CompletableFuture<String>>();
            loop.run(() -> {
                loop.submit(() -> {
                    try {
                        sleepForever();
                    } finally {
                        late.set(loop.submit(() -> {
                            sleep(seconds(1));
                            return "in the next run";
                        }));
                        Async.shield(seconds(9), () -> sleep(seconds(3)));
                    }
                });
                settle();
            });
            assertThat(late.get()).as("neither begun nor cancelled").isNotDone();
            loop.run(() -> sleep(seconds(2)));
            assertThat(late.get()).isCompletedWithValue("in the next run");
        }
    }

    @BothEngines
    void s28ATaskHeldBackIsRefusedByTheClose(LoopFixture loops) {
        var late = new AtomicReference<CompletableFuture<String>>();
        try (EventLoop loop = loops.open(loops.options())) {
            loop.run(() -> {
                loop.submit(() -> {
                    try {
                        sleepForever();
                    } finally {
                        late.set(loop.submit(() -> "never"));
                    }
                });
                settle();
            });
        }
        assertThatThrownBy(() -> late.get().join()).hasCauseInstanceOf(RejectedExecutionException.class);
    }

    @BothEngines
    void s28AnAbandonedBodyThatIgnoresItsInterruptIsReportedWithItsStack(LoopFixture loops) throws Exception {
        var release = new CountDownLatch(1);
        var began = new CountDownLatch(1);
        EventLoop loop = loops.open(loops.realTime().withShutdownTimeout(millis(50)));
        loop.run(() -> Async.moveOnAfter(millis(1), () -> Async.offloadAbandoning(() -> {
            began.countDown();
            ignoreInterrupts(release);
        })));
        loop.close();
        if (began.getCount() == 0) { // else it was cancelled while it was queued, and there is nothing to report
            assertThat(loops.takeReports()).singleElement().satisfies(report -> {
                assertThat(report.kind()).isEqualTo(ErrorReport.Kind.SHUTDOWN);
                assertThat(report.exception()).hasMessageContaining("offloaded").hasMessageContaining("task 'main'");
                assertThat(report.exception().getSuppressed()[0].getStackTrace()).anyMatch(
                        frame -> frame.getMethodName().equals("ignoreInterrupts"));
            });
        }
        release.countDown();
    }

    private static void ignoreInterrupts(CountDownLatch release) {
        while (release.getCount() > 0) {
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.onSpinWait();
            }
        }
    }

    @BothEngines
    void s28ATaskThatRefusesToEndIsReportedWithItsStack(LoopFixture loops) {
        EventLoop loop = loops.open(loops.options());
        loop.submit("stubborn", () -> Async.shield(Duration.ofHours(1), LifeCycleTest::stayForEver));
        loop.run(Waits::settle);
        assertThat(loops.takeReports()).singleElement().satisfies(report -> {
            assertThat(report.exception()).hasMessageContaining("stubborn").hasMessageContaining("PT10S");
            assertThat(report.exception().getSuppressed()[0].getStackTrace()).anyMatch(
                    frame -> frame.getMethodName().equals("stayForEver"));
        });
        assertThatThrownBy(() -> loop.run(() -> {})).hasMessageContaining("stubborn");
        loop.close();
        loops.takeReports();
    }

    private static void stayForEver() {
        sleepForever();
    }

    @BothEngines
    void s28TasksStartedWhileTheyAreCancelledAreCancelledToo(LoopFixture loops) {
        var ends = new ArrayList<String>();
        try (EventLoop loop = loops.open(loops.options())) {
            loop.run(() -> {
                loop.submit(() -> TaskGroup.run(group -> {
                    try {
                        sleepForever();
                    } finally {
                        group.start(() -> {
                            try {
                                sleepForever();
                            } finally {
                                ends.add("the late child");
                            }
                        });
                    }
                }));
                settle();
            });
            assertThat(ends).containsExactly("the late child");
        }
    }

    // ---- what a task tells

    @BothEngines
    void d2InDebugModeATaskTellsWhenItBeganAndEnded(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options().withDebug(true))) {
            loop.run(() -> TaskGroup.run(group -> {
                long start = loop.now();
                Task<Void> child = group.start(() -> sleep(seconds(2)));
                assertThat(child.beganAt()).isEmpty();
                checkpoint();
                assertThat(child.beganAt()).contains(new Deadline(start));
                assertThat(child.endedAt()).isEmpty();
                child.join();
                assertThat(child.endedAt()).contains(new Deadline(start + seconds(2).toNanos()));
                loop.setDebug(false);
                Task<Void> other = group.start(() -> {});
                other.join();
                assertThat(other.beganAt()).isEmpty();
                assertThat(other.endedAt()).isEmpty();
            }));
        }
    }

    // ---- tasks seen from outside

    @BothEngines
    void d4AThreadOutsideSeesTheTreeWhileTheLoopGoesOn(LoopFixture loops) throws Exception {
        try (EventLoop loop = loops.open(loops.realTime())) {
            var ready = new CountDownLatch(1);
            var stop = new AtomicBoolean();
            Thread driver = Thread.ofPlatform().start(() -> loop.run(() -> TaskGroup.run(group -> {
                group.start("sleeper", Async::sleepForever);
                group.start("churn", () -> {
                    while (!stop.get()) {
                        TaskGroup.run(inner -> inner.start("brief", Async::checkpoint));
                        ready.countDown();
                    }
                    group.cancel("seen");
                });
            })));
            ready.await();
            for (int i = 0; i < 200; i++) {
                assertThat(loop.tasks()).extracting(TaskSnapshot::name).contains("main", "churn").doesNotHaveDuplicates();
            }
            TaskSnapshot sleeper = loop.tasks().stream().filter(task -> task.name().equals("sleeper")).findFirst().orElseThrow();
            assertThat(sleeper.waitingFor()).contains("sleepForever");
            stop.set(true);
            driver.join();
        }
    }

    @BothEngines
    void d5ATaskThatNobodyKeepsIsKeptByItsLoop(LoopFixture loops) {
        var ended = new AtomicBoolean();
        loops.run(() -> {
            var gone = new WeakReference<>(new Object());
            EventLoop.current().submit(() -> {
                Promise<String> known = Promise.create("known to this task alone");
                EventLoop.current().callLater(seconds(1), () -> known.succeed("value"));
                known.await();
                ended.set(true);
            });
            checkpoint();
            while (gone.get() != null) {
                System.gc();
            }
            sleep(seconds(2));
        });
        assertThat(ended).isTrue();
    }
}
