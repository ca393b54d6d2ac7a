package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.spi.ErrorReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** In debug mode a task that catches its cancellation and goes on is told, and one that unwinds is not. */
class SwallowedCancelTest {
    private final List<ErrorReport> findings = new ArrayList<>();

    /** Runs a body in a child that is cancelled while it waits. */
    private void cancelled(LoopFixture loops, boolean debug, VoidBody<?> body) {
        LoopOptions options = loops.options().withDebug(debug).withSlowStep(Duration.ZERO).withWarningSink(findings::add);
        try (EventLoop loop = loops.open(options)) {
            loop.run(() -> TaskGroup.run(group -> {
                Task<?> child = group.start("stubborn", body);
                settle();
                child.cancel("the user left");
                child.join();
                settle();
            }));
        }
    }

    /** A worker of many programs: whatever happens, go on. */
    private static void poll(int rounds) {
        for (int i = 0; i < rounds; i++) {
            try {
                sleep(seconds(1));
            } catch (Throwable e) {
                assertThat(e).isInstanceOf(CancelledError.class);
            }
        }
    }

    @BothEngines
    void taskThatGoesOnInALoopIsToldOnceWithThePlaceOfTheCatch(LoopFixture loops) {
        cancelled(loops, true, () -> poll(50));
        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.kind()).isEqualTo(ErrorReport.Kind.SWALLOWED_CANCEL);
            assertThat(finding.task()).isEqualTo("stubborn");
            assertThat(finding.source()).contains("SwallowedCancelTest.poll");
            assertThat(finding.message()).contains("the user left").contains("catch Exception instead of Throwable");
            assertThat(finding.exception()).isInstanceOf(CancelledError.class);
            assertThat(finding.exception().getStackTrace())
                    .anySatisfy(frame -> assertThat(frame.getMethodName()).isEqualTo("poll"));
        });
    }

    /** The loop has two awaits in methods below it; only it is alive at both. */
    @BothEngines
    void catcherIsTheFrameThatStaysAlive(LoopFixture loops) {
        cancelled(loops, true, () -> serve(20));
        assertThat(findings).singleElement().satisfies(
                finding -> assertThat(finding.source()).contains("SwallowedCancelTest.serve"));
    }

    private static void serve(int rounds) {
        for (int i = 0; i < rounds; i++) {
            try {
                if (i % 2 == 0) {
                    readRequest();
                } else {
                    writeAnswer();
                }
            } catch (Throwable e) {
                assertThat(e).isInstanceOf(CancelledError.class);
            }
        }
    }

    private static void readRequest() {
        sleepForever();
    }

    private static void writeAnswer() {
        sleep(seconds(1));
    }

    @BothEngines
    void withoutDebugModeNothingIsWatched(LoopFixture loops) {
        cancelled(loops, false, () -> poll(50));
        assertThat(findings).isEmpty();
    }

    @BothEngines
    void unwindingThroughAwaitsInFinallyBlocksIsNoFault(LoopFixture loops) {
        cancelled(loops, true, () -> nested(12));
        assertThat(findings).isEmpty();
    }

    private static void nested(int depth) {
        try {
            if (depth == 0) {
                sleepForever();
            } else {
                nested(depth - 1);
            }
        } finally {
            checkpoint();
        }
    }

    @BothEngines
    void fewCatchesOnTheWayOutAreNoFault(LoopFixture loops) {
        cancelled(loops, true, () -> poll(3));
        assertThat(findings).isEmpty();
    }

    @BothEngines
    void manyScopesThatAreCancelledOneAfterAnotherAreNoFault(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options().withDebug(true).withWarningSink(findings::add))) {
            loop.run(() -> {
                for (int i = 0; i < 20; i++) {
                    Async.moveOnAfter(Duration.ofMillis(1), () -> sleepForever());
                }
            });
        }
        assertThat(findings).isEmpty();
    }

    @BothEngines
    void shieldedCleanUpInALoopIsNoFault(LoopFixture loops) {
        cancelled(loops, true, () -> {
            try {
                sleepForever();
            } finally {
                for (int i = 0; i < 10; i++) {
                    Async.shield(seconds(1), () -> sleep(Duration.ofMillis(1)));
                }
            }
        });
        assertThat(findings).isEmpty();
    }
}
