package dev.espalier.core;

import java.time.Duration;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Adds up the virtual time of all tests that have a {@link LoopFixture}, and logs it when JUnit has run the last. */
final class CoveredTime implements AutoCloseable {
    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(CoveredTime.class);

    // Guarded by this: tests may run at the same time.
    private int tests;
    private Duration covered = Duration.ZERO;

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
        System.getLogger("dev.espalier.core").log(System.Logger.Level.INFO, tests + " tests on hand-driven loops have covered "
                + covered.toDays() + " d " + covered.toHoursPart() + " h of virtual time");
    }
}
