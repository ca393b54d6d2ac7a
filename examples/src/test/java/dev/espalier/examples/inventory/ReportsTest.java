package dev.espalier.examples.inventory;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReportsTest {

    private final Ledger ledger = new Ledger();

    @Test
    void textSaysThatAReportIsPartialAndWhy() {
        assertThat(TextReport.of(report(Outcome.COMPLETE)).getFirst()).startsWith("Inventory of ")
                .doesNotContain("PARTIAL");
        assertThat(TextReport.of(report(Outcome.TIMED_OUT)).getFirst()).endsWith("(PARTIAL: stopped by --timeout)");
        assertThat(TextReport.of(report(Outcome.INTERRUPTED)).getFirst()).endsWith("(PARTIAL: stopped by Ctrl-C)");
    }

    @Test
    void textShowsEachSection() {
        ledger.add("docs/a.txt", answer());
        ledger.add("b.txt", answer());
        ledger.add(new Found.Unreadable("secret", "access denied"));
        ledger.add(new Report.Loss("b.txt", "it was killed by signal 9"));
        assertThat(String.join("\n", TextReport.of(report(Outcome.COMPLETE))))
                .contains("2 files (0 binary), 4.0 KiB, 6 lines, 10 words", "txt", "2 x 2.0 KiB, SHA-256 abc",
                        "    docs/a.txt", "10 word", "4 (not ranked", "secret: access denied", "pid 7",
                        "utilisation 80 %", "lost while it counted b.txt: it was killed by signal 9");
    }

    @Test
    void jsonHoldsTheSameNumbers() throws IOException {
        ledger.add("docs/a\".txt", answer());
        ledger.add("b.txt", answer());
        ledger.add(new Found.Unreadable("secret", "access denied"));
        ledger.add(new Report.Loss("b.txt", "it was killed by signal 9"));
        Map<String, Object> document = JSON.std.mapFrom(JsonReport.of(report(Outcome.INTERRUPTED)));
        assertThat(document).containsEntry("complete", false).containsEntry("stoppedBy", "stopped by Ctrl-C")
                .containsEntry("unreadable", List.of(Map.of("name", "secret", "reason", "access denied")))
                .containsEntry("topWords", List.of(Map.of("word", "word", "count", 10)))
                .containsEntry("unrankedWords", 4).containsEntry("elapsedMillis", 1000)
                .containsEntry("lostWorkers", List.of(Map.of("name", "b.txt", "reason", "it was killed by signal 9")))
                .containsEntry("workers", List.of(Map.of("pid", 7, "files", 2, "busyMillis", 800, "utilisation", 0.8)));
        assertThat(document.get("duplicates")).isEqualTo(Map.of("groups", 1, "files", 2, "wastedBytes", 2048,
                "largest", List.of(Map.of("sha256", "abc", "size", 2048, "wastedBytes", 2048,
                        "names", List.of("b.txt", "docs/a\".txt")))));
    }

    private Report report(Outcome outcome) {
        Settings settings = new Settings(Path.of("root"), 1, 5, 1 << 20, Optional.empty());
        return ledger.report(settings, outcome, Duration.ofSeconds(1));
    }

    private static Answer answer() {
        return new Answer(7, Duration.ofMillis(400),
                new FileFacts("abc", 2048, false, 3, 5, new String[] {"word"}, new long[] {5}, 2));
    }
}
