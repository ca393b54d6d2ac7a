package dev.espalier.examples.inventory;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts words, and stays bounded: when it holds as many different words as it may, it ranks no further new one and
 * counts those as unranked instead. Used by one thread at a time.
 */
final class WordTable {

    private static final Comparator<WordCount> MOST_FREQUENT_FIRST =
            Comparator.comparingLong(WordCount::count).reversed().thenComparing(WordCount::word);

    /** A word and how often it occurs. */
    record WordCount(String word, long count) {
    }

    private final int limit;
    private final Map<String, Long> counts = new HashMap<>();
    private long unranked;

    /** Creates a table for at most {@code limit} different words. */
    WordTable(int limit) {
        this.limit = limit;
    }

    /** Adds {@code occurrences} of {@code word}. */
    void add(String word, long occurrences) {
        if (counts.size() < limit || counts.containsKey(word)) {
            counts.merge(word, occurrences, Long::sum);
        } else {
            unranked += occurrences;
        }
    }

    /** Adds occurrences of words that are not told apart. */
    void addUnranked(long occurrences) {
        unranked += occurrences;
    }

    /** Returns the number of occurrences that are not in the ranking. */
    long unranked() {
        return unranked;
    }

    /** Returns the different words, in no particular order. */
    String[] vocabulary() {
        return counts.keySet().toArray(String[]::new);
    }

    /** Returns the counts of {@link #vocabulary()}, in the same order. */
    long[] counts() {
        return counts.values().stream().mapToLong(Long::longValue).toArray();
    }

    /**
     * Returns the {@code n} most frequent words; words that occur equally often come in the order of their
     * characters.
     */
    List<WordCount> top(int n) {
        return counts.entrySet().stream()
                .map(entry -> new WordCount(entry.getKey(), entry.getValue()))
                .sorted(MOST_FREQUENT_FIRST)
                .limit(n)
                .toList();
    }
}
