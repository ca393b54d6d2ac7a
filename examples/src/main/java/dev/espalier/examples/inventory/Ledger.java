package dev.espalier.examples.inventory;

import dev.espalier.examples.inventory.Report.DuplicateGroup;
import dev.espalier.examples.inventory.Report.Duplicates;
import dev.espalier.examples.inventory.Report.Extension;
import dev.espalier.examples.inventory.Report.Loss;
import dev.espalier.examples.inventory.Report.Sums;
import dev.espalier.examples.inventory.Report.Totals;
import dev.espalier.examples.inventory.Report.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Adds up what is found. Written by coroutines of one loop, between two awaits, so that a file is either in all sums
 * or in none, whenever the inventory is stopped; read when that loop has ended.
 */
final class Ledger {

    /** Different words kept of the whole tree: some hundred megabytes at worst. */
    private static final int LARGEST_VOCABULARY = 1 << 20;

    /** What one child has done. */
    private record Work(long files, Duration busy) {

        Work plus(Work other) {
            return new Work(files + other.files, busy.plus(other.busy));
        }
    }

    private final Map<String, Sums> extensions = new HashMap<>();
    private final Map<String, DuplicateGroup> copies = new HashMap<>();
    private final Map<Long, Work> workers = new TreeMap<>();
    private final List<Found.Unreadable> unreadable = new ArrayList<>();
    private final List<Loss> losses = new ArrayList<>();
    private final WordTable words = new WordTable(LARGEST_VOCABULARY);
    private Sums sums = Sums.NONE;
    private long binaryFiles;
    private long directories;
    private long symbolicLinks;
    private long specialFiles;

    /** Adds what needs no reading. */
    void add(Found found) {
        switch (found) {
            case Found.Directory _ -> directories++;
            case Found.SymbolicLink _ -> symbolicLinks++;
            case Found.Special _ -> specialFiles++;
            case Found.Unreadable failure -> unreadable.add(failure);
            case Found.RegularFile file -> throw new IllegalArgumentException(file.name() + " has to be read first");
        }
    }

    /** Adds the answer for the file {@code name}. */
    void add(String name, Answer answer) {
        FileFacts facts = answer.facts();
        sums = sums.plus(facts);
        binaryFiles += facts.binary() ? 1 : 0;
        extensions.put(extension(name), extensions.getOrDefault(extension(name), Sums.NONE).plus(facts));
        if (facts.size() > 0) {
            copies.computeIfAbsent(facts.sha256(),
                    digest -> new DuplicateGroup(digest, facts.size(), new ArrayList<>())).names().add(name);
        }
        for (int i = 0; i < facts.vocabulary().length; i++) {
            words.add(facts.vocabulary()[i], facts.counts()[i]);
        }
        words.addUnranked(facts.unranked());
        workers.merge(answer.worker(), new Work(1, answer.busy()), Work::plus);
    }

    /** Takes note of a child that was lost. */
    void add(Loss loss) {
        losses.add(loss);
    }

    /** Returns the report; what is added afterwards is not in it. */
    Report report(Settings settings, Outcome outcome, Duration elapsed) {
        return new Report(settings.root(), outcome,
                new Totals(sums, binaryFiles, directories, symbolicLinks, specialFiles),
                largestExtensions(settings.top()), duplicates(settings.top()),
                words.top(settings.top()), words.unranked(),
                unreadable.stream().sorted(Comparator.comparing(Found.Unreadable::name)).toList(),
                utilisation(elapsed), List.copyOf(losses), elapsed);
    }

    private List<Extension> largestExtensions(int top) {
        return extensions.entrySet().stream()
                .map(entry -> new Extension(entry.getKey(), entry.getValue()))
                .sorted(Comparator.comparingLong((Extension e) -> e.sums().bytes()).reversed()
                        .thenComparing(Extension::extension))
                .limit(top)
                .toList();
    }

    private Duplicates duplicates(int top) {
        List<DuplicateGroup> groups = copies.values().stream()
                .filter(group -> group.names().size() > 1)
                .map(group -> new DuplicateGroup(group.sha256(), group.size(),
                        group.names().stream().sorted().toList()))
                .sorted(Comparator.comparingLong(DuplicateGroup::wastedBytes).reversed()
                        .thenComparing(DuplicateGroup::sha256))
                .toList();
        return new Duplicates(groups.size(),
                groups.stream().mapToLong(group -> group.names().size()).sum(),
                groups.stream().mapToLong(DuplicateGroup::wastedBytes).sum(),
                groups.stream().limit(top).toList());
    }

    private List<Worker> utilisation(Duration elapsed) {
        double nanos = Math.max(1, elapsed.toNanos());
        return workers.entrySet().stream()
                .map(entry -> new Worker(entry.getKey(), entry.getValue().files(), entry.getValue().busy(),
                        entry.getValue().busy().toNanos() / nanos))
                .toList();
    }

    private static String extension(String name) {
        String file = name.substring(name.lastIndexOf('/') + 1);
        int dot = file.lastIndexOf('.');
        return dot <= 0 || dot == file.length() - 1 ? "" : file.substring(dot + 1).toLowerCase(Locale.ROOT);
    }
}
