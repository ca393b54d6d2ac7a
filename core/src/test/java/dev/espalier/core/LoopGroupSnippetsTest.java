package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The snippets of the Javadoc of loop groups and of channels between loops. */
class LoopGroupSnippetsTest {
    private static long countPrimes(long from, long to) {
        return LongStream.range(from, to)
                .filter(n -> n > 1 && LongStream.rangeClosed(2, (long) Math.sqrt(n)).allMatch(d -> n % d != 0))
                .count();
    }

    @Test
    void twoLoopsComputeAtTheSameTime() {
        // @start region="group"
        long primes = Async.run(() -> {
            try (var group = LoopGroup.open(2)) {
                List<Long> halves = Async.gather(
                        () -> group.call(() -> countPrimes(0, 500)), () -> group.call(() -> countPrimes(500, 1000)));
                return halves.get(0) + halves.get(1);
            }
        });
        // @end
        assertThat(primes).isEqualTo(168);
    }

    @Test
    void oneLoopSendsAnotherReceives() {
        // @start region="crossing"
        int sum = Async.run(() -> {
            Channel<Integer> numbers = Channel.crossing(16);
            try (var group = LoopGroup.open(1)) {
                group.next().submit(() -> {
                    try (Sender<Integer> sender = numbers.sender()) {
                        for (int i = 1; i <= 100; i++) {
                            sender.send(i);
                        }
                    }
                });
                int total = 0;
                for (int number : numbers.receiver()) {
                    total += number;
                }
                return total;
            }
        });
        // @end
        assertThat(sum).isEqualTo(5050);
    }
}
