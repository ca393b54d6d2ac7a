package dev.espalier.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Measures every entry once a round, so that a slow minute of the machine touches all of them and not one. The figure
 * of an entry is the median over its forks.
 */
final class Rounds {
    private final Settings settings;
    private final PrintStream log;
    private final List<Row> rows;
    private final Map<Row.Entry, List<Double>> forks = new IdentityHashMap<>();
    private final List<String> failures = new ArrayList<>();

    Rounds(Settings settings, PrintStream log, List<Row> rows) {
        this.settings = settings;
        this.log = log;
        this.rows = rows;
    }

    void run() {
        long end = System.nanoTime() + settings.time().toNanos();
        for (int round = 0; round < settings.rounds(); round++) {
            for (Row row : rows) {
                for (Row.Entry entry : row.entries().toList()) {
                    if (round == 0 || System.nanoTime() < end) {
                        measure(row, entry);
                    }
                }
            }
        }
    }

    private void measure(Row row, Row.Entry entry) {
        long started = System.nanoTime();
        try {
            double figure = entry.fork().measure();
            log.printf(Locale.ROOT, "== %s on %s: %.3f %s, fork of %d ms%n", row.name(), entry.label(), figure,
                row.unit(), (System.nanoTime() - started) / 1_000_000);
            forks.computeIfAbsent(entry, _ -> new ArrayList<>()).add(figure);
        } catch (Exception e) {
            failures.add(row.name() + " on " + entry.label() + " failed: " + e);
        }
    }

    List<String> failures() {
        return failures;
    }

    /** Each engine beside each peer; an engine without a measured peer stands alone. */
    List<Figure> figures() {
        return rows.stream()
            .flatMap(row -> row.engines().stream().filter(forks::containsKey).flatMap(engine -> figures(row, engine)))
            .toList();
    }

    private Stream<Figure> figures(Row row, Row.Entry engine) {
        double value = median(engine);
        List<Figure> compared = row.peers().stream().filter(forks::containsKey)
            .map(peer -> new Figure(row.name(), engine.label(), value, row.unit(), peer.label(), median(peer)))
            .toList();
        return compared.isEmpty()
            ? Stream.of(new Figure(row.name(), engine.label(), value, row.unit(), null, Double.NaN))
            : compared.stream();
    }

    private double median(Row.Entry entry) {
        return median(forks.getOrDefault(entry, List.of()).stream().mapToDouble(Double::doubleValue).toArray());
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** How many forks stand behind the figures, fewest and most. */
    String summary() {
        var counts = forks.values().stream().mapToInt(List::size).summaryStatistics();
        return "medians over " + counts.getMin() + " to " + counts.getMax() + " forks";
    }
}
