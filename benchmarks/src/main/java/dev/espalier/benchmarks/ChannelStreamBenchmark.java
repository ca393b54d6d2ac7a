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
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One producer, one consumer, one channel: nanoseconds for each element. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(ChannelStreamBenchmark.ELEMENTS)
@State(Scope.Benchmark)
public class ChannelStreamBenchmark {
    static final int ELEMENTS = 500_000;

    @Param({"16", "100"})
    int capacity;

    private IntConsumer kotlin;
    private IntConsumer jox;

    @Setup
    public void loadPeers() {
        kotlin = Peers.ofCapacity("KotlinStream", capacity);
        jox = Peers.ofCapacity("JoxStream", capacity);
    }

    @Benchmark
    public long espalier() {
        return Async.run(() -> TaskGroup.call(group -> {
            Channel<Integer> channel = Channel.open(capacity);
            group.start(() -> {
                try (var sender = channel.sender()) {
                    for (int i = 0; i < ELEMENTS; i++) {
                        sender.send(1);
                    }
                }
            });
            long sum = 0;
            for (int i = 0; i < ELEMENTS; i++) {
                sum += channel.receiver().receive();
            }
            return Check.equal(ELEMENTS, sum);
        }));
    }

    @Benchmark
    public void kotlin() {
        kotlin.accept(ELEMENTS);
    }

    @Benchmark
    public void jox() {
        Peers.onVirtualThread(jox).accept(ELEMENTS);
    }
}
