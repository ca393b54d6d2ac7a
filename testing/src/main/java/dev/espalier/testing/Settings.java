package dev.espalier.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What the one who starts the tests may set: a configuration parameter of JUnit, a system property, or the environment. */
record Settings(ExtensionContext test) {

    private Optional<String> find(String name) {
        return test.getConfigurationParameter(name) // which looks into the system properties too
                .or(() -> Optional.ofNullable(System.getenv(name.toUpperCase(Locale.ROOT).replace('.', '_'))));
    }

    private long number(String name, long otherwise, long least) {
        Optional<String> text = find(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            long value = Long.parseLong(text.get().strip());
            if (value >= least) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw wrong(name, text.get(), "a whole number", e);
        }
        throw wrong(name, text.get(), "at least " + least, null);
    }

    private static IllegalArgumentException wrong(String name, String value, String rule, @Nullable Exception cause) {
        return new IllegalArgumentException("the setting " + name + " must be " + rule + ", not '" + value + "'", cause);
    }

    /** The root seed; the word random stands for a new one, which is reported with the test. */
    long seed(long otherwise) {
        boolean random = find("espalier.seed").filter("random"::equals).isPresent();
        return random ? ThreadLocalRandom.current().nextLong() : number("espalier.seed", otherwise, Long.MIN_VALUE);
    }

    int runs(int otherwise) {
        return (int) Math.min(Integer.MAX_VALUE, number("espalier.runs", otherwise, 1));
    }

    long budgetMillis(long otherwise) {
        return number("espalier.budget", otherwise, 1);
    }

    Optional<Path> replay() {
        return find("espalier.replay").filter(path -> !path.isBlank()).map(Path::of);
    }

    /** Whether a failure is replayed in a fresh JVM too. */
    boolean forks() {
        Optional<String> text = find("espalier.fork");
        return text.map(value -> switch (value) {
                    case "true" -> true;
                    case "false" -> false;
                    default -> throw wrong("espalier.fork", value, "true or false", null);
                })
                .orElse(false);
    }

    /** Where tapes are kept. */
    Path tapes() {
        return find("espalier.tapes").map(Path::of).orElseGet(() -> {
            boolean gradle = Files.isDirectory(Path.of("build")) && !Files.isDirectory(Path.of("target"));
            return Path.of(gradle ? "build" : "target", "espalier");
        });
    }
}
