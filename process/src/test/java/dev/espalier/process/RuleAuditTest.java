package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Each rule of the list 3.1 to 3.41 has a test whose display name begins with its number.
 */
class RuleAuditTest {
    private static final int LAST = 41;
    private static final Pattern RULE = Pattern.compile("\\b3\\.(\\d{1,2})\\b(?=[^:]*:)");

    /**
     * Those that no test can show, because they say what is not built or which means were chosen: 3.23 (no start-up
     * cache is trained yet), 3.32 and 3.33 (how memory and sockets are read), 3.37 (a JDK that is replaced under a
     * running program), 3.41 (no fork-join pool). The others wait for their test: 3.11, 3.13, 3.14 and 3.35.
     */
    private static final Set<Integer> WITHOUT = Set.of(11, 13, 14, 23, 32, 33, 35, 37, 41);

    @Test
    void everyRuleHasATestThatNamesIt() throws Exception {
        Set<Integer> missing = new TreeSet<>();
        for (int rule = 1; rule <= LAST; rule++) {
            missing.add(rule);
        }
        missing.removeAll(WITHOUT);
        missing.removeAll(named());
        assertThat(missing).as("rules 3.x without a test whose display name begins with the number").isEmpty();
    }

    private static Set<Integer> named() throws IOException, URISyntaxException, ClassNotFoundException {
        Path home = Path.of(RuleAuditTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Set<Integer> rules = new TreeSet<>();
        try (Stream<Path> files = Files.list(home.resolve("dev/espalier/process"))) {
            for (String file : files.map(path -> path.getFileName().toString()).toList()) {
                if (file.endsWith("Test.class")) {
                    String name = "dev.espalier.process." + file.substring(0, file.length() - ".class".length());
                    for (Method method : Class.forName(name).getDeclaredMethods()) {
                        Matcher numbers = RULE.matcher(displayName(method));
                        while (numbers.find()) {
                            rules.add(Integer.valueOf(numbers.group(1)));
                        }
                    }
                }
            }
        }
        return rules;
    }

    private static String displayName(Method method) {
        DisplayName name = method.getAnnotation(DisplayName.class);
        ParameterizedTest parameterized = method.getAnnotation(ParameterizedTest.class);
        return name != null ? name.value() : parameterized != null ? parameterized.name() : "";
    }
}
