package dev.espalier.testing;

import static dev.espalier.core.Async.sleep;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.espalier.core.Channel;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.time.Duration;
import java.time.Instant;
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
    void theClockHasTwoFaces() {
        // @start region="clock"
        LoopTester.run(t -> {
            VirtualClock clock = t.clock();
            clock.advanceBy(Duration.ofHours(1));
            assertEquals("2000-01-01T01:00:00Z", clock.now().toString());

            clock.setWall(Instant.parse("1999-12-31T23:59:59Z")); // somebody sets the clock of the machine back
            sleep(Duration.ofSeconds(1));
            assertEquals("2000-01-01T00:00:00Z", clock.now().toString());
            assertEquals(Duration.ofHours(1).plusSeconds(1), clock.elapsed());
        });
        // @end
    }

    @Test
    void eventuallyLooksAfterEachTick() {
        LoopTester.run(t -> {
            var lines = new ArrayList<String>();
            t.background().start(() -> {
                sleep(Duration.ofSeconds(90));
                lines.add("ready");
            });
            // @start region="eventually"
            t.eventually(Duration.ofMinutes(2), () -> assertEquals(List.of("ready"), lines));
            assertEquals(Duration.ofSeconds(90), t.clock().elapsed()); // not a moment later
            // @end
        });
    }

    @Test
    void flagsMustBeReached() {
        LoopTester.run(t -> {
            // @start region="flag"
            Flag rings = t.flag("the bell rings", 2);
            EventLoop.current().callLater(Duration.ofHours(1), rings::reach);
            EventLoop.current().callLater(Duration.ofHours(2), rings::reach);
            rings.await(); // without this line the test would end, and fail: the bell has not rung
            // @end
            assertEquals(Duration.ofHours(2), t.clock().elapsed());
        });
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
