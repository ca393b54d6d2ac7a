package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A thousand tasks that yield in turn: the price of one switch. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(SwitchBenchmark.TASKS * SwitchBenchmark.YIELDS)
public class SwitchBenchmark {
    static final int TASKS = 1000;
    static final int YIELDS = 300;

    @State(Scope.Benchmark)
    public static class Kotlin {
        final IntConsumer program = Peers.load("KotlinSwitch");
    }

    @Benchmark
    public void espalier() {
        Async.run(() -> TaskGroup.run(group -> {
            for (int i = 0; i < TASKS; i++) {
                group.start(() -> {
                    for (int k = 0; k < YIELDS; k++) {
                        Async.checkpoint();
                    }
                });
            }
        }));
    }

    @Benchmark
    public void jdk() {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < TASKS; i++) {
                threads.execute(() -> {
                    for (int k = 0; k < YIELDS; k++) {
                        Thread.yield();
                    }
                });
            }
        }
    }

    @Benchmark
    public void kotlin(Kotlin peer) {
        peer.program.accept(TASKS * YIELDS);
    }
}
