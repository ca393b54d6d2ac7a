package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Runs tests with real children on each engine. Whatever a test does, no child, pipe or place of a pipe is left after it. */
abstract class WithChildren extends OnBothEngines {
    @TempDir
    Path directory;

    private int pipesBefore;

    @BeforeEach
    void count() throws IOException {
        Programs.assume("sh");
        this.<IOException>run(() -> Subprocess.run("true")); // what the first child loads and opens for good
        pipesBefore = pipes();
    }

    @AfterEach
    void nothingIsLeft() {
        await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(10)).untilAsserted(() -> {
            assertThat(PipeThread.free()).as("places of pipes").isEqualTo(PipeThread.LIMIT);
            assertThat(ProcessHandle.current().descendants().filter(ProcessHandle::isAlive)).isEmpty();
            assertThat(pipes()).as("open pipes").isEqualTo(pipesBefore);
        });
    }

    private static int pipes() {
        return Descriptors.links("pipe:").size();
    }

    static Command sh(String script) {
        return Command.of("sh", "-c", script);
    }

    static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }
}
