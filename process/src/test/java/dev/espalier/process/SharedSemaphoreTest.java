package dev.espalier.process;

import static dev.espalier.process.TestPools.TWO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Semaphores between processes, with real child JVMs.
 */
@Timeout(120)
class SharedSemaphoreTest {
    @TempDir
    Path folder;

    @Test
    @DisplayName("F4: so many at a time, whatever their processes; what a killed process had is free again")
    void soManyAtATime() {
        Path holds = folder.resolve("holds");
        TestPools.run(TWO, pool -> {
            // @start region="semaphore"
            try (SharedSemaphore slots = SharedSemaphore.of(2)) {
                List<Integer> done = pool.map(List.of(1, 2, 3, 4), n -> {
                    try (var _ = slots.acquire()) { // at most two at a time, in all processes together
                        return n * n;
                    }
                });
                assertThat(done).containsExactly(1, 4, 9, 16);
                // @end
                String file = holds.toString();
                RemoteTask<Integer> holder = pool.submit(() -> {
                    slots.acquire(2);
                    TestPools.announceAndStay(file);
                    return 0;
                });
                TestPools.awaitFile(holds);
                long pid = Long.parseLong(slots.toString().replaceAll(".*pid (\\d+).*", "$1"));
                TestPools.signal("KILL", pid);
                try (SharedSemaphore.Permit both = slots.acquire(2)) {
                    assertThat(both.isAfterLoss()).isTrue();
                    assertThat(both.count()).isEqualTo(2);
                }
                assertThatThrownBy(holder::await).hasCauseInstanceOf(WorkerLostException.class);
                // @start region="semaphore"
            }
            // @end
        });
    }

    @Test
    void countsHaveBounds() {
        assertThatThrownBy(() -> SharedSemaphore.of(0)).isInstanceOf(IllegalArgumentException.class);
        try (SharedSemaphore two = SharedSemaphore.of(2)) {
            assertThat(two.total()).isEqualTo(2);
            assertThatThrownBy(() -> two.acquire(3)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("1 to 2");
            assertThatThrownBy(() -> two.acquire(0)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
