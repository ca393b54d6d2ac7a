package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Each rule 3.1 to 3.41 of {@code docs/rules.md} has a test whose display name begins with its number.
 */
class RuleAuditTest {
    private static final int LAST = 41;
    private static final Pattern RULE = Pattern.compile("\\b3\\.(\\d{1,2})\\b(?=[^:]*:)");
    private static final Pattern ENTRY = Pattern.compile("^- \\*\\*3\\.(\\d{1,2})\\*\\* ", Pattern.MULTILINE);
    private static final Pattern ROW = Pattern.compile("^- \\*\\*(1[A-H]\\d+)\\*\\* ", Pattern.MULTILINE);

    /**
     * Which means were chosen, and no behaviour: how memory and sockets are read, and that there is no fork-join pool.
     */
    private static final Set<Integer> MEANS = Set.of(32, 33, 41);

    private final String built;
    private final String notBuilt;

    RuleAuditTest() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "rules.md"));
        String rules = page.split("## Child processes \\(`process`\\)\n", 2)[1].split("\n## ", 2)[0];
        String[] parts = rules.split("### Not built\n", 2);
        built = parts[0];
        notBuilt = parts[1];
    }

    @Test
    void thePageHasEveryRuleOnce() {
        assertThat(Stream.of(built, notBuilt).flatMap(part -> ENTRY.matcher(part).results())
                        .map(entry -> Integer.valueOf(entry.group(1))))
                .containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(1, LAST).boxed().toList());
    }

    @Test
    void everyRuleThatIsBuiltHasATestThatNamesIt() throws Exception {
        Set<Integer> missing = entries(built);
        missing.removeAll(MEANS);
        missing.removeAll(named());
        assertThat(missing).as("rules 3.x without a test whose display name begins with the number").isEmpty();
    }

    @Test
    void everyRowOfFeaturesThatIsARuleHasATestThatNamesIt() throws Exception {
        assertThat(ROW.matcher(built).results().map(row -> row.group(1)))
                .allSatisfy(row -> assertThat(displayNames()).anyMatch(name -> name.startsWith(row + ":")));
    }

    @Test
    void whatHasATestIsNotCalledMissing() throws Exception {
        Set<Integer> stale = entries(notBuilt);
        stale.retainAll(named());
        assertThat(stale).as("rules that have a test and stand under 'Not built'").isEmpty();
    }

    private static Set<Integer> entries(String part) {
        return ENTRY.matcher(part).results().map(entry -> Integer.valueOf(entry.group(1)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<Integer> named() throws IOException, URISyntaxException, ClassNotFoundException {
        return displayNames().stream().flatMap(name -> RULE.matcher(name).results())
                .map(number -> Integer.valueOf(number.group(1))).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> displayNames() throws IOException, URISyntaxException, ClassNotFoundException {
        Path home = Path.of(RuleAuditTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Set<String> names = new TreeSet<>();
        try (Stream<Path> files = Files.list(home.resolve("dev/espalier/process"))) {
            for (String file : files.map(path -> path.getFileName().toString()).toList()) {
                if (file.endsWith("Test.class")) {
                    String name = "dev.espalier.process." + file.substring(0, file.length() - ".class".length());
                    for (Method method : Class.forName(name).getDeclaredMethods()) {
                        names.add(displayName(method));
                    }
                }
            }
        }
        return names;
    }

    private static String displayName(Method method) {
        DisplayName name = method.getAnnotation(DisplayName.class);
        ParameterizedTest parameterized = method.getAnnotation(ParameterizedTest.class);
        return name != null ? name.value() : parameterized != null ? parameterized.name() : "";
    }
}
