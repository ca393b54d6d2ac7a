package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Property;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Each rule of the list S1 to S53 has a test that names it, {@code s17BodyThatFinishedWinsOverItsDeadline}, on both
 * engines.
 */
class RuleAuditTest {
    private static final int LAST = 53;

    /** The number of a rule, at the beginning of a method name or as a word of a display name. */
    private static final Pattern RULE = Pattern.compile("^s(\\d{1,2})(?=[A-Z_])|\\bS(\\d{1,2})\\b");

    @Test
    void everyRuleHasATestThatNamesIt() {
        assertThat(missing(tests()))
                .as("rules of the S list without a test whose method name begins with s and the number")
                .isEmpty();
    }

    @Test
    void everyRuleIsTestedOnBothEngines() {
        var here = new TreeMap<>(tests());
        here.values().forEach(methods -> methods.removeIf(method -> !runsOnBoth(method)));
        here.values().removeIf(Set::isEmpty);
        assertThat(missing(here))
                .as("rules of the S list whose tests run on one engine only; use @BothEngines")
                .isEmpty();
    }

    private static Set<Integer> missing(Map<Integer, ?> tests) {
        var missing = new TreeSet<Integer>();
        for (int rule = 1; rule <= LAST; rule++) {
            if (!tests.containsKey(rule)) {
                missing.add(rule);
            }
        }
        return missing;
    }

    private static Map<Integer, Set<Method>> tests() {
        var tests = new TreeMap<Integer, Set<Method>>();
        for (Class<?> type : CancelSweepTest.classesBeside(RuleAuditTest.class)) {
            for (Method method : type.getDeclaredMethods()) {
                if (isTest(method)) {
                    String display = method.isAnnotationPresent(DisplayName.class)
                            ? " " + method.getAnnotation(DisplayName.class).value()
                            : "";
                    Matcher rules = RULE.matcher(method.getName() + display);
                    while (rules.find()) {
                        String number = rules.group(1) == null ? rules.group(2) : rules.group(1);
                        tests.computeIfAbsent(Integer.valueOf(number), _ -> new java.util.HashSet<>()).add(method);
                    }
                }
            }
        }
        return tests;
    }

    private static boolean isTest(Method method) {
        return runsOnBoth(method) || method.isAnnotationPresent(Test.class);
    }

    /** By the annotation, or by a parameter that says which. */
    private static boolean runsOnBoth(Method method) {
        return method.isAnnotationPresent(BothEngines.class)
                || method.isAnnotationPresent(TestFactory.class)
                || ((method.isAnnotationPresent(Property.class)
                                || AnnotationSupport.isAnnotated(method, ParameterizedTest.class))
                        && Arrays.stream(method.getParameterTypes())
                                .anyMatch(type -> type == boolean.class || type == String.class
                                        || type == LoopOptions.Engine.class));
    }
}
