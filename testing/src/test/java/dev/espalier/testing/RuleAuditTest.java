package dev.espalier.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Each rule of {@code docs/rules.md} about tests stands there, and S1 to S40 have a test whose name begins with them. */
class RuleAuditTest {
    private static final List<String> RULES = IntStream.rangeClosed(1, 40).mapToObj(number -> "S" + number).toList();
    private static final Pattern ENTRY = Pattern.compile("^- \\*\\*([^*]+)\\*\\* ", Pattern.MULTILINE);
    private static final Pattern RANGE = Pattern.compile("S(\\d+)(?:-S(\\d+))?");
    private static final Pattern NAMED = Pattern.compile(
            "@(?:DisplayName|Label|ParameterizedTest)\\(\\s*(?:name = )?\"testing ((?:[A-Z]\\d+, )*[A-Z]\\d+):");

    @Test
    @DisplayName("each rule of the list stands on the page")
    void thePageHasEveryRule() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "rules.md"));
        String section = page.split("## Tests under virtual time \\(`testing`\\)\n", 2)[1].split("\n## ", 2)[0];
        Set<String> rules = ENTRY.matcher(section).results()
                .flatMap(entry -> RANGE.matcher(entry.group(1)).results())
                .flatMap(RuleAuditTest::expanded)
                .collect(Collectors.toSet());
        assertThat(rules).containsExactlyInAnyOrderElementsOf(RULES);
    }

    private static Stream<String> expanded(MatchResult range) {
        int first = Integer.parseInt(range.group(1));
        int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
        return IntStream.rangeClosed(first, last).mapToObj(number -> "S" + number);
    }

    @Test
    @DisplayName("each rule of the list has a test that names it")
    void everyRuleHasATestThatNamesIt() throws IOException {
        Set<String> named = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Path.of("src", "test", "java"))) {
            for (Path file : files.filter(path -> path.toString().endsWith("Test.java")).toList()) {
                NAMED.matcher(Files.readString(file)).results()
                        .forEach(match -> named.addAll(List.of(match.group(1).split(", "))));
            }
        }
        assertThat(named).as("rules that a test names").containsAll(RULES);
    }
}
