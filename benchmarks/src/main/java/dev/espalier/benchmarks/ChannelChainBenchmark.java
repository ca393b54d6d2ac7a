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

/** Ten thousand channels of capacity 16 in a row, a task between each two: nanoseconds for each hop of an element. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(ChannelChainBenchmark.CHANNELS * ChannelChainBenchmark.ELEMENTS)
public class ChannelChainBenchmark {
    static final int CHANNELS = 10_000;
    static final int ELEMENTS = 200;
    static final int CAPACITY = 16;

    @State(Scope.Benchmark)
    public static class Kotlin {
        final IntConsumer program = Peers.load("KotlinChain");
    }

    @State(Scope.Benchmark)
    public static class Jox {
        final IntConsumer program = Peers.onVirtualThread(Peers.load("JoxChain"));
    }

    @Benchmark
    public long espalier() {
        return Async.run(() -> TaskGroup.call(group -> {
            Channel<Integer> first = Channel.open(CAPACITY);
            Channel<Integer> last = first;
            for (int i = 1; i < CHANNELS; i++) {
                Channel<Integer> from = last;
                Channel<Integer> to = Channel.open(CAPACITY);
                group.start(() -> forward(from, to));
                last = to;
            }
            group.start(() -> {
                for (int i = 0; i < ELEMENTS; i++) {
                    first.sender().send(1);
                }
            });
            long sum = 0;
            for (int i = 0; i < ELEMENTS; i++) {
                sum += last.receiver().receive();
            }
            return Check.equal(ELEMENTS, sum);
        }));
    }

    private static void forward(Channel<Integer> from, Channel<Integer> to) {
        for (int i = 0; i < ELEMENTS; i++) {
            to.sender().send(from.receiver().receive());
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
