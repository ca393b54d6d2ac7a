package dev.espalier.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What the one who starts the tests has set: as a configuration parameter of JUnit, as a system property, or in the
 * environment, where {@code espalier.seed} is called {@code ESPALIER_SEED}. The first of these counts, and what is
 * blank is not set. Settings win over what a test says of itself.
 */
final class Settings {
    private final List<Source> sources;

    /** A place to look. */
    record Source(String name, Function<String, Optional<String>> find) {}

    /** In which order steps run. */
    enum Mode {
        /** Explorations search, all other tests run in the usual order. */
        SEARCH,
        /** All tests run once, in the usual order. */
        USUAL,
        /** Explorations search, all other tests run in a random order, by their seed. */
        SHUFFLE
    }

    Settings(List<Source> sources) {
        this.sources = sources;
    }

    /** The function looks where the test framework keeps parameters. */
    static Settings of(Function<String, Optional<String>> parameters) {
        return new Settings(List.of(
                new Source("a configuration parameter or system property", parameters),
                new Source("a system property", name -> Optional.ofNullable(System.getProperty(name))),
                new Source("the environment", name -> Optional.ofNullable(System.getenv(inEnvironment(name))))));
    }

    private static String inEnvironment(String name) {
        return name.toUpperCase(Locale.ROOT).replace('.', '_');
    }

    // ---- the settings

    /** The root seed; the word random stands for a new one, which is reported with the test. */
    long seed(long otherwise) {
        return find("espalier.seed", "a whole number or random", Settings::seed).orElse(otherwise);
    }

    private static long seed(String text) {
        return text.equals("random") ? ThreadLocalRandom.current().nextLong() : Long.parseLong(text);
    }

    int runs(int otherwise) {
        Optional<Integer> runs = find("espalier.runs", "a whole number from 1", Settings::positive);
        return mode() == Mode.USUAL ? 1 : runs.orElse(otherwise);
    }

    Duration budget(Duration otherwise) {
        return find("espalier.budget", "milliseconds from 1, or a time like PT5M", Settings::time).orElse(otherwise);
    }

    Optional<Path> replay() {
        return find("espalier.replay", "the path of a tape", Path::of);
    }

    /** The one cut that sweeps make. */
    Optional<Sweep.Cut> cut() {
        return find("espalier.cut", "a cut like CANCEL:3:PARKED", Sweep.Cut::parse);
    }

    /** Whether all that the runs of a search print is shown. */
    boolean allOutput() {
        return find("espalier.output", "failing or all", Settings::all).orElse(false);
    }

    private static boolean all(String text) {
        return switch (text) {
            case "all" -> true;
            case "failing" -> false;
            default -> throw new IllegalArgumentException("neither");
        };
    }

    /** Whether a failure is replayed in a fresh JVM too. */
    boolean forks() {
        return find("espalier.fork", "true or false", Settings::yes).orElse(false);
    }

    private static boolean yes(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("neither");
        };
    }

    /** Where tapes are kept. */
    Path tapes() {
        return find("espalier.tapes", "a folder", Path::of).orElseGet(() -> {
            boolean gradle = Files.isDirectory(Path.of("build")) && !Files.isDirectory(Path.of("target"));
            return Path.of(gradle ? "build" : "target", "espalier");
        });
    }

    Mode mode() {
        String modes = Arrays.stream(Mode.values()).map(Settings::word).collect(Collectors.joining(", "));
        return find("espalier.mode", "one of " + modes, Settings::mode).orElse(Mode.SEARCH);
    }

    private static Mode mode(String text) {
        return Mode.valueOf(text.toUpperCase(Locale.ROOT));
    }

    private static String word(Mode mode) {
        return mode.name().toLowerCase(Locale.ROOT);
    }

    // ---- looking and reading

    private <T> Optional<T> find(String name, String rule, Function<String, T> reader) {
        for (Source source : sources) {
            Optional<String> text = source.find.apply(name).map(String::strip).filter(value -> !value.isEmpty());
            if (text.isPresent()) {
                return Optional.of(read(name, text.get(), source, rule, reader));
            }
        }
        return Optional.empty();
    }

    private static <T> T read(String name, String text, Source source, String rule, Function<String, T> reader) {
        try {
            return reader.apply(text);
        } catch (IllegalArgumentException | DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "the setting " + name + " must be " + rule + ", not '" + text + "' (" + source.name + ")", e);
        }
    }

    private static int positive(String text) {
        int number = Integer.parseInt(text);
        if (number < 1) {
            throw new IllegalArgumentException("less than 1");
        }
        return number;
    }

    private static Duration time(String text) {
        Duration time = text.startsWith("P") ? Duration.parse(text) : Duration.ofMillis(Long.parseLong(text));
        if (!time.isPositive()) {
            throw new IllegalArgumentException("not positive");
        }
        return time;
    }
}
