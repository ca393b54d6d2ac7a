package dev.espalier.benchmarks;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How long to measure. Rounds over all entries go on until their number or the time is used up; the first is always
 * complete.
 *
 * @param scripts the folder of the Python peers
 * @param iteration the length of one timed iteration; twice as many warm up
 */
record Settings(boolean isLong, Path output, Path scripts, String rows, int rounds, Duration time, int iterations,
    Duration iteration) {

    static Settings fromProperties() {
        Path output = Path.of(System.getProperty("bench.output", "target/bench"));
        Path scripts = Path.of(System.getProperty("bench.scripts", "src/main/python"));
        String rows = System.getProperty("bench.rows", "");
        return Boolean.getBoolean("bench.long")
            ? new Settings(true, output, scripts, rows, 5, Duration.ofHours(1), 5, Duration.ofMillis(200))
            : new Settings(false, output, scripts, rows, 5, Duration.ofSeconds(75), 3, Duration.ofMillis(60));
    }

    boolean wants(Row row) {
        return row.name().startsWith(rows);
    }

    /** For programs that measure by themselves, after warming up as long. */
    double seconds() {
        return 6.0 * iterations * iteration.toMillis() / 1000;
    }
}
