package dev.espalier.testing;

import static dev.espalier.core.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class CheckpointsTest {
    @Test
    @DisplayName("testing D6: what gives way passes, what does not does not")
    void assertions() {
        LoopTester.run(t -> {
            // @start region="checkpoints"
            var permits = AsyncSemaphore.of(1);
            Checkpoints.assertNoYield(permits::acquire); // there is one
            Checkpoints.assertYields(() -> Async.sleep(Duration.ofSeconds(1)));
            Checkpoints.assertYieldsAtMost(2, () -> {
                Async.checkpoint();
                Async.sleep(Duration.ofSeconds(1));
            });
            // @end
        });
    }

    @Engines
    @DisplayName("testing D6: an unexpected turn is told with the place")
    void unexpectedTurnIsToldWithThePlace(LoopOptions.Engine engine) {
        LoopTester.run(Engines.Options.on(engine), t -> {
            assertThatThrownBy(() -> Checkpoints.assertNoYield(() -> sleep(Duration.ofSeconds(1))))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageStartingWith("the body was to give up its turn never, and did so 1 time\n    once at ")
                    .hasMessageContaining("Async.sleep")
                    .hasMessageContaining("CheckpointsTest");
            assertThatThrownBy(() -> Checkpoints.assertYieldsAtMost(1, () -> {
                Async.checkpoint();
                Async.checkpoint();
            })).hasMessageStartingWith("the body was to give up its turn at most 1 time, and did so 2 times");
            assertThatThrownBy(() -> Checkpoints.assertYields(() -> {}))
                    .isInstanceOf(AssertionError.class).hasMessage("the body was to give up its turn, and did not");
            assertThatThrownBy(() -> Checkpoints.assertYieldsAtMost(-1, () -> {}))
                    .isInstanceOf(IllegalArgumentException.class);
        });
    }

    @Engines
    @DisplayName("testing D6: turns of other tasks do not count, and what the body throws comes out")
    void onlyTheRunningTaskCounts(LoopOptions.Engine engine) {
        LoopTester.run(Engines.Options.on(engine), t -> {
            t.background().start(() -> {
                while (true) {
                    Async.checkpoint();
                }
            });
            Checkpoints.assertYieldsAtMost(1, () -> TaskGroup.run(group -> group.start(() -> {
                Async.checkpoint();
                Async.checkpoint();
            })));
            assertThatThrownBy(() -> Checkpoints.assertNoYield(() -> {
                throw new IOException("disk");
            })).isInstanceOf(IOException.class);
            Checkpoints.assertNoYield(() -> assertThat(true).isTrue()); // nobody counts any more
        });
    }
}
