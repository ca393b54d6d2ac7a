package dev.espalier.testing;

import static dev.espalier.core.Async.sleep;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.time.Duration;
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
