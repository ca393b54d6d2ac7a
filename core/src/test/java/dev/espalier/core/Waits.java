package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;

import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Short names for what tests do all the time. */
final class Waits {
    private Waits() {}

    static Duration seconds(long count) {
        return Duration.ofSeconds(count);
    }

    static Duration millis(long count) {
        return Duration.ofMillis(count);
    }

    /** A body that takes its time. */
    static String after(long seconds, String value) {
        sleep(seconds(seconds));
        return value;
    }

    /** A body that takes its time and fails. */
    static String failing(long seconds, String message) throws IOException {
        sleep(seconds(seconds));
        throw new IOException(message);
    }

    /** Gives way some ticks, so that everything that is ready gets its turn. */
    static void settle() {
        for (int i = 0; i < 8; i++) {
            checkpoint();
        }
    }

    /** Gives way until something holds, which takes at most some ticks. */
    static void until(BooleanSupplier condition) {
        for (int i = 0; i < 1000 && !condition.getAsBoolean(); i++) {
            checkpoint();
        }
        if (!condition.getAsBoolean()) {
            throw new AssertionError("it did not come to hold in 1000 ticks");
        }
    }

    /** Gives way until something holds that other threads bring about; in real time, inside a task. */
    static void eventually(BooleanSupplier condition) {
        Async.timeout(seconds(30), () -> {
            while (!condition.getAsBoolean()) {
                Async.sleep(millis(1));
            }
        });
    }

    /** Waits for a latch and the like, outside a loop. */
    static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
