package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Enters and leaves a timeout that does not fire, while a hundred thousand later timers are alive. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(TimeoutBenchmark.TIMEOUTS)
public class TimeoutBenchmark {
    static final int TIMEOUTS = 200_000;
    static final int LATER_TIMERS = 100_000;
    private static final Duration SOON = Duration.ofSeconds(30);

    @State(Scope.Benchmark)
    public static class Loop {
        private final LoopThread thread = LoopThread.start();

        @Setup
        public void addLaterTimers() {
            thread.call(() -> {
                for (int i = 0; i < LATER_TIMERS; i++) {
                    thread.loop().callLater(Duration.ofHours(1).plusMillis(i), () -> { });
                }
                return null;
            });
        }

        @TearDown
        public void close() {
            thread.close();
        }
    }

    @State(Scope.Benchmark)
    public static class Kotlin {
        final IntConsumer program = Peers.load("KotlinTimeout");
    }

    @State(Scope.Benchmark)
    public static class Jox {
        final IntConsumer program = Peers.onVirtualThread(Peers.load("JoxTimeout"));
    }

    @Benchmark
    public long espalier(Loop loop) {
        return loop.thread.call(() -> {
            long sum = 0;
            for (int i = 0; i < TIMEOUTS; i++) {
                int value = i;
                sum += Async.timeout(SOON, () -> value);
            }
            return sum;
        });
    }

    @Benchmark
    public void kotlin(Kotlin peer) {
        peer.program.accept(TIMEOUTS);
    }

    @Benchmark
    @OperationsPerInvocation(TIMEOUTS / 10)
    public void jox(Jox peer) {
        peer.program.accept(TIMEOUTS / 10);
    }
}
