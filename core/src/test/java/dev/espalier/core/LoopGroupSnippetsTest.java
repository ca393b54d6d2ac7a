package dev.espalier.core;

import static dev.espalier.core.Async.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The snippets of {@link LoopGroup} and of {@link Channel#crossing}. */
class LoopGroupSnippetsTest {

    @Test
    void workIsSpreadOverLoops() {
        // @start region="group"
        try (var loops = LoopGroup.open(2)) {
            List<Integer> lengths = Async.run(() -> {
                var one = loops.submit(() -> measure("one"));
                var other = loops.submit(() -> measure("other"));
                return List.of(await(one), await(other));
            });
            // @end
            assertThat(lengths).containsExactly(3, 5);
        }
    }

    private static int measure(String text) {
        Async.checkpoint();
        return text.length();
    }

    @Test
    void aChannelCrossesFromLoopToLoop() {
        // @start region="crossing"
        try (var loops = LoopGroup.open(2)) {
            Channel<Integer> numbers = Channel.crossing(16);
            loops.submit(() -> {
                try (var sender = numbers.sender()) {
                    for (int i = 1; i <= 3; i++) {
                        sender.send(i);
                    }
                }
            });
            List<Integer> received = loops.submit(() -> {
                var all = new ArrayList<Integer>();
                for (int number : numbers.receiver()) {
                    all.add(number);
                }
                return all;
            }).join();
            // @end
            assertThat(received).containsExactly(1, 2, 3);
        }
    }
}
