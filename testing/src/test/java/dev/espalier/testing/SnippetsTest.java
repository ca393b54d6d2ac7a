package dev.espalier.testing;

import static dev.espalier.core.Async.sleep;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.espalier.core.Channel;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** The snippets of the Javadoc. */
class SnippetsTest {
    @Test
    void aRunTakesVirtualTimeOnly() {
        // @start region="run"
        LoopTester.run(t -> TaskGroup.run(group -> {
            Task<String> slow = group.start(() -> {
                sleep(Duration.ofHours(1)); // takes no real time
                return "done";
            });
            assertEquals("done", slow.await());
            assertEquals(Duration.ofHours(1), t.clock().elapsed());
        }));
        // @end
    }

    @Test
    void sequencerForcesAnOrder() {
        var order = new ArrayList<String>();
        LoopTester.run(t -> TaskGroup.run(group -> {
            // @start region="sequencer"
            Sequencer sequence = Sequencer.create();
            group.start(() -> {
                try (var _ = sequence.at(1)) {
                    order.add("second");
                }
            });
            try (var _ = sequence.at(0)) {
                order.add("first");
            }
            // @end
        }));
        assertEquals(List.of("first", "second"), order);
    }

    @Test
    void probeTakesEventsOneByOne() {
        LoopTester.run(t -> {
            Channel<Integer> numbers = Channel.open(1);
            t.background().start(() -> {
                numbers.sender().send(1);
                sleep(Duration.ofMinutes(1));
                numbers.sender().close();
            });
            // @start region="probe"
            try (var probe = Probe.of(t, numbers.receiver())) {
                assertEquals(1, probe.next());
                probe.silenceFor(Duration.ofSeconds(59));
                probe.end();
            }
            // @end
        });
    }

    // @start region="junit"
    @LoopTest
    void triesAgainAfterAnHour(VirtualClock clock) {
        assertEquals(2, attemptsHourly(() -> clock.elapsed().isPositive()));
        assertEquals(Duration.ofHours(1), clock.elapsed());
    }
    // @end

    /** Tries once an hour until it works. */
    private static int attemptsHourly(BooleanSupplier attempt) {
        int attempts = 1;
        while (!attempt.getAsBoolean()) {
            sleep(Duration.ofHours(1));
            attempts++;
        }
        return attempts;
    }
}
