package dev.espalier.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The figures for people: one line for each engine and peer, with the bound it had to reach. */
final class Table {
    private static final String LINE = "%-18s %-10s %12s %-9s %-10s %12s %8s  %s%n";

    private Table() {
    }

    static String of(List<Row> rows, List<Figure> figures) {
        StringBuilder text = new StringBuilder();
        text.append(line("name", "engine", "value", "unit", "peer", "peer value", "ratio", "bar"));
        for (Row row : rows) {
            String previous = "";
            for (Figure figure : figures) {
                if (figure.name().equals(row.name())) {
                    text.append(line(row, figure, !figure.engine().equals(previous)));
                    previous = figure.engine();
                }
            }
        }
        return text.toString();
    }

    private static String line(Row row, Figure figure, boolean firstOfEngine) {
        String verdict = verdict(row, figure, figure.peer(), figure.ratio());
        if (firstOfEngine) {
            verdict = verdict(row, figure, "", figure.value()) + verdict;
        }
        return figure.peer() == null
            ? line(figure.name(), figure.engine(), number(figure.value()), figure.unit(), "-", "-", "-", verdict)
            : line(figure.name(), figure.engine(), number(figure.value()), figure.unit(), figure.peer(),
                number(figure.peerValue()), number(figure.ratio()), verdict);
    }

    private static String verdict(Row row, Figure figure, String peer, double measured) {
        Optional<Row.Bar> found = row.bars().stream()
            .filter(bar -> bar.engine().label().equals(figure.engine()) && bar.peer().equals(peer))
            .findFirst();
        return found.map(bar -> (peer.isEmpty() ? "value " : "ratio ") + (bar.atMost() ? "<= " : ">= ")
            + number(bar.bound()) + (bar.isReachedBy(measured) ? " reached  " : " MISSED  ")).orElse("");
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, Math.abs(value) < 10 ? "%.3f" : "%.1f", value);
    }

    private static String line(String... columns) {
        return String.format(Locale.ROOT, LINE, (Object[]) columns).stripTrailing() + System.lineSeparator();
    }
}
