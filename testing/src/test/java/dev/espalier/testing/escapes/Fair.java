package dev.espalier.testing.escapes;

import java.time.Clock;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Takes its time, its luck and its threads from others. */
public final class Fair {
    private Fair() {}

    /** No call escapes: each has a twin that does. */
    public static String draw(Clock clock, long seed, Executor loop) {
        return Instant.now(clock) + " " + new Random(seed).nextInt() + CompletableFuture.supplyAsync(() -> 1, loop);
    }
}
