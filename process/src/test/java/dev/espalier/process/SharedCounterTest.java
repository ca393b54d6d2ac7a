package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static dev.espalier.process.TestPools.TWO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Counters that several processes change, with real child JVMs.
 */
@Timeout(120)
class SharedCounterTest {
    @Test
    @DisplayName("F4: all processes add to the same number, none of what they add is lost")
    void allAddToTheSameNumber() {
        TestPools.run(TWO, pool -> {
            // @start region="counter"
            try (SharedCounter hits = SharedCounter.of(0)) {
                pool.map(List.of(1, 2, 3, 4), n -> hits.add(n)); // in all children, on the same number
                assertThat(hits.value()).isEqualTo(10);
            }
            // @end
            try (SharedCounter many = SharedCounter.of(5)) {
                RemoteTask<Integer> first = pool.submit(() -> addMany(many));
                RemoteTask<Integer> second = pool.submit(() -> addMany(many));
                assertThat(first.await() + second.await()).isEqualTo(200_000);
                assertThat(many.value()).isEqualTo(200_005);
                assertThat(pool.<SharedCounter, RuntimeException>call(() -> many)).isSameAs(many);
            }
        });
    }

    private static int addMany(SharedCounter counter) {
        for (int i = 0; i < 100_000; i++) {
            counter.add(1);
        }
        return 100_000;
    }

    @Test
    @DisplayName("F4: a counter survives whoever adds to it, and its creator's close is the end of sending it")
    void aCounterSurvives() {
        TestPools.run(ONE, pool -> {
            SharedCounter counter = SharedCounter.of(1);
            RemoteTask<Integer> killed = pool.submit(() -> {
                counter.add(1);
                TestPools.signal("KILL", TestPools.pid());
                return 0;
            });
            assertThatThrownBy(killed::await).hasCauseInstanceOf(WorkerLostException.class);
            assertThat(counter.value()).isEqualTo(2);
            counter.close();
            assertThat(counter.add(1)).isEqualTo(3);
            assertThatThrownBy(() -> pool.call(() -> counter.add(1))).isInstanceOf(RemoteTaskException.class)
                    .hasMessageContaining("closed it or has ended");
        });
    }
}
