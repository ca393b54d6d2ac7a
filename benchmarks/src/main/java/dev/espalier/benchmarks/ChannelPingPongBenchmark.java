package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.core.Channel;
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

/** Two tasks and two channels of capacity 1: a value goes there and back. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(ChannelPingPongBenchmark.ROUNDS)
public class ChannelPingPongBenchmark {
    static final int ROUNDS = 100_000;

    @State(Scope.Benchmark)
    public static class Kotlin {
        final IntConsumer program = Peers.load("KotlinPingPong");
    }

    @State(Scope.Benchmark)
    public static class Jox {
        final IntConsumer program = Peers.onVirtualThread(Peers.load("JoxPingPong"));
    }

    @Benchmark
    public long espalier() {
        return Async.run(() -> TaskGroup.call(group -> {
            Channel<Integer> there = Channel.open(1);
            Channel<Integer> back = Channel.open(1);
            group.start(() -> {
                for (int i = 0; i < ROUNDS; i++) {
                    back.sender().send(there.receiver().receive());
                }
            });
            long sum = 0;
            for (int i = 0; i < ROUNDS; i++) {
                there.sender().send(1);
                sum += back.receiver().receive();
            }
            return Check.equal(ROUNDS, sum);
        }));
    }

    @Benchmark
    public void kotlin(Kotlin peer) {
        peer.program.accept(ROUNDS);
    }

    @Benchmark
    @OperationsPerInvocation(ROUNDS / 5)
    public void jox(Jox peer) {
        peer.program.accept(ROUNDS / 5);
    }
}
