package dev.espalier.benchmarks;

import dev.espalier.core.EventLoop;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Adds a million timers, then cancels each in the order of adding: nanoseconds for both. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(TimersBenchmark.TIMERS)
public class TimersBenchmark {
    static final int TIMERS = 1_000_000;
    private static final int ONE_HOUR_IN_SECONDS = 3600;

    @Param({"increasing", "random", "equal"})
    public String order = "increasing";

    private final Duration[] delays = new Duration[TIMERS];
    private final EventLoop.Handle[] handles = new EventLoop.Handle[TIMERS];
    private final LoopThread thread = LoopThread.start();

    @Setup
    public void chooseDelays() {
        Random random = new Random(1);
        for (int i = 0; i < TIMERS; i++) {
            int micros = switch (order) {
                case "increasing" -> i;
                case "random" -> random.nextInt(TIMERS);
                case "equal" -> 0;
                default -> throw new IllegalArgumentException("Order is increasing, random or equal, not " + order);
            };
            delays[i] = Duration.ofSeconds(ONE_HOUR_IN_SECONDS, micros * 1000L);
        }
    }

    @TearDown
    public void close() {
        thread.close();
    }

    @Benchmark
    public void espalier() {
        thread.call(() -> {
            for (int i = 0; i < TIMERS; i++) {
                handles[i] = thread.loop().callLater(delays[i], () -> { });
            }
            for (EventLoop.Handle handle : handles) {
                handle.cancel();
            }
            return null;
        });
    }
}
