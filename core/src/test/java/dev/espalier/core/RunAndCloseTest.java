package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Entering, driving, shutting down and closing loops. */
class RunAndCloseTest {

    // ---- run

    @Test
    void runReturnsTheValueOfItsBody() {
        assertThat(Async.<String, RuntimeException>run(() -> "value")).isEqualTo("value");
    }

    @Test
    void runThrowsWhatItsBodyThrowsWithItsType() {
        var failure = new IOException("typed");
        assertThatThrownBy(() -> Async.run(() -> {
            throw failure;
        })).isSameAs(failure);
    }

    @BothEngines
    void aLoopRunsAgainAfterASuccessAndAfterAFailure(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options())) {
            assertThat(loop.<Integer, RuntimeException>run(() -> 1)).isEqualTo(1);
            assertThatThrownBy(() -> loop.run(() -> {
                throw new IOException("first");
            })).isInstanceOf(IOException.class);
            loop.run(() -> {
                checkpoint(); // the cancellation of the last run's root is not ours
                sleep(seconds(1));
            });
        }
    }

    @BothEngines
    void aMainTaskThatCancelsItselfEndsTheRunWithTaskCancelled(LoopFixture loops) {
        assertThatThrownBy(() -> loops.run(() -> {
            Task.current().cancel("myself");
            checkpoint();
        })).isInstanceOf(TaskCancelledException.class).hasMessageContaining("myself");
    }

    @BothEngines
    void interruptingTheWaitingThreadCancelsTheMainTask(LoopFixture loops) throws Exception {
        var began = new CountDownLatch(1);
        var thrown = new AtomicReference<Throwable>();
        var flag = new AtomicBoolean();
        Thread caller = Thread.ofPlatform().start(() -> {
            try {
                loops.runInRealTime(() -> {
                    began.countDown();
                    sleepForever();
                });
            } catch (CancelledError e) {
                thrown.set(e);
                flag.set(Thread.currentThread().isInterrupted());
            }
        });
        began.await();
        caller.interrupt();
        caller.join();
        assertThat(thrown.get()).isInstanceOfSatisfying(
                CancelledError.class, e -> assertThat(e.reason().kind()).isEqualTo(CancelReason.Kind.INTERRUPT));
        assertThat(flag).as("the interrupt is passed on").isTrue();
    }

    // ---- nesting and driving

    @BothEngines
    void runInsideALoopIsAnErrorThatNamesTheTaskAndLeavesNoLoopBehind(LoopFixture loops) {
        loops.run(() -> {
            int before = LiveLoops.all().length;
            assertThatThrownBy(() -> Async.run(() -> {}))
                    .isInstanceOf(IllegalStateException.class).hasMessageContaining("main");
            assertThat(LiveLoops.all()).hasSize(before);
            EventLoop.current().callSoon(() -> assertThatThrownBy(() -> Async.run(() -> {}))
                    .isInstanceOf(IllegalStateException.class));
            settle();
            assertThat(LiveLoops.all()).hasSize(before);
        });
    }

    @BothEngines
    void aLoopCannotBeDrivenOrClosedFromInsideItself(LoopFixture loops) {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            assertThatThrownBy(() -> loop.run(() -> {})).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> loop.runOnce(Duration.ZERO)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(loop::close).isInstanceOf(IllegalStateException.class);
            checkpoint();
        });
    }

    @BothEngines
    void aSecondDriverIsRefused(LoopFixture loops) throws Exception {
        try (EventLoop loop = loops.open(loops.realTime())) {
            var inside = new CountDownLatch(1);
            var main = new AtomicReference<Task<?>>();
            Thread driver = Thread.ofPlatform().start(() -> assertThatThrownBy(() -> loop.run(() -> {
                main.set(Task.current());
                inside.countDown();
                sleepForever();
            })).isInstanceOf(TaskCancelledException.class));
            inside.await();
            assertThatThrownBy(() -> loop.run(() -> {})).hasMessageContaining("is driven by thread");
            assertThatThrownBy(() -> loop.runOnce(Duration.ZERO)).hasMessageContaining("is driven by thread");
            assertThatThrownBy(loop::close).hasMessageContaining("is driven by thread");
            main.get().cancel("done");
            driver.join();
        }
    }

    @BothEngines
    void runAndRunOnceWorkOnAVirtualThread(LoopFixture loops) throws Exception {
        var values = new ArrayList<Object>();
        var failure = new AtomicReference<Throwable>();
        Thread caller = Thread.ofVirtual().uncaughtExceptionHandler((_, e) -> failure.set(e)).start(() -> {
            values.add(loops.call(() -> {
                sleep(seconds(1));
                return "run";
            }));
            try (EventLoop loop = loops.open(loops.options())) {
                loop.callSoon(() -> values.add("runOnce"));
                loop.runOnce(Duration.ZERO);
                loop.submit(Async::sleepForever);
                loop.runOnce(Duration.ZERO);
            }
            values.add("closed");
        });
        caller.join();
        assertThat(failure.get()).isNull();
        assertThat(values).containsExactly("run", "runOnce", "closed");
    }

    @BothEngines
    void runOnceOnAVirtualThreadThrowsWhatBrokeTheLoopThere(LoopFixture loops) throws Exception {
        var thrown = new AtomicReference<Throwable>();
        Thread caller = Thread.ofVirtual().start(() -> {
            EventLoop loop = loops.open(loops.options().withOrder(_ -> -1));
            loop.callSoon(() -> {});
            assertThatThrownBy(() -> loop.runOnce(Duration.ZERO)).satisfies(thrown::set);
            loop.close();
        });
        caller.join();
        assertThat(thrown.get()).hasStackTraceContaining("the ready order chose");
    }

    // ---- finding the loop

    @BothEngines
    void aLoopIsFoundByItsOwnThreadsOnly(LoopFixture loops) throws Exception {
        assertThat(EventLoop.currentIfAny()).isNull();
        assertThatThrownBy(EventLoop::current).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Async.run");
        assertThatThrownBy(Task::current).isInstanceOf(IllegalStateException.class);
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            assertThat(loop.toString()).contains(loop.name()).contains(loops.engine.name().toLowerCase(
                    java.util.Locale.ROOT)).contains("main");
            var seen = new AtomicReference<Object>("none");
            Waits.join(Thread.ofPlatform().start(() -> seen.set(EventLoop.currentIfAny())));
            assertThat(seen.get()).isNull();
        });
    }

    @BothEngines
    void twoLoopsRunSideBySideEachWithItsOwnTasks(LoopFixture loops) throws Exception {
        var first = new AtomicReference<EventLoop>();
        var second = new AtomicReference<EventLoop>();
        Thread other = Thread.ofPlatform().start(() -> loops.runInRealTime(() -> {
            for (int i = 0; i < 1000; i++) {
                first.set(EventLoop.current());
                checkpoint();
            }
        }));
        try (EventLoop loop = EventLoop.create(LoopOptions.defaults().withEngine(loops.engine))) {
            loop.run(() -> {
                for (int i = 0; i < 1000; i++) {
                    second.set(EventLoop.current());
                    assertThat(second.get()).isSameAs(loop);
                    checkpoint();
                }
            });
        }
        other.join();
        assertThat(first.get()).isNotSameAs(second.get());
    }

    // ---- close

    @BothEngines
    void closeIsIdempotentAndClosesTheDriver(LoopFixture loops) {
        EventLoop loop = loops.open(loops.options());
        loop.close();
        loop.close();
        assertThat(loops.time.isClosed()).isTrue();
        assertThat(loop.toString()).contains("closed");
        assertThatThrownBy(() -> loop.run(() -> {})).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @BothEngines
    void closeCancelsAndWaitsForTasksOfALoopDrivenByHand(LoopFixture loops) {
        var ended = new ArrayList<String>();
        EventLoop loop = loops.open(loops.options());
        loop.submit(() -> {
            try {
                sleepForever();
            } finally {
                Async.shield(seconds(5), () -> sleep(seconds(1)));
                ended.add("cleaned up");
            }
        });
        loop.runOnce(Duration.ZERO);
        loop.runOnce(Duration.ZERO);
        loop.close();
        assertThat(ended).containsExactly("cleaned up");
    }

    @BothEngines
    void callbacksThatHaveNotRunAreDroppedByClose(LoopFixture loops) {
        var ran = new ArrayList<String>();
        EventLoop loop = loops.open(loops.options());
        loop.callSoon(() -> ran.add("soon"));
        loop.callLater(seconds(1), () -> ran.add("later"));
        loop.execute(() -> ran.add("sent"));
        loop.close();
        assertThat(ran).isEmpty();
    }

    @BothEngines
    void theThreadsOfALoopEndWithIt(LoopFixture loops) {
        var threads = new ArrayList<Thread>();
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            for (int i = 0; i < 50; i++) {
                group.start(() -> {
                    threads.add(Thread.currentThread());
                    settle();
                });
            }
        }));
        threads.forEach(Waits::join);
        assertThat(threads).hasSize(50).noneMatch(Thread::isAlive);
    }

    // ---- shutdown

    @BothEngines
    void s28AShutdownWaitsWithinItsBoundForOffloadedBodies(LoopFixture loops) throws Exception {
        var interrupted = new AtomicBoolean();
        loops.runInRealTime(() -> {
            var began = new CountDownLatch(1);
            EventLoop.current().submit(() -> Async.offload(() -> {
                began.countDown();
                try {
                    Thread.sleep(60_000);
                } catch (InterruptedException e) {
                    interrupted.set(true);
                }
            }));
            settle();
            began.await();
        });
        assertThat(interrupted).isTrue();
    }

    @BothEngines
    void s28ATaskThatSwallowsItsCancellationForEverIsReportedWithinTheBound(LoopFixture loops) {
        var stop = new AtomicBoolean();
        EventLoop loop = loops.open(loops.realTime().withShutdownTimeout(millis(100)));
        loop.run(() -> {
            loop.submit(() -> TaskGroup.run(group -> group.start("swallower", () -> {
                while (!stop.get()) {
                    try {
                        sleep(seconds(1));
                    } catch (CancelledError e) {
                        Thread.onSpinWait();
                    }
                }
            })));
            settle();
        });
        assertThat(loops.takeReports()).singleElement().satisfies(
                report -> assertThat(report.exception()).hasMessageContaining("swallower"));
        stop.set(true);
        loop.close();
        assertThat(loops.takeReports()).as("it ended in the second round").isEmpty();
    }

    @BothEngines
    void s28TheShutdownTimeoutIsTimeOfTheLoop(LoopFixture loops) {
        long start = System.nanoTime();
        EventLoop loop = loops.open(loops.options().withShutdownTimeout(Duration.ofMinutes(5)));
        loop.run(() -> {
            loop.submit(() -> Async.shield(Duration.ofHours(10), () -> sleep(Duration.ofHours(9))));
            settle();
        });
        assertThat(loops.takeReports()).hasSize(1);
        loop.close();
        loops.takeReports();
        assertThat(System.nanoTime() - start).as("real time").isLessThan(seconds(30).toNanos());
    }

    @BothEngines
    void s28AGroupLeftOpenByItsTaskFailsTheTaskAndLeavesNoChildBehind(LoopFixture loops) {
        var ended = new AtomicBoolean();
        try (EventLoop loop = loops.open(loops.options())) {
            assertThatThrownBy(() -> loop.run(() -> {
                TaskGroup forgotten = TaskGroup.open();
                forgotten.start(() -> {
                    try {
                        sleepForever();
                    } finally {
                        ended.set(true);
                    }
                });
                checkpoint();
            })).isInstanceOf(IllegalStateException.class).hasMessageContaining("main");
            assertThat(loop.statistics().tasks()).isZero();
        }
        assertThat(ended).as("the child of the forgotten group was cancelled").isTrue();
    }

    // ---- engines and options

    @Test
    void theEngineIsTheCarrierWhereTheDoorIsOpen() {
        try (EventLoop loop = EventLoop.create(LoopOptions.defaults())) {
            assertThat(loop.toString()).contains("carrier");
        }
    }

    @Test
    void badOptionsAreRefusedWithTheValueSeen() {
        var defaults = LoopOptions.defaults();
        assertThatThrownBy(() -> defaults.withOffloadThreads(0))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("0");
        assertThatThrownBy(() -> defaults.withShutdownTimeout(seconds(-1)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("-1");
        assertThatThrownBy(() -> withStackSize(defaults, -7))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("-7");
    }

    private static LoopOptions withStackSize(LoopOptions from, long bytes) {
        return from.withStackSize(bytes);
    }
}
