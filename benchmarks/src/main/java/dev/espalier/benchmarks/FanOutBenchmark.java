package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** One scope starts a million trivial children and ends when all of them have: nanoseconds for each child. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(FanOutBenchmark.CHILDREN)
public class FanOutBenchmark {
    static final int CHILDREN = 1_000_000;

    @State(Scope.Benchmark)
    public static class Kotlin {
        final IntConsumer program = Peers.load("KotlinFanOut");
    }

    @State(Scope.Benchmark)
    public static class Jox {
        final IntConsumer program = Peers.onVirtualThread(Peers.load("JoxFanOut"));
    }

    @Benchmark
    public long espalier() {
        long[] ran = new long[1];
        Async.run(() -> TaskGroup.run(group -> {
            for (int i = 0; i < CHILDREN; i++) {
                group.start(() -> {
                    ran[0]++;
                });
            }
        }));
        return Check.equal(CHILDREN, ran[0]);
    }

    @Benchmark
    public long jdk() {
        AtomicLong ran = new AtomicLong();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CHILDREN; i++) {
                threads.execute(ran::incrementAndGet);
            }
        }
        return Check.equal(CHILDREN, ran.get());
    }

    @Benchmark
    public void kotlin(Kotlin peer) {
        peer.program.accept(CHILDREN);
    }

    /** Fewer, because a million take seconds; each costs the same. */
    @Benchmark
    @OperationsPerInvocation(CHILDREN / 5)
    public void jox(Jox peer) {
        peer.program.accept(CHILDREN / 5);
    }
}
