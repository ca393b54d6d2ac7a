package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.offload;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Waits.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.spi.ErrorReport;
import dev.espalier.core.spi.Instrument;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

class InstrumentTest {
    /** Writes down all it is told. */
    private static class Recorder implements Instrument {
        final List<String> events = new ArrayList<>();

        @Override
        public void runStarted(EventLoop loop) {
            events.add("run started");
        }

        @Override
        public void runEnded(EventLoop loop) {
            events.add("run ended");
        }

        @Override
        public void taskStarted(Task<?> task) {
            events.add(task.name() + " started");
        }

        @Override
        public void taskScheduled(Task<?> task, long at) {
            events.add(task.name() + " scheduled");
        }

        @Override
        public void beforeStep(Task<?> task) {
            events.add(task.name() + " {");
        }

        @Override
        public void afterStep(Task<?> task) {
            events.add("} " + task.name());
        }

        @Override
        public void taskEnded(Task<?> task) {
            events.add(task.name() + " ended " + task.state().getClass().getSimpleName());
        }

        @Override
        public void polled(long began, long ended) {
            if (ended > began) {
                events.add("polled " + Duration.ofNanos(ended - began));
            }
        }
    }

    @BothEngines
    void instrumentSeesARunFromItsBeginningToItsEnd(LoopFixture loops) {
        var recorder = new Recorder();
        try (EventLoop loop = loops.open(loops.options())) {
            loop.addInstrument(recorder);
            loop.run(() -> TaskGroup.run(group -> group.start("child", () -> sleep(seconds(2)))));
        }
        assertThat(recorder.events).containsExactly(
                "run started", "main started", "main scheduled", "main {",
                "child started", "child scheduled", "} main", "child {", "} child",
                "polled PT2S", "child scheduled", "child {", "} child",
                "main scheduled", "child ended Succeeded", "main {", "} main", "main ended Succeeded", "run ended");
    }

    @BothEngines
    void instrumentThatDoesNotWatchStepsIsToldTheRestInTheSameOrder(LoopFixture loops) {
        var stepwise = new Recorder();
        var other = new Recorder() {
            @Override
            public boolean watchesSteps() {
                return false;
            }
        };
        for (var watching : List.of(List.of(other), List.of(stepwise, other))) {
            other.events.clear();
            try (EventLoop loop = loops.open(loops.options())) {
                watching.forEach(loop::addInstrument);
                loop.run(() -> TaskGroup.run(group -> {
                    group.start("child", () -> sleep(seconds(2)));
                    EventLoop.current().callSoon(() -> other.events.add("callback"));
                    checkpoint();
                    other.events.add("main goes on");
                }));
            }
            assertThat(other.events).containsExactly("run started", "main started", "child started", "callback",
                    "main goes on", "child ended Succeeded", "main ended Succeeded", "run ended");
        }
        assertThat(stepwise.events).contains("child {", "main scheduled", "polled PT2S");
    }

    @BothEngines
    void instrumentHearsOfEachAwaitThatMeetsACancellation(LoopFixture loops) {
        var met = new ArrayList<String>();
        var recorder = new Instrument() {
            @Override
            public void cancellationMet(Task<?> task, CancelledError error) {
                boolean inItsStack = StackWalker.getInstance().walk(frames ->
                        frames.anyMatch(frame -> frame.getMethodName().equals("awaitTwice")));
                met.add(task.name() + ", " + inItsStack + ", " + error.reason().message());
            }
        };
        loops.run(() -> TaskGroup.run(group -> {
            EventLoop.current().addInstrument(recorder);
            Task<Void> child = group.start("child", InstrumentTest::awaitTwice);
            checkpoint();
            child.cancel("enough");
        }));
        assertThat(met).containsExactly("child, true, enough", "child, true, enough");
    }

    @BothEngines
    void instrumentHearsOfACancellationThatCameTooLateForAMethod(LoopFixture loops) {
        var told = new ArrayList<String>();
        var recorder = new Instrument() {
            @Override
            public void cancellationMet(Task<?> task, CancelledError error) {
                told.add(task.name() + " met");
            }

            @Override
            public void cancellationDropped(Task<?> task, CancelledError error) {
                told.add(task.name() + " dropped " + error.reason().message());
            }
        };
        try (EventLoop loop = loops.open(loops.realTime())) {
            loop.run(() -> TaskGroup.run(group -> {
                EventLoop.current().addInstrument(recorder);
                var begun = new CompletableFuture<Boolean>();
                Task<String> child = group.start("child", () -> offload(() -> {
                    begun.complete(true);
                    while (!Thread.interrupted()) {
                        Thread.onSpinWait();
                    }
                    return "done all the same";
                }));
                Async.await(begun);
                child.cancel("late");
                assertThat(child.await()).isEqualTo("done all the same");
            }));
        }
        assertThat(told).containsExactly("child met", "child dropped late");
    }

    private static void awaitTwice() {
        try {
            sleep(seconds(2));
        } finally {
            checkpoint();
        }
    }

    @BothEngines
    void instrumentIsAddedAndRemovedWhileTheLoopRuns(LoopFixture loops) {
        var recorder = new Recorder();
        loops.run(() -> {
            checkpoint();
            EventLoop.current().addInstrument(recorder);
            checkpoint();
            EventLoop.current().removeInstrument(recorder);
            checkpoint();
        });
        assertThat(recorder.events).containsExactly("main scheduled", "} main", "main {");
    }

    @BothEngines
    void anyThreadMayAddOne(LoopFixture loops) {
        var recorder = new Recorder();
        try (EventLoop loop = loops.open(loops.realTime())) {
            loop.run(() -> {
                Async.await(CompletableFuture.runAsync(() -> loop.addInstrument(recorder)));
                Waits.until(() -> !recorder.events.isEmpty());
            });
        }
    }

    @BothEngines
    void instrumentThatFailsIsRemovedAndReportedAndTheTasksGoOn(LoopFixture loops) {
        var calls = new ArrayList<String>();
        var faulty = new Instrument() {
            @Override
            public void beforeStep(Task<?> task) {
                calls.add(task.name());
                throw new IllegalStateException("the gauge broke");
            }

            @Override
            public String toString() {
                return "gauge";
            }
        };
        var recorder = new Recorder();
        loops.run(() -> {
            EventLoop.current().addInstrument(faulty);
            EventLoop.current().addInstrument(recorder);
            checkpoint();
            checkpoint();
        });
        assertThat(calls).containsExactly("main");
        assertThat(recorder.events).filteredOn("main {"::equals).hasSize(2);
        assertThat(loops.takeReports()).singleElement().satisfies(report -> {
            assertThat(report.kind()).isEqualTo(ErrorReport.Kind.INSTRUMENT);
            assertThat(report.exception()).hasMessage("the gauge broke");
            assertThat(report.source()).isEqualTo("gauge");
        });
    }

    @BothEngines
    void instrumentThatAwaitsIsRemoved(LoopFixture loops) {
        loops.run(() -> {
            EventLoop.current().addInstrument(new Instrument() {
                @Override
                public void afterStep(Task<?> task) {
                    checkpoint();
                }
            });
            checkpoint();
        });
        assertThat(loops.takeReports()).singleElement()
                .satisfies(report -> assertThat(report.exception()).hasMessageContaining("cannot await"));
    }

    @BothEngines
    void instrumentsRunOnCoroutinesOnly(LoopFixture loops) {
        var threads = new ArrayList<Thread>();
        try (EventLoop loop = loops.open(loops.options())) {
            loop.addInstrument(new Instrument() {
                @Override
                public void taskScheduled(Task<?> task, long at) {
                    threads.add(Thread.currentThread());
                }

                @Override
                public void polled(long began, long ended) {
                    threads.add(Thread.currentThread());
                }
            });
            loop.run(() -> sleep(seconds(1)));
        }
        assertThat(threads).isNotEmpty().allMatch(Thread::isVirtual);
    }

    @BothEngines
    void startNowIsSeen(LoopFixture loops) {
        var recorder = new Recorder();
        loops.run(() -> {
            EventLoop.current().addInstrument(recorder);
            TaskGroup.run(group -> group.startNow("child", () -> 1));
            EventLoop.current().removeInstrument(recorder);
        });
        assertThat(recorder.events).containsSubsequence("child started", "} main", "child {", "} child", "main {");
    }
}
