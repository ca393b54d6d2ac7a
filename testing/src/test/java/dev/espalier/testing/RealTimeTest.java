package dev.espalier.testing;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.EventConditions.test;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.instanceOf;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.testkit.engine.EngineTestKit;

class RealTimeTest {
    // @start region="real"
    @LoopTest
    @RealTime
    @DisplayName("testing S40: a test that is marked has real time")
    void aMomentTakesAMoment(LoopTester tester) {
        sleep(Duration.ofMillis(20));
        assertThat(tester.realElapsed()).isGreaterThanOrEqualTo(Duration.ofMillis(20));
    }
    // @end

    @RealTime
    @Nested
    class OfAClass {
        @Nested
        class Within {
            @OnLoop(lifecycle = OnLoop.Lifecycle.IN_LOOP)
            @Test
            @DisplayName("testing S40: a class is marked with its nested ones")
            void nested(VirtualClock clock) {
                assertThat(clock.mode()).isEqualTo(VirtualClock.Mode.REAL);
            }
        }
    }

    /** Is refused twice, and passes once. */
    @RealTime
    static class Marked {
        @Explore
        void explored() {
            checkpoint();
        }

        @CancelSweep
        void swept(LoopTester tester) {
            tester.swept(() -> checkpoint());
        }

        @LoopTest
        void plain() {
            checkpoint();
        }
    }

    @Test
    @DisplayName("testing S40: it is not explored nor swept")
    void itIsNotExplored() {
        var results = EngineTestKit.engine("junit-jupiter").selectors(selectClass(Marked.class)).execute();
        results.testEvents().assertStatistics(counts -> counts.succeeded(1).failed(2)).assertThatEvents()
                .haveExactly(2, test(finishedWithFailure(instanceOf(ExtensionConfigurationException.class),
                        message(text -> text.contains("is marked @RealTime, and cannot be run in many orders")))));
    }

    @Test
    @DisplayName("testing S40: a build can leave it out, by its tag")
    void aBuildCanLeaveItOut() {
        EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(Marked.class))
                .filters(TagFilter.excludeTags("real-time"))
                .execute()
                .testEvents()
                .assertStatistics(counts -> counts.started(0));
    }
}
