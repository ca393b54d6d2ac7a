package dev.espalier.examples.inventory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.examples.inventory.Report.DuplicateGroup;
import dev.espalier.examples.inventory.Report.Extension;
import dev.espalier.examples.inventory.Report.Sums;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LedgerTest {

    private final Ledger ledger = new Ledger();

    @Test
    void sumsOfExtensionsAreLargestFirst() {
        ledger.add("a/x.Java", answer(1, facts("01", 10, 2)));
        ledger.add("y.java", answer(1, facts("02", 5, 1)));
        ledger.add("z.txt", answer(1, facts("03", 100, 7)));
        assertThat(report(10).extensions()).containsExactly(
                new Extension("txt", new Sums(1, 100, 7, 0)), new Extension("java", new Sums(2, 15, 3, 0)));
        assertThat(report(10).totals().sums()).isEqualTo(new Sums(3, 115, 10, 0));
    }

    @Test
    void namesWithoutExtensionShareTheEmptyOne() {
        for (String name : new String[] {"Makefile", "a.b/Makefile", ".profile", "trailing."}) {
            ledger.add(name, answer(1, facts(name, 1, 0)));
        }
        assertThat(report(10).extensions()).containsExactly(new Extension("", new Sums(4, 4, 0, 0)));
    }

    @Test
    void duplicatesAreEqualDigestsOfAtLeastOneByte() {
        ledger.add("b", answer(1, facts("01", 10, 0)));
        ledger.add("a", answer(1, facts("01", 10, 0)));
        ledger.add("c", answer(1, facts("02", 10, 0)));
        ledger.add("empty1", answer(1, facts("00", 0, 0)));
        ledger.add("empty2", answer(1, facts("00", 0, 0)));
        Report.Duplicates duplicates = report(10).duplicates();
        assertThat(duplicates.largest()).containsExactly(new DuplicateGroup("01", 10, List.of("a", "b")));
        assertThat(duplicates.wastedBytes()).isEqualTo(10);
    }

    @Test
    void rankingsStopAtTopButTotalsDoNot() {
        for (int i = 0; i < 6; i++) {
            ledger.add("f" + i + ".e" + i, answer(1, facts("digest" + i / 2, 1, 0)));
        }
        Report report = report(2);
        assertThat(report.extensions()).hasSize(2);
        assertThat(report.duplicates().largest()).hasSize(2);
        assertThat(report.duplicates().groups()).isEqualTo(3);
        assertThat(report.duplicates().files()).isEqualTo(6);
    }

    @Test
    void utilisationIsBusyTimeByElapsedTime() {
        ledger.add("a", answer(7, facts("01", 1, 0)));
        ledger.add("b", answer(7, facts("02", 1, 0)));
        ledger.add("c", answer(3, facts("03", 1, 0)));
        assertThat(report(1).workers()).containsExactly(
                new Report.Worker(3, 1, Duration.ofMillis(100), 0.25),
                new Report.Worker(7, 2, Duration.ofMillis(200), 0.5));
    }

    @Test
    void unreadableAreSortedByName() {
        ledger.add(new Found.Unreadable("b", "why"));
        ledger.add(new Found.Unreadable("a", "why"));
        assertThat(report(1).unreadable()).extracting(Found.Unreadable::name).containsExactly("a", "b");
    }

    @Test
    void fileThatWasNotReadIsRefused() {
        Found.RegularFile file = new Found.RegularFile(Path.of("a"), "a", 1);
        assertThatThrownBy(() -> ledger.add(file)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a");
    }

    private Report report(int top) {
        return ledger.report(new Settings(Path.of("root"), 2, top, 1 << 20, Optional.empty()), Outcome.COMPLETE,
                Duration.ofMillis(400));
    }

    private static Answer answer(long worker, FileFacts facts) {
        return new Answer(worker, Duration.ofMillis(100), facts);
    }

    private static FileFacts facts(String digest, long size, long lines) {
        return new FileFacts(digest, size, false, lines, 0, new String[0], new long[0], 0);
    }
}
