package dev.espalier.testing;

import static dev.espalier.core.Async.sleep;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.espalier.core.Channel;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestFactory;

/** The snippets of the Javadoc that need JUnit. */
class JUnitSnippetsTest {
    // @start region="dynamic"
    @TestFactory
    @DisplayName("testing E8: a dynamic test runs on a loop of its own")
    Stream<DynamicTest> everyPause() {
        return Stream.of(1, 2, 3).map(hours -> DynamicLoopTest.of(hours + " hours", t -> {
            sleep(Duration.ofHours(hours));
            assertEquals(Duration.ofHours(hours), t.clock().elapsed());
        }));
    }
    // @end

    // @start region="lifecycle"
    @Nested
    @OnLoop(lifecycle = OnLoop.Lifecycle.IN_LOOP)
    class WithATicker {
        private final Channel<Integer> ticks = Channel.open(8);

        @BeforeEach
        void tickHourly(LoopTester t) {
            t.background().start(() -> {
                for (int tick = 1; ; tick++) {
                    sleep(Duration.ofHours(1));
                    ticks.sender().send(tick);
                }
            });
        }

        @LoopTest
        void theFirstTickComesAfterAnHour(VirtualClock clock) {
            assertEquals(1, ticks.receiver().receive());
            assertEquals(Duration.ofHours(1), clock.elapsed());
        }

        @AfterEach
        void nothingIsLeft() {
            assertTrue(ticks.receiver().tryReceive().isEmpty());
        }
    }
    // @end
}
