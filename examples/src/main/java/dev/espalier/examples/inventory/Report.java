package dev.espalier.examples.inventory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The numbers of one inventory. Rankings hold at most {@code --top} entries; totals cover everything that was counted.
 *
 * @param root the directory
 * @param outcome how it ended; when it ended early, all figures are of the part that was counted until then
 * @param totals of all files
 * @param extensions largest first
 * @param duplicates groups of equal files
 * @param topWords most frequent first
 * @param unrankedWords occurrences of words that the ranking leaves out (too long, or past the bound on different
 *     words)
 * @param unreadable all files and directories that could not be read, by name
 * @param workers the child JVMs, by process id
 * @param losses the child JVMs that were lost while they counted a file, in the order of time
 * @param elapsed from the first to the last file
 */
record Report(Path root, Outcome outcome, Totals totals, List<Extension> extensions, Duplicates duplicates,
        List<WordTable.WordCount> topWords, long unrankedWords, List<Found.Unreadable> unreadable, List<Worker> workers,
        List<Loss> losses, Duration elapsed) {

    /** Sums over files. */
    record Sums(long files, long bytes, long lines, long words) {

        static final Sums NONE = new Sums(0, 0, 0, 0);

        /** Returns these sums with one file more. */
        Sums plus(FileFacts file) {
            return new Sums(files + 1, bytes + file.size(), lines + file.lines(), words + file.words());
        }
    }

    /** Sums over the tree. */
    record Totals(Sums sums, long binaryFiles, long directories, long symbolicLinks, long specialFiles) {
    }

    /** Sums over the files of one extension, which is empty for names without one. */
    record Extension(String extension, Sums sums) {
    }

    /** All groups of equal files counted, and those that would free most. */
    record Duplicates(long groups, long files, long wastedBytes, List<DuplicateGroup> largest) {
    }

    /** Files with the same contents, by name. */
    record DuplicateGroup(String sha256, long size, List<String> names) {

        /** Returns the bytes that all copies but one take. */
        long wastedBytes() {
            return size * (names.size() - 1);
        }
    }

    /** What one child JVM did; utilisation is its share of the elapsed time, from 0 to 1. */
    record Worker(long pid, long files, Duration busy, double utilisation) {
    }

    /** A child JVM that was lost while it counted the file {@code name}, which then went to another one. */
    record Loss(String name, String how) {
    }
}
