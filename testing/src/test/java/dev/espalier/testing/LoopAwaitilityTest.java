package dev.espalier.testing;

import static dev.espalier.core.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionTimeoutException;

class LoopAwaitilityTest { // D14, 7.3, S37
    // @start region="await"
    @LoopTest
    void hoursTakeNoTime(LoopTester tester) {
        var done = new AtomicInteger();
        tester.background().start(() -> {
            sleep(Duration.ofHours(1));
            done.set(1);
        });
        LoopAwaitility.await(tester).atMost(Duration.ofHours(2)).untilAsserted(() -> assertThat(done).hasValue(1));
    }
    // @end

    @LoopTest
    void timeStopsWhenTheConditionHolds(LoopTester tester) {
        var done = new AtomicInteger();
        tester.background().start(() -> {
            sleep(Duration.ofMillis(250));
            done.set(1);
        });
        LoopAwaitility.await(tester).until(() -> done.get() == 1);
        assertThat(tester.clock().elapsed()).isEqualTo(Duration.ofMillis(300));
        LoopAwaitility.await(tester).until(() -> done.get() == 1);
        assertThat(tester.clock().elapsed()).as("it holds at once").isEqualTo(Duration.ofMillis(300));
    }

    @LoopTest
    void theLimitIsVirtualAndItsErrorIsAwaitilitys(LoopTester tester) {
        assertThatThrownBy(() -> LoopAwaitility.await(tester)
                        .atMost(Duration.ofSeconds(5))
                        .untilAsserted(() -> assertThat(1).as("the number").isEqualTo(2)))
                .isInstanceOf(ConditionTimeoutException.class)
                .hasMessageContaining("within PT5S of virtual time")
                .hasMessageContaining("the number")
                .hasCauseInstanceOf(AssertionError.class);
        assertThat(tester.clock().elapsed()).isBetween(Duration.ofSeconds(5), Duration.ofMillis(5001));
    }

    @LoopTest
    void aConditionMayHaveToHoldForAWhile(LoopTester tester) {
        var value = new AtomicInteger();
        tester.background().start(() -> {
            for (int i = 1; i <= 5; i++) {
                sleep(Duration.ofSeconds(1));
                value.set(i % 2);
            }
        });
        LoopAwaitility.await(tester)
                .during(Duration.ofSeconds(2))
                .untilAsserted(() -> assertThat(value).hasValue(1));
        assertThat(tester.clock().elapsed()).isEqualTo(Duration.ofSeconds(7));
    }

    @LoopTest
    void wrongTimesAreRefused(LoopTester tester) {
        assertThatThrownBy(() -> LoopAwaitility.await(tester).pollInterval(Duration.ZERO)).hasMessageContaining("PT0S");
        assertThatThrownBy(() -> LoopAwaitility.await(tester).atMost(Duration.ofSeconds(-1))).hasMessageContaining("PT-1S");
    }
}
