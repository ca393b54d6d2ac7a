package dev.espalier.examples.inventory;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a report as one JSON document. Names are written out here, so that renaming a record does not change the
 * format.
 */
final class JsonReport {

    // Escapes what is not ASCII, so that the document is right whatever the encoding of standard output.
    private static final JSON WRITER = JSON.builder(
                    JsonFactory.builder().configure(JsonWriteFeature.ESCAPE_NON_ASCII, true).build())
            .enable(JSON.Feature.PRETTY_PRINT_OUTPUT)
            .build();

    private JsonReport() {
    }

    /** Returns the document. */
    static String of(Report report) {
        try {
            return WRITER.asString(document(report));
        } catch (IOException e) {
            throw new IllegalStateException("maps, lists, strings and numbers can always be written as JSON", e);
        }
    }

    private static Map<String, Object> document(Report report) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("root", report.root().toString());
        document.put("complete", report.outcome() == Outcome.COMPLETE);
        document.put("stoppedBy", report.outcome().cause());
        document.put("totals", totals(report.totals()));
        document.put("extensions", report.extensions().stream().map(JsonReport::extension).toList());
        document.put("duplicates", duplicates(report.duplicates()));
        document.put("topWords", report.topWords().stream()
                .map(word -> object("word", word.word(), "count", word.count())).toList());
        document.put("unrankedWords", report.unrankedWords());
        document.put("unreadable", report.unreadable().stream()
                .map(failure -> object("name", failure.name(), "reason", failure.reason())).toList());
        document.put("workers", report.workers().stream().map(JsonReport::worker).toList());
        document.put("lostWorkers", report.losses().stream()
                .map(loss -> object("name", loss.name(), "reason", loss.how())).toList());
        document.put("elapsedMillis", report.elapsed().toMillis());
        return document;
    }

    private static Map<String, Object> totals(Report.Totals totals) {
        Map<String, Object> object = sums(totals.sums());
        object.put("binaryFiles", totals.binaryFiles());
        object.put("directories", totals.directories());
        object.put("symbolicLinks", totals.symbolicLinks());
        object.put("specialFiles", totals.specialFiles());
        return object;
    }

    private static Map<String, Object> extension(Report.Extension extension) {
        Map<String, Object> object = object("extension", extension.extension());
        object.putAll(sums(extension.sums()));
        return object;
    }

    private static Map<String, Object> sums(Report.Sums sums) {
        return object("files", sums.files(), "bytes", sums.bytes(), "lines", sums.lines(), "words", sums.words());
    }

    private static Map<String, Object> duplicates(Report.Duplicates duplicates) {
        List<Map<String, Object>> largest = duplicates.largest().stream()
                .map(group -> object("sha256", group.sha256(), "size", group.size(), "wastedBytes", group.wastedBytes(),
                        "names", group.names()))
                .toList();
        return object("groups", duplicates.groups(), "files", duplicates.files(),
                "wastedBytes", duplicates.wastedBytes(), "largest", largest);
    }

    private static Map<String, Object> worker(Report.Worker worker) {
        return object("pid", worker.pid(), "files", worker.files(), "busyMillis", worker.busy().toMillis(),
                "utilisation", worker.utilisation());
    }

    /** Names and values in turn; keeps their order. */
    private static Map<String, Object> object(Object... namesAndValues) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return object;
    }
}
