package dev.espalier.testing;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.LoopOptions;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.Engines.Options;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.DisplayName;

class SequencerTest {

    @Engines
    @DisplayName("testing D5: steps of different tasks run in the order of their positions")
    void stepsRunInTheOrderOfTheirPositions(LoopOptions.Engine engine) {
        var order = new ArrayList<Integer>();
        LoopTester.run(Options.on(engine), t -> TaskGroup.run(group -> {
            Sequencer sequence = Sequencer.create();
            for (int first : new int[] {2, 0, 1}) {
                group.start(() -> {
                    for (int position = first; position < 9; position += 3) {
                        try (var _ = sequence.at(position)) {
                            checkpoint();
                            order.add(position);
                        }
                    }
                });
            }
        }));
        assertThat(order).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8);
    }

    @Engines
    void aPositionWaitsUntilTheOneBeforeItIsLeft(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> TaskGroup.run(group -> {
            Sequencer sequence = Sequencer.create();
            Task<Duration> second = group.start(() -> {
                try (var _ = sequence.at(1)) {
                    return t.clock().elapsed();
                }
            });
            try (var _ = sequence.at(0)) {
                sleep(Duration.ofSeconds(1));
                assertThat(sequence).hasToString("Sequencer[in 0, waiting: [1]]");
            }
            assertThat(second.await()).isEqualTo(Duration.ofSeconds(1));
        }));
    }

    @Engines
    void aPositionIsUsedOnce(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            Sequencer sequence = Sequencer.create();
            sequence.at(0).close();
            assertThatThrownBy(() -> sequence.at(0)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("position 0 of a sequence is used twice");
            assertThatThrownBy(() -> sequence.at(-1)).hasMessageContaining("they begin at 0");
            var step = sequence.at(1);
            assertThatThrownBy(() -> sequence.at(1)).hasMessageContaining("is used twice");
            step.close();
            step.close();
            sequence.at(2).close();
        });
    }

    @Engines
    void aCancelledWaitBreaksTheSequenceForAll(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> TaskGroup.run(group -> {
            Sequencer sequence = Sequencer.create();
            Task<?> cancelled = group.start(() -> sequence.at(1));
            Task<?> other = group.start(() -> assertThatThrownBy(() -> sequence.at(2))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("can never come in order"));
            t.settle();
            cancelled.cancel("by the test");
            other.join();
            assertThatThrownBy(() -> sequence.at(0)).hasMessageContaining("can never come in order");
        }));
    }
}
