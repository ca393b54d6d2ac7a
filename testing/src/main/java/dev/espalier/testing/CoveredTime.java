package dev.espalier.testing;

import java.time.Duration;
import java.util.StringJoiner;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Adds up the virtual time of all loop tests that JUnit runs in this JVM, and logs it when JUnit has run the last. */
final class CoveredTime implements AutoCloseable {
    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(CoveredTime.class);

    // Guarded by this: tests may run at the same time.
    private int tests;
    private Duration covered = Duration.ZERO;

    private CoveredTime() {}

    /** Of the whole run that a test belongs to. */
    static CoveredTime around(ExtensionContext test) {
        return test.getRoot().getStore(OURS).getOrComputeIfAbsent("total", _ -> new CoveredTime(), CoveredTime.class);
    }

    synchronized void add(Duration time) {
        tests++;
        covered = covered.plus(time);
    }

    /** Called by JUnit. */
    @Override
    public synchronized void close() {
        if (covered.isZero()) {
            return;
        }
        String who = tests + (tests == 1 ? " loop test has" : " loop tests have");
        System.getLogger("dev.espalier.testing")
                .log(System.Logger.Level.INFO, who + " covered " + words(covered) + " of virtual time");
    }

    /** Without its parts of a millisecond. */
    static String words(Duration time) {
        var words = new StringJoiner(" ");
        add(words, time.toDaysPart(), "d");
        add(words, time.toHoursPart(), "h");
        add(words, time.toMinutesPart(), "min");
        add(words, time.toSecondsPart(), "s");
        add(words, time.toMillisPart(), "ms");
        return words.length() == 0 ? "less than 1 ms" : words.toString();
    }

    private static void add(StringJoiner words, long number, String unit) {
        if (number != 0) {
            words.add(number + " " + unit);
        }
    }
}
