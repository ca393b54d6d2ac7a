package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.core.Channel;
import dev.espalier.core.Clause;
import dev.espalier.core.Sender;
import dev.espalier.core.TaskGroup;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Two producers, two channels without room, and one consumer that selects: nanoseconds for each element. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(SelectBenchmark.ELEMENTS)
public class SelectBenchmark {
    static final int ELEMENTS = 100_000;

    @State(Scope.Benchmark)
    public static class Kotlin {
        final IntConsumer program = Peers.load("KotlinSelect");
    }

    @State(Scope.Benchmark)
    public static class Jox {
        final IntConsumer program = Peers.onVirtualThread(Peers.load("JoxSelect"));
    }

    @Benchmark
    public long espalier() {
        return Async.run(() -> TaskGroup.call(group -> {
            Channel<Integer> left = Channel.open(0);
            Channel<Integer> right = Channel.open(0);
            group.start(() -> produce(left.sender()));
            group.start(() -> produce(right.sender()));
            Clause<Integer> fromLeft = Clause.receive(left.receiver(), Function.identity());
            Clause<Integer> fromRight = Clause.receive(right.receiver(), Function.identity());
            long sum = 0;
            for (int i = 0; i < ELEMENTS; i++) {
                sum += Async.select(fromLeft, fromRight);
            }
            return Check.equal(ELEMENTS, sum);
        }));
    }

    private static void produce(Sender<Integer> sender) {
        for (int i = 0; i < ELEMENTS / 2; i++) {
            sender.send(1);
        }
    }

    @Benchmark
    public void kotlin(Kotlin peer) {
        peer.program.accept(ELEMENTS);
    }

    @Benchmark
    public void jox(Jox peer) {
        peer.program.accept(ELEMENTS);
    }
}
