package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TaskOptionsTest {
    @Test
    void aViewIsTheSamePoolWithOtherOptions() {
        TestPools.run(ONE, pool -> {
            // @start region="with"
            ProcessPool urgent = pool.with(TaskOptions.defaults().withName("greeting").withPriority(10));
            String greeting = urgent.call((String name) -> "Hello, " + name, "Ada");
            // @end
            assertThat(greeting).isEqualTo("Hello, Ada");
            assertThat(urgent.<Long, RuntimeException>call(TestPools::pid))
                    .isEqualTo(pool.<Long, RuntimeException>call(TestPools::pid));
            assertThat(urgent.map(List.of(1, 2), (Integer n) -> n + 1)).containsExactly(2, 3);
        });
    }

    @Test
    void aNameIsInTheMessages() {
        TestPools.run(ONE, pool -> {
            RemoteTask<Long> named = pool.with(TaskOptions.defaults().withName("whose process")).submit(TestPools::pid);
            assertThat(named.name()).isEqualTo("task 1 (whose process)");
            assertThat(pool.submit(TestPools::pid).name()).startsWith("task 2 (a lambda of ");
        });
    }

    @Test
    void closingAViewClosesThePool() {
        TestPools.run(ONE, pool -> {
            pool.with(TaskOptions.defaults()).close();
            assertThatThrownBy(() -> pool.submit(TestPools::pid)).isInstanceOf(IllegalStateException.class);
        });
    }

    @Test
    void valuesOutsideOfTheirBoundsAreRefused() {
        assertThatThrownBy(() -> TaskOptions.defaults().withAttempts(0)).hasMessageContaining("attempts is 0");
        assertThatThrownBy(() -> TaskOptions.defaults().withAttempts(101)).hasMessageContaining("1 to 100");
        assertThatThrownBy(() -> TaskOptions.defaults().withRunLimit(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("runLimit");
    }
}
