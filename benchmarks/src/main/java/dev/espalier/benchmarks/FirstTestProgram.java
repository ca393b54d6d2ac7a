package dev.espalier.benchmarks;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.espalier.core.Async;
import dev.espalier.testing.LoopTest;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * Prints the milliseconds that JUnit takes for the first test of a JVM. Argument: {@code loop}, for a test with a loop,
 * or {@code empty}, for one without.
 */
final class FirstTestProgram {
    private FirstTestProgram() {
    }

    static final class WithLoop {
        @LoopTest
        void waits() {
            Async.checkpoint();
        }
    }

    static final class Empty {
        @Test
        void nothing() {
        }
    }

    public static void main(String[] args) {
        Class<?> tests = switch (args[0]) {
            case "loop" -> WithLoop.class;
            case "empty" -> Empty.class;
            default -> throw new IllegalArgumentException("The first test is loop or empty, not " + args[0]);
        };
        long begun = System.nanoTime();
        SummaryGeneratingListener seen = new SummaryGeneratingListener();
        LauncherDiscoveryRequest request =
            LauncherDiscoveryRequestBuilder.request().selectors(selectClass(tests)).build();
        LauncherFactory.create().execute(request, seen);
        double millis = (System.nanoTime() - begun) / 1e6;
        Check.equal(1, seen.getSummary().getTestsSucceededCount());
        System.out.println(millis);
    }
}
