package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.spi.ErrorReport;
import dev.espalier.core.spi.LoopStatistics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Makes loops for one test on one engine. What a test leaves behind fails it: reports to the error sink that it did not
 * take, loops that are not closed, and, after a run in virtual time, tasks, timers and waits.
 */
final class LoopFixture {
    final LoopOptions.Engine engine;

    /** The time of all loops of this fixture but those in real time. */
    final VirtualTime time = new VirtualTime();

    private final List<ErrorReport> reports = new CopyOnWriteArrayList<>();
    private final List<EventLoop> made = new ArrayList<>();

    LoopFixture(LoopOptions.Engine engine) {
        this.engine = engine;
    }

    /** Virtual time. */
    LoopOptions options() {
        return realTime().withClock(time).withDriver(() -> time);
    }

    LoopOptions realTime() {
        return LoopOptions.defaults().withEngine(engine).withErrorSink(reports::add);
    }

    EventLoop open(LoopOptions options) {
        EventLoop loop = EventLoop.create(options);
        made.add(loop);
        time.describeWith(() -> {
            var tasks = new ArrayList<String>();
            loop.root().eachTask(task -> tasks.add(task.toString()));
            return tasks.toString();
        });
        return loop;
    }

    /** Runs a body in virtual time. */
    <X extends Throwable> void run(VoidBody<? extends X> body) throws X {
        call(() -> {
            body.run();
            return 0;
        });
    }

    /** Runs a body in virtual time and returns its value. */
    <T, X extends Throwable> T call(Body<? extends T, ? extends X> body) throws X {
        try (EventLoop loop = open(options())) {
            T value = loop.run(body);
            assertQuiet(loop.statistics());
            return value;
        }
    }

    /** Runs a body in real time, with the driver of production. */
    <X extends Throwable> void runInRealTime(VoidBody<? extends X> body) throws X {
        try (EventLoop loop = open(realTime())) {
            loop.run(body);
            assertQuiet(loop.statistics());
        }
    }

    private static void assertQuiet(LoopStatistics end) {
        assertThat(end.tasks()).as("tasks left at the end of a run").isZero();
        assertThat(end.timers()).as("timers left at the end of a run").isZero();
        assertThat(end.external()).as("waits left at the end of a run").isZero();
    }

    /** The virtual time that has passed since {@code start}, a value of {@link EventLoop#now()}. */
    Duration since(long start) {
        return Duration.ofNanos(time.nanoTime() - start);
    }

    /** What went to the error sink, which the test thereby accounts for. */
    List<ErrorReport> takeReports() {
        var taken = List.copyOf(reports);
        reports.clear();
        return taken;
    }

    void assertNothingLeft() {
        assertNothingReported();
        assertThat(LiveLoops.all()).as("loops left open").noneMatch(made::contains);
    }

    void assertNothingReported() {
        assertThat(reports).as("reports to the error sink").isEmpty();
    }
}
