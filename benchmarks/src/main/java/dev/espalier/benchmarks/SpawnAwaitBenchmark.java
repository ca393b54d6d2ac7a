package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** One task starts a child and awaits its result, over and over, in one scope. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(SpawnAwaitBenchmark.CHILDREN)
public class SpawnAwaitBenchmark {
    static final int CHILDREN = 100_000;

    @State(Scope.Benchmark)
    public static class Kotlin {
        final IntConsumer program = Peers.load("KotlinSpawnAwait");
    }

    @State(Scope.Benchmark)
    public static class Jox {
        final IntConsumer program = Peers.onVirtualThread(Peers.load("JoxSpawnAwait"));
    }

    @Benchmark
    public long espalier() {
        return Async.run(() -> TaskGroup.call(group -> {
            long sum = 0;
            for (int i = 0; i < CHILDREN; i++) {
                int value = i;
                sum += group.start(() -> value).await();
            }
            return sum;
        }));
    }

    @State(Scope.Benchmark)
    public static class VirtualThreads {
        final IntConsumer program = Peers.onVirtualThread(VirtualThreads::spawnAndJoin);

        private static void spawnAndJoin(int children) {
            try {
                for (int i = 0; i < children; i++) {
                    Thread.startVirtualThread(() -> { }).join();
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Benchmark
    public void jdk(VirtualThreads peer) {
        peer.program.accept(CHILDREN);
    }

    @Benchmark
    public void kotlin(Kotlin peer) {
        peer.program.accept(CHILDREN);
    }

    @Benchmark
    public void jox(Jox peer) {
        peer.program.accept(CHILDREN);
    }
}
