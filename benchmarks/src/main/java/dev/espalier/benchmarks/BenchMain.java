package dev.espalier.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs one suite ({@code core}, {@code io}, {@code process} or {@code testing}), prints its table and writes its
 * figures as JSON.
 *
 * <p>Properties: {@code bench.long} (true: minutes instead of seconds, five forks of everything), {@code bench.rows}
 * (only rows whose names begin so), {@code bench.output}, {@code bench.scripts}. The exit code is 1 when a fork failed;
 * a bar that was missed is marked in the table and fails nothing, because figures depend on the machine.
 */
final class BenchMain {
    private BenchMain() {
    }

    public static void main(String[] args) throws IOException {
        String suite = args.length == 1 ? args[0] : "";
        Settings settings = Settings.fromProperties();
        Files.createDirectories(settings.output());
        try (Forks forks = Forks.logging(settings, settings.output().resolve(suite + ".log"))) {
            List<Row> rows = rows(suite, forks).stream().filter(settings::wants).toList();
            if (rows.isEmpty()) {
                throw new IllegalArgumentException("No row of " + suite + " begins with '" + settings.rows() + "'.");
            }
            Rounds rounds = new Rounds(settings, forks.log(), rows);
            rounds.run();
            List<Figure> figures = rounds.figures();
            Path json = settings.output().resolve(suite + ".json");
            Files.writeString(json, Figure.json(figures));
            System.out.print(Table.of(rows, figures));
            System.out.println("Figures: " + json + ", " + rounds.summary() + ".");
            rounds.failures().forEach(System.err::println);
            System.exit(rounds.failures().isEmpty() ? 0 : 1);
        }
    }

    private static List<Row> rows(String suite, Forks forks) {
        return switch (suite) {
            case "core" -> CoreSuite.rows(forks);
            case "io" -> IoSuite.rows(forks);
            case "process" -> ProcessSuite.rows(forks);
            case "testing" -> TestingSuite.rows(forks);
            default -> throw new IllegalArgumentException(
                "The suite is core, io, process or testing, not '" + suite + "'.");
        };
    }
}
