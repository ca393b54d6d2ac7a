package dev.espalier.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The rows of {@code process} that are about children and not about calls; on one engine, since they do not depend on it. */
final class ChildrenRows {
    private ChildrenRows() {
    }

    static List<Row> all(Forks forks) {
        List<Row> rows = new ArrayList<>(List.of(
            row(forks, "first-result-known", "ms", FirstResultProgram.class, "known").atMost(Engine.CARRIER, "", 1),
            row(forks, "first-result-unseen", "ms", FirstResultProgram.class, "unseen").atMost(Engine.CARRIER, "", 6),
            row(forks, "first-result-cold", "ms", FirstResultProgram.class, "cold").atMost(Engine.CARRIER, "", 65),
            row(forks, "first-result-cold-parent", "ms", FirstResultProgram.class, "cold-parent")
                .atMost(Engine.CARRIER, "", 90)));
        if (Files.isDirectory(Path.of("/proc/self"))) {
            rows.add(row(forks, "parent-killed", "ms", OrphansProgram.class).atMost(Engine.CARRIER, "", 150));
            rows.add(row(forks, "idle-cpu", "%", IdleChildrenProgram.class, "cpu").atMost(Engine.CARRIER, "", 0.2));
            rows.add(row(forks, "idle-memory", "MiB", IdleChildrenProgram.class, "memory")
                .atMost(Engine.CARRIER, "", 30));
        }
        return rows;
    }

    private static Row row(Forks forks, String name, String unit, Class<?> program, String... arguments) {
        // A start cache of our own: what other programs have left does not decide what is measured.
        String cache = "-Despalier.startcache=" + forks.settings().output().resolve("startcache").toAbsolutePath();
        List<String> jvm = Stream.of(Forks.heap(128, 32), Engine.CARRIER.jvmArguments(), List.of(cache))
                .flatMap(List::stream).toList();
        Row row = new Row(name, unit);
        row.engines().add(new Row.Entry(Engine.CARRIER.label(), forks.program(program, jvm, arguments)));
        return row;
    }
}
