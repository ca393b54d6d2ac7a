package dev.espalier.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One line of the result: an engine's figure beside a peer's, or alone where no peer could be measured. */
record Figure(String name, String engine, double value, String unit, @Nullable String peer, double peerValue) {

    double ratio() {
        return value / peerValue;
    }

    static String json(List<Figure> figures) {
        return figures.stream().map(Figure::json).collect(Collectors.joining(",\n  ", "[\n  ", "\n]\n"));
    }

    private String json() {
        String comparison = peer == null ? "\"peer\": null, \"peerValue\": null, \"ratio\": null"
            : String.format(Locale.ROOT, "\"peer\": \"%s\", \"peerValue\": %.4f, \"ratio\": %.4f", peer, peerValue,
                ratio());
        return String.format(Locale.ROOT,
            "{\"name\": \"%s\", \"engine\": \"%s\", \"value\": %.4f, \"unit\": \"%s\", %s}",
            name, engine, value, unit, comparison);
    }
}
