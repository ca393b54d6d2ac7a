package dev.espalier.core;

import static dev.espalier.core.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.spi.ErrorReport;
import dev.espalier.core.spi.Instrument;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The snippets of the Javadoc about watching a loop. */
class DebugSnippetsTest {

    @Test
    void instrumentMeasuresHowLongTasksWaitForTheirTurn() {
        AtomicLong longest = new AtomicLong();
        // @start region="instrument"
        Instrument queueTime = new Instrument() {
            private long since;

            @Override
            public void taskScheduled(Task<?> task, long at) {
                since = at;
            }

            @Override
            public void beforeStep(Task<?> task) {
                longest.accumulateAndGet(EventLoop.current().now() - since, Math::max);
            }
        };
        Async.run(() -> {
            EventLoop.current().addInstrument(queueTime);
            sleep(Duration.ofMillis(1));
        });
        // @end
        assertThat(longest.get()).isPositive();
    }

    @Test
    void warningsGoWhereTheOptionsSay() {
        List<ErrorReport> warnings = new CopyOnWriteArrayList<>();
        // @start region="warnings"
        LoopOptions options = LoopOptions.defaults()
                .withBlockedAfter(Duration.ofSeconds(1))
                .withWarningSink(finding -> {
                    if (finding.kind() == ErrorReport.Kind.BLOCKED) {
                        warnings.add(finding); // for example: count it in the metrics of the service
                    }
                });
        try (EventLoop loop = EventLoop.create(options)) {
            loop.run(() -> sleep(Duration.ofMillis(1)));
        }
        // @end
        assertThat(warnings).isEmpty();
    }
}
