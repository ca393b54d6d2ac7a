package dev.espalier.core;

import static dev.espalier.core.Async.sleepForever;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.spi.ErrorReport;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** What the error sink is told. */
class ErrorSinkTest {

    @BothEngines
    void failureOfACallbackTellsTheCallback(LoopFixture loops) {
        Runnable callback = failing("refresh");
        runCallback(loops.options().withDebug(false), callback, loops);
        ErrorReport report = only(loops.takeReports());
        assertThat(report.kind()).isEqualTo(ErrorReport.Kind.CALLBACK);
        assertThat(report.exception()).hasMessage("refresh broke");
        assertThat(report.source()).isEqualTo("refresh");
        assertThat(report.task()).isNull();
        assertThat(report.createdAt()).isEmpty();
    }

    @BothEngines
    void inDebugModeItTellsWhereTheCallbackWasMade(LoopFixture loops) {
        runCallback(loops.options().withDebug(true), failing("refresh"), loops);
        assertThat(only(loops.takeReports()).createdAt().get(0).getMethodName()).isEqualTo("runCallback");
    }

    private static void runCallback(LoopOptions options, Runnable callback, LoopFixture loops) {
        try (EventLoop loop = loops.open(options)) {
            loop.callSoon(callback);
            loop.runOnce(Duration.ZERO);
        }
    }

    /** The parent of a submitted task is the future, and it has ended. */
    @BothEngines
    void s26FailureAfterItsReceiverHasEndedGoesToTheSink(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options())) {
            var future = loop.submit("late", () -> {
                try {
                    sleepForever();
                } finally {
                    throwIt(new IOException("while cleaning up"));
                }
            });
            loop.runOnce(Duration.ZERO);
            future.cancel(true);
            while (loop.runOnce(Duration.ZERO)) {}
        }
        ErrorReport report = only(loops.takeReports());
        assertThat(report.kind()).isEqualTo(ErrorReport.Kind.TASK);
        assertThat(report.exception()).hasMessage("while cleaning up");
        assertThat(report.task()).isEqualTo("late");
    }

    @BothEngines
    void s26FailureOfAChildWhoseGroupIsOnlyClosedGoesToTheSink(LoopFixture loops) {
        loops.run(() -> {
            try (TaskGroup group = TaskGroup.open()) {
                group.start("child", () -> throwIt(new IOException("lost")));
            }
        });
        assertThat(only(loops.takeReports()).exception()).hasMessage("lost");
    }

    @BothEngines
    void sinkThatFailsIsHandledAndTheLoopGoesOn(LoopFixture loops) {
        var uncaught = new AtomicReference<Throwable>();
        var before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, e) -> uncaught.set(e));
        try {
            LoopOptions options = loops.options().withErrorSink(_ -> {
                throw new IllegalStateException("the sink broke");
            });
            try (EventLoop loop = loops.open(options)) {
                loop.callSoon(failing("refresh"));
                loop.run(Async::checkpoint);
            }
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        assertThat(uncaught.get()).hasMessage("the sink broke");
        assertThat(uncaught.get().getSuppressed()).singleElement().satisfies(e -> assertThat(e).hasMessage("refresh broke"));
    }

    private static Runnable failing(String name) {
        return new Runnable() {
            @Override
            public void run() {
                throw new IllegalStateException(name + " broke");
            }

            @Override
            public String toString() {
                return name;
            }
        };
    }

    private static ErrorReport only(List<ErrorReport> reports) {
        assertThat(reports).hasSize(1);
        return reports.get(0);
    }

    @SuppressWarnings("unchecked") // thrown as what it is
    private static <X extends Throwable> void throwIt(Throwable e) throws X {
        throw (X) e;
    }
}
