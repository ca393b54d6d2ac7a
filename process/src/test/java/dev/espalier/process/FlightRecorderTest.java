package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The events of a pool in a recording of the JDK's Flight Recorder.
 */
@Timeout(120)
class FlightRecorderTest {
    @TempDir
    private Path directory;

    @Test
    void startEndAndLossOfChildrenAndSlowTasksAreEvents() throws IOException {
        List<RecordedEvent> events = record(() -> TestPools.run(ONE, pool -> {
            long child = pool.call(TestPools::pid);
            pool.call(() -> TestPools.takeMillis(60));
            TestPools.signal("KILL", child);
            TestPools.until(() -> pool.statistics().started() == 2);
        }));
        assertThat(of(events, "WorkerStart")).hasSize(2).allSatisfy(event -> {
            assertThat(event.getString("worker")).isEqualTo("worker-1");
            assertThat(event.getDuration()).isGreaterThan(Duration.ofMillis(1));
        });
        assertThat(of(events, "WorkerEnd")).extracting(event -> event.getString("how"), event -> event.getBoolean("asked"))
                .containsExactly(tuple("Signaled[signal=9]", false),
                        tuple("Exited[code=0]", true));
        assertThat(of(events, "RemoteTask")).last().satisfies(event -> {
            assertThat(event.getString("task")).startsWith("task 2 (a lambda of " + FlightRecorderTest.class.getName());
            assertThat(event.getString("outcome")).isEqualTo("succeeded");
            assertThat(event.getDuration()).isGreaterThanOrEqualTo(Duration.ofMillis(60));
        });
    }

    private List<RecordedEvent> record(Runnable body) throws IOException {
        Path file = directory.resolve("pool.jfr");
        try (var recording = new Recording()) {
            recording.enable("dev.espalier.WorkerStart");
            recording.enable("dev.espalier.WorkerEnd");
            recording.enable("dev.espalier.RemoteTask").withThreshold(Duration.ofMillis(60));
            recording.start();
            body.run();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file);
    }

    private static List<RecordedEvent> of(List<RecordedEvent> events, String type) {
        return events.stream().filter(event -> event.getEventType().getName().equals("dev.espalier." + type)).toList();
    }
}
