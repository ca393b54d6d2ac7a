package dev.espalier.examples.inventory;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The same numbers by other means: whole files in memory, regular expressions and streams, nothing shared with the
 * main job but the definitions in its package documentation.
 */
final class IndependentCount {

    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{Nd}]+");

    /** The facts of one file. */
    record Counted(String name, String sha256, long size, boolean binary, long lines, List<String> words) {

        static Counted of(String name, byte[] contents) {
            String bytes = new String(contents, ISO_8859_1);
            boolean binary = bytes.substring(0, Math.min(8000, bytes.length())).contains("\0");
            return new Counted(name, sha256(contents), contents.length, binary, binary ? 0 : lines(bytes),
                    binary ? List.of() : words(new String(contents, UTF_8)));
        }

        Map<String, Long> ranked() {
            return words.stream().filter(word -> word.codePointCount(0, word.length()) <= 64)
                    .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
        }

        String extension() {
            var matcher = Pattern.compile("(?:.*/)?[^/]+\\.([^./]+)").matcher(name);
            return matcher.matches() ? matcher.group(1).toLowerCase(Locale.ROOT) : "";
        }

        private static long lines(String bytes) {
            return bytes.isEmpty() ? 0 : bytes.split("\n", -1).length - (bytes.endsWith("\n") ? 1 : 0);
        }

        private static List<String> words(String text) {
            return WORD.matcher(text).results().map(MatchResult::group).map(Counted::lowerCase).toList();
        }

        private static String lowerCase(String word) {
            int[] characters = word.codePoints().map(Character::toLowerCase).toArray();
            return new String(characters, 0, characters.length);
        }

        private static String sha256(byte[] contents) {
            try {
                return String.format("%064x", new BigInteger(1, MessageDigest.getInstance("SHA-256").digest(contents)));
            } catch (NoSuchAlgorithmException e) {
                throw new AssertionError(e);
            }
        }
    }

    private final List<Counted> files;

    private IndependentCount(List<Counted> files) {
        this.files = files;
    }

    /** Counts all regular files below {@code root}. */
    static IndependentCount of(Path root) throws IOException {
        List<Counted> files = new ArrayList<>();
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.filter(one -> Files.isRegularFile(one, LinkOption.NOFOLLOW_LINKS)).toList()) {
                files.add(Counted.of(root.relativize(path).toString().replace('\\', '/'), Files.readAllBytes(path)));
            }
        }
        return new IndependentCount(files);
    }

    List<Counted> files() {
        return files;
    }

    /** Returns files, bytes, lines and words. */
    List<Long> sums() {
        return sums(files);
    }

    /** Returns files, bytes, lines and words of each extension. */
    Map<String, List<Long>> extensions() {
        return files.stream().collect(Collectors.groupingBy(Counted::extension, TreeMap::new,
                Collectors.collectingAndThen(Collectors.toList(), IndependentCount::sums)));
    }

    /** Returns the sorted names of each group of equal, non-empty files, by digest. */
    Map<String, List<String>> duplicates() {
        Map<String, List<String>> names = files.stream().filter(file -> file.size() > 0).collect(Collectors.groupingBy(
                Counted::sha256, TreeMap::new, Collectors.mapping(Counted::name, Collectors.toList())));
        names.values().removeIf(group -> group.size() < 2);
        names.values().forEach(group -> group.sort(null));
        return names;
    }

    /** Returns the {@code n} most frequent words as "count word". */
    List<String> topWords(int n) {
        Map<String, Long> all = new TreeMap<>();
        files.forEach(file -> file.ranked().forEach((word, count) -> all.merge(word, count, Long::sum)));
        return all.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()))
                .limit(n).map(entry -> entry.getValue() + " " + entry.getKey()).toList();
    }

    private static List<Long> sums(List<Counted> files) {
        return List.of((long) files.size(),
                files.stream().mapToLong(Counted::size).sum(),
                files.stream().mapToLong(Counted::lines).sum(),
                files.stream().mapToLong(file -> file.words().size()).sum());
    }
}
