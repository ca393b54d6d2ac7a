package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.espalier.core.spi.ErrorReport;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A failure of a promise is never lost. */
class NeverRetrievedTest {

    @BothEngines
    void failureThatNobodyLookedAtIsReportedWhenTheLoopIsClosed(LoopFixture loops) {
        loops.run(() -> Promise.create("answer of the device").fail(new IOException("no device")));
        assertThat(loops.takeReports()).singleElement().satisfies(report -> {
            assertThat(report.kind()).isEqualTo(ErrorReport.Kind.PROMISE);
            assertThat(report.source()).isEqualTo("answer of the device");
            assertThat(report.exception()).hasMessage("no device");
        });
    }

    /** The net below: a loop that is never closed. */
    @BothEngines
    void failureOfAPromiseThatIsGarbageIsReportedWhileTheLoopRuns(LoopFixture loops) {
        List<ErrorReport> reports = new CopyOnWriteArrayList<>();
        try (EventLoop loop = loops.open(loops.realTime().withErrorSink(reports::add))) {
            loop.run(() -> forget());
            await().atMost(20, TimeUnit.SECONDS).until(() -> {
                System.gc();
                loop.run(() -> checkpoint());
                return !reports.isEmpty();
            });
        }
        assertThat(reports).hasSize(1);
    }

    private static void forget() {
        Promise.create("forgotten").fail(new IOException("lost"));
    }

    @BothEngines
    void whoeverLooksTakesItOver(LoopFixture loops) {
        List<Consumer<Promise<Integer>>> looks = List.of(
                Promise::state,
                promise -> assertThatThrownBy(promise::result).isInstanceOf(TaskFailedException.class),
                promise -> assertThatThrownBy(promise::await).isInstanceOf(TaskFailedException.class),
                promise -> assertThatThrownBy(() -> promise.await(IOException.class)).isInstanceOf(IOException.class),
                promise -> assertThat(promise.toFuture()).isNotNull(),
                promise -> promise.onDone(() -> {}));
        loops.run(() -> {
            for (var look : looks) {
                Promise<Integer> promise = Promise.create();
                promise.fail(new IOException("seen"));
                look.accept(promise);
            }
        });
        assertThat(loops.takeReports()).isEmpty();
    }

    @BothEngines
    void failureThatSomebodyWaitsForIsHis(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Promise<Integer> promise = Promise.create();
            group.start(() -> assertThatThrownBy(promise::await).hasRootCauseMessage("seen"));
            checkpoint();
            promise.fail(new IOException("seen"));
        }));
        assertThat(loops.takeReports()).isEmpty();
    }

    @BothEngines
    void cancellationAndSuccessAreNoFailures(LoopFixture loops) {
        loops.run(() -> {
            Promise.create().tryCancel("not needed");
            Promise.create().succeed(1);
        });
        assertThat(loops.takeReports()).isEmpty();
    }
}
