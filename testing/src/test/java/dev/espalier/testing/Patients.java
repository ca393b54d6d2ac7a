package dev.espalier.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.List;
import java.util.Map;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

/** Runs classes of tests inside of a test, and tells what became of them. */
final class Patients {
    private Patients() {}

    static EngineExecutionResults run(Map<String, String> parameters, Class<?>... patients) {
        var kit = EngineTestKit.engine("junit-jupiter")
                .configurationParameter("junit.jupiter.execution.parallel.enabled", "false")
                .configurationParameters(parameters);
        for (Class<?> patient : patients) {
            kit = kit.selectors(selectClass(patient));
        }
        return kit.execute();
    }

    static List<String> published(EngineExecutionResults results, String key) {
        return results.testEvents()
                .reportingEntryPublished()
                .map(event -> event.getRequiredPayload(ReportEntry.class).getKeyValuePairs())
                .filter(pairs -> pairs.containsKey(key))
                .map(pairs -> pairs.get(key))
                .toList();
    }

    static Throwable onlyFailure(EngineExecutionResults results) {
        List<Throwable> failures = failures(results);
        assertThat(failures).hasSize(1);
        return failures.get(0);
    }

    private static List<Throwable> failures(EngineExecutionResults results) {
        return results.testEvents()
                .failed()
                .map(event -> event.getRequiredPayload(TestExecutionResult.class).getThrowable().orElseThrow())
                .toList();
    }

    static void assertAllPass(Class<?> patient, int tests) {
        EngineExecutionResults results = run(Map.of(), patient);
        assertThat(failures(results)).isEmpty();
        results.testEvents().assertStatistics(counts -> counts.started(tests).succeeded(tests));
    }
}
