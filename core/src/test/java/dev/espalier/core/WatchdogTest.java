package dev.espalier.core;

import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.seconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.espalier.core.spi.ErrorReport;
import dev.espalier.core.spi.ErrorReport.Kind;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** The watchdog works in real time: these tests block for as long as it takes it to notice. */
class WatchdogTest {
    private final List<ErrorReport> findings = new CopyOnWriteArrayList<>();
    /** A permit for each of {@link #findings}. */
    private final Semaphore told = new Semaphore(0);

    private void found(ErrorReport report) {
        findings.add(report);
        told.release();
    }

    private LoopOptions watched(LoopFixture loops) {
        return loops.realTime().withWarningSink(this::found).withSlowStep(millis(40)).withBlockedAfter(millis(400));
    }

    private void awaitFindings(int count) {
        await().dontCatchUncaughtExceptions().atMost(20, TimeUnit.SECONDS).until(() -> findings.size() >= count);
    }

    // One wait, not many short ones: between two of them a thread computes, and the watchdog may look just then.
    private void blockUntilFound(int count) {
        try {
            assertThat(told.tryAcquire(count, 20, TimeUnit.SECONDS)).isTrue();
            told.release(count);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @BothEngines
    void blockedLoopIsToldWhileItLastsAndWhenItIsOver(LoopFixture loops) {
        try (EventLoop loop = loops.open(watched(loops))) {
            loop.run(() -> TaskGroup.run(group -> group.start("sinner", () -> blockUntilFound(1))));
            awaitFindings(2);
        }
        ErrorReport first = findings.get(0);
        assertThat(first.kind()).isEqualTo(Kind.BLOCKED);
        assertThat(first.task()).isEqualTo("sinner");
        assertThat(first.message()).contains("held for").contains("task 'sinner'").contains("TIMED_WAITING outside the library")
                .contains("Async.await").contains("Async.offload");
        assertThat(first.exception().getStackTrace())
                .anySatisfy(frame -> assertThat(frame.getMethodName()).isEqualTo("blockUntilFound"));
        assertThat(findings.get(1).message()).contains("moves again: task 'sinner' held it for ");
        assertThat(findings).hasSize(2);
    }

    @BothEngines
    void slowStepIsToldWhenItIsOverWithTheStackItHad(LoopFixture loops) {
        LoopOptions options = watched(loops).withBlockedAfter(Duration.ZERO);
        try (EventLoop loop = loops.open(options)) {
            loop.run(() -> TaskGroup.run(group -> group.start("slow", () -> hold(150))));
            awaitFindings(1);
            assertThat(loop.statistics().slowSteps()).isEqualTo(1);
            assertThat(loop.statistics().slowest().what()).isEqualTo("task 'slow'");
            assertThat(loop.statistics().slowest().duration()).isGreaterThanOrEqualTo(millis(40));
        }
        ErrorReport report = findings.get(0);
        assertThat(report.kind()).isEqualTo(Kind.SLOW);
        assertThat(report.message()).contains("a step of loop-").contains("task 'slow'")
                .contains("Thread.sleep holds the loop: use Async.sleep");
        assertThat(report.exception().getStackTrace())
                .anySatisfy(frame -> assertThat(frame.getMethodName()).isEqualTo("hold"));
    }

    @BothEngines
    void itSleepsWhileAllLoopsDoAndIsAwakeWhenOneIsHeldAgain(LoopFixture loops) {
        try (EventLoop loop = loops.open(watched(loops).withBlockedAfter(Duration.ZERO))) {
            loop.run(() -> {
                Async.offload(() -> await().atMost(20, TimeUnit.SECONDS)
                        .until(WatchdogTest::watchdog, state -> state == Thread.State.WAITING));
                hold(150);
            });
            awaitFindings(1);
        }
        assertThat(findings.get(0).kind()).isEqualTo(Kind.SLOW);
    }

    private static Thread.State watchdog() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().equals("espalier-watchdog"))
                .findAny().orElseThrow().getState();
    }

    @BothEngines
    void slowCallbackIsTold(LoopFixture loops) {
        try (EventLoop loop = loops.open(watched(loops).withBlockedAfter(Duration.ZERO))) {
            loop.callSoon(() -> hold(150));
            loop.runOnce(Duration.ZERO);
            awaitFindings(1);
        }
        assertThat(findings.get(0).message()).contains("a callback");
        assertThat(findings.get(0).task()).isNull();
    }

    @BothEngines
    void tickOfVeryManyQuickStepsIsTold(LoopFixture loops) {
        try (EventLoop loop = loops.open(watched(loops))) {
            // On a busy machine the system may take the processor away within a step, which is slow then.
            for (int attempt = 0; attempt < 10 && findings.stream().noneMatch(WatchdogTest::isTick); attempt++) {
                findings.clear();
                loop.run(() -> TaskGroup.run(group -> {
                    for (int i = 0; i < 300; i++) {
                        group.start(() -> hold(1));
                    }
                }));
                awaitFindings(1);
            }
        }
        assertThat(findings).anySatisfy(found -> {
            assertThat(found.kind()).isEqualTo(Kind.SLOW);
            assertThat(found.message()).contains("a tick of loop-").contains("no step of it was slow");
        });
    }

    private static boolean isTick(ErrorReport found) {
        return found.message().contains("a tick of loop-");
    }

    @BothEngines
    void idleLoopIsNeverSlow(LoopFixture loops) {
        try (EventLoop loop = loops.open(watched(loops))) {
            loop.run(() -> sleep(millis(700)));
        }
        assertThat(findings).isEmpty();
    }

    @BothEngines
    void busyLoopOfShortStepsIsNeverSlow(LoopFixture loops) {
        try (EventLoop loop = loops.open(watched(loops).withSlowStep(millis(600)))) {
            long end = System.nanoTime() + millis(1500).toNanos();
            loop.run(() -> {
                while (System.nanoTime() < end) {
                    Async.checkpoint();
                }
            });
        }
        assertThat(findings).isEmpty();
    }

    @BothEngines
    void virtualHoursAreNotSlow(LoopFixture loops) {
        LoopOptions options = loops.options().withWarningSink(findings::add).withSlowStep(millis(40));
        loops.time.expectForeignThreads();
        try (EventLoop loop = loops.open(options)) {
            loop.run(() -> {
                sleep(seconds(36_000));
                var answer = new CompletableFuture<String>();
                answer.completeOnTimeout("late", 400, TimeUnit.MILLISECONDS);
                Async.await(answer);
            });
        }
        assertThat(findings).isEmpty();
    }

    @BothEngines
    void loopThatIsDrivenByHandAndLeftAloneIsNotSlow(LoopFixture loops) {
        try (EventLoop loop = loops.open(watched(loops))) {
            loop.callLater(seconds(3600), () -> {});
            loop.runOnce(Duration.ZERO);
            hold(500);
            loop.runOnce(Duration.ZERO);
        }
        assertThat(findings).isEmpty();
    }

    @BothEngines
    void computingIsToldApartFromWaiting(LoopFixture loops) {
        try (EventLoop loop = loops.open(watched(loops))) {
            loop.run(() -> {
                while (findings.isEmpty()) {
                    Thread.onSpinWait();
                }
            });
        }
        assertThat(findings.get(0).message()).contains("RUNNABLE").contains("It computes, or is in a native call");
    }

    @BothEngines
    void sinkThatFailsDoesNotEndTheWatch(LoopFixture loops) {
        LoopOptions options = watched(loops).withWarningSink(report -> {
            found(report);
            throw new IllegalStateException("the sink broke");
        });
        var before = Thread.getDefaultUncaughtExceptionHandler();
        var uncaught = new CopyOnWriteArrayList<Throwable>();
        Thread.setDefaultUncaughtExceptionHandler((_, e) -> uncaught.add(e));
        try (EventLoop loop = loops.open(options)) {
            loop.run(() -> blockUntilFound(1));
            awaitFindings(2);
            loop.run(() -> blockUntilFound(3));
            awaitFindings(4);
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        assertThat(findings.get(2).message()).contains("has been held");
        assertThat(uncaught).isNotEmpty().allSatisfy(e -> assertThat(e).hasMessage("the sink broke"));
    }

    @BothEngines
    void slowLastStepOfALoopIsToldThoughTheLoopIsClosed(LoopFixture loops) {
        try (EventLoop loop = loops.open(watched(loops).withBlockedAfter(Duration.ZERO))) {
            loop.run(() -> hold(150));
        }
        awaitFindings(1);
        assertThat(findings.get(0).task()).isEqualTo("main");
    }

    private static void hold(long millis) {
        try {
            Thread.sleep(millis); // what the watchdog is for
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
