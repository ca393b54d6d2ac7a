package dev.espalier.examples.inventory;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Writes a report for people. */
final class TextReport {

    private final Report report;
    private final List<String> lines = new ArrayList<>();

    private TextReport(Report report) {
        this.report = report;
    }

    /** Returns the report as lines. */
    static List<String> of(Report report) {
        TextReport text = new TextReport(report);
        text.head();
        text.extensions();
        text.duplicates();
        text.topWords();
        text.unreadable();
        text.workers();
        return text.lines;
    }

    private void head() {
        boolean complete = report.outcome() == Outcome.COMPLETE;
        line("Inventory of %s%s", report.root(), complete ? "" : " (PARTIAL: " + report.outcome().cause() + ")");
        Report.Totals totals = report.totals();
        Report.Sums sums = totals.sums();
        line("%,d files (%,d binary), %s, %,d lines, %,d words", sums.files(), totals.binaryFiles(),
                Units.size(sums.bytes()), sums.lines(), sums.words());
        line("%,d directories, %,d symbolic links (not followed), %,d special files (not read), %,d unreadable",
                totals.directories(), totals.symbolicLinks(), totals.specialFiles(), report.unreadable().size());
        line("Elapsed: %s", Units.seconds(report.elapsed()));
    }

    private void extensions() {
        section("By extension");
        line("  %-14s %10s %12s %14s %14s", "", "files", "size", "lines", "words");
        for (Report.Extension extension : report.extensions()) {
            Report.Sums sums = extension.sums();
            line("  %-14s %,10d %12s %,14d %,14d", extension.extension().isEmpty() ? "(none)" : extension.extension(),
                    sums.files(), Units.size(sums.bytes()), sums.lines(), sums.words());
        }
    }

    private void duplicates() {
        Report.Duplicates duplicates = report.duplicates();
        section("Duplicates");
        line("  %,d groups, %,d files, %s in surplus copies", duplicates.groups(), duplicates.files(),
                Units.size(duplicates.wastedBytes()));
        for (Report.DuplicateGroup group : duplicates.largest()) {
            line("  %d x %s, SHA-256 %s", group.names().size(), Units.size(group.size()), group.sha256());
            group.names().forEach(name -> line("    %s", name));
        }
    }

    private void topWords() {
        section("Top words");
        report.topWords().forEach(word -> line("  %,12d %s", word.count(), word.word()));
        if (report.unrankedWords() > 0) {
            line("  %,12d (not ranked: too long, or past the bound on different words)", report.unrankedWords());
        }
    }

    private void unreadable() {
        if (!report.unreadable().isEmpty()) {
            section("Unreadable");
            report.unreadable().forEach(one -> line("  %s: %s", one.name().isEmpty() ? "." : one.name(), one.reason()));
        }
    }

    private void workers() {
        section("Workers");
        for (Report.Worker worker : report.workers()) {
            line("  pid %-8d %,10d files, busy %s, utilisation %.0f %%", worker.pid(), worker.files(),
                    Units.seconds(worker.busy()), 100 * worker.utilisation());
        }
        for (Report.Loss loss : report.losses()) {
            line("  one was lost while it counted %s: %s; the file went to another one", loss.name(), loss.how());
        }
    }

    private void section(String title) {
        lines.add("");
        lines.add(title);
    }

    private void line(String format, Object... values) {
        lines.add(String.format(Locale.ROOT, format, values));
    }
}
