package dev.espalier.examples.inventory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressTest {

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @Test
    void plainLineShowsFilesBytesRateAndTimeLeft() {
        assertThat(PlainProgress.line("3 of 9 files", 10 << 20, 30 << 20, Duration.ofSeconds(5)))
                .isEqualTo("inventory: 3 of 9 files, 10.0 MiB of 30.0 MiB, 2.0 MiB/s, 10 s left");
    }

    @Test
    void timeLeftIsNotClaimedBeforeTheTotalIsKnown() {
        assertThat(PlainProgress.line("3 files", 1024, -1, Duration.ofSeconds(1)))
                .isEqualTo("inventory: 3 files, 1.0 KiB, 1.0 KiB/s");
    }

    @Test
    void withoutTerminalThereAreLinesAndTheLastStateIsPrintedOnce() {
        work(false);
        assertThat(text()).doesNotContain("\u001b").containsOnlyOnce("2 of 2 files, 3.0 MiB of 3.0 MiB");
        assertThat(text().lines()).allMatch(line -> line.startsWith("inventory: "));
    }

    @Test
    void withTerminalTheBarReachesItsEnd() {
        work(true);
        assertThat(text()).startsWith("\r").contains("100%", "3/3 MiB", "2 of 2 files");
    }

    private void work(boolean terminal) {
        try (Progress progress = Progress.on(new PrintStream(written, true, StandardCharsets.UTF_8), terminal)) {
            progress.found(1 << 20);
            progress.found(2 << 20);
            progress.surveyed();
            progress.done(1 << 20);
            progress.done(2 << 20);
        }
    }

    private String text() {
        return written.toString(StandardCharsets.UTF_8);
    }
}
