package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each rule of {@code docs/rules.md} about streams and files has a test whose display name begins with it, here or in {@code testing}. */
class RuleAuditTest {
    private static final Pattern ENTRY = Pattern.compile("^- \\*\\*([A-Z]+\\d+)\\*\\* ", Pattern.MULTILINE);
    private static final Pattern NAMED = Pattern.compile("@DisplayName\\(\\s*\"([A-Z]+\\d+(?:, [A-Z]+\\d+)*):");

    @Test
    void everyRuleHasATestThatNamesIt() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "rules.md"));
        String section = page.split("## Streams and files \\(`io`\\)\n", 2)[1].split("\n## ", 2)[0];
        Set<String> rules = ENTRY.matcher(section).results().map(RuleAuditTest::first).collect(Collectors.toCollection(TreeSet::new));
        assertThat(rules).as("rules of the page").hasSizeGreaterThan(25);
        assertThat(named()).as("rules that a test names").containsAll(rules);
    }

    private static Set<String> named() throws IOException {
        Set<String> named = new TreeSet<>();
        for (Path tests : new Path[] {Path.of("src/test/java"), Path.of("../testing/src/test/java")}) {
            try (Stream<Path> files = Files.walk(tests)) {
                for (Path file : files.filter(path -> path.toString().endsWith("Test.java")).toList()) {
                    NAMED.matcher(Files.readString(file)).results()
                            .forEach(match -> named.addAll(Set.of(first(match).split(", "))));
                }
            }
        }
        return named;
    }

    private static String first(MatchResult match) {
        return match.group(1);
    }
}
