package dev.espalier.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.espalier.core.Async;
import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Awaitable.Cancelled;
import dev.espalier.core.Awaitable.Succeeded;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** The snippets of the sweep. */
class SweepSnippetsTest {
    @Test
    void aSweepCancelsEverywhere() {
        // @start region="sweep"
        Sweep sweep = LoopTester.sweep(t -> {
            var permits = AsyncSemaphore.of(1);
            var log = new ArrayList<String>();
            t.conserve("permits", permits::available);
            var end = t.swept(() -> permits.withPermit(() -> {
                Async.sleep(Duration.ofSeconds(1));
                log.add("done");
            }));
            switch (end) {
                case Succeeded<Void> _ -> assertEquals(1, log.size());
                case Cancelled<Void> _ -> assertEquals(0, log.size());
                default -> throw new AssertionError(end);
            }
        });
        assertEquals(1, sweep.awaits().size()); // the sleep
        assertEquals(2, sweep.yielding().size()); // and the permit, which is free
        // @end
    }
}
