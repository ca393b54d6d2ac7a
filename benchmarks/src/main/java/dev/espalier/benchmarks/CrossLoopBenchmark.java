package dev.espalier.benchmarks;

import dev.espalier.core.Channel;
import dev.espalier.core.LoopGroup;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A value goes from one loop of a group to another and back; beside it, from one virtual thread of the JDK to another. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(CrossLoopBenchmark.ROUNDS)
public class CrossLoopBenchmark {
    static final int ROUNDS = 20_000;

    @State(Scope.Benchmark)
    public static class Loops {
        private final LoopGroup group = LoopGroup.open(2);

        @TearDown
        public void close() {
            group.close();
        }
    }

    @Benchmark
    public long espalier(Loops loops) {
        Channel<Integer> there = Channel.crossing(1);
        Channel<Integer> back = Channel.crossing(1);
        CompletableFuture<Void> echo = loops.group.loops().get(0).submit(() -> {
            for (int i = 0; i < ROUNDS; i++) {
                back.sender().send(there.receiver().receive());
            }
        });
        long sum = loops.group.loops().get(1).submit(() -> {
            long received = 0;
            for (int i = 0; i < ROUNDS; i++) {
                there.sender().send(1);
                received += back.receiver().receive();
            }
            return received;
        }).join();
        echo.join();
        return Check.equal(ROUNDS, sum);
    }

    @Benchmark
    public void bounded() {
        pingPong(new ArrayBlockingQueue<>(1), new ArrayBlockingQueue<>(1));
    }

    @Benchmark
    public void linked() {
        pingPong(new LinkedTransferQueue<>(), new LinkedTransferQueue<>());
    }

    private static void pingPong(BlockingQueue<Integer> there, BlockingQueue<Integer> back) {
        IntConsumer ping = Peers.onVirtualThread(rounds -> {
            Thread echo = Thread.startVirtualThread(() -> forward(there, back, rounds));
            try {
                long sum = 0;
                for (int i = 0; i < rounds; i++) {
                    there.put(1);
                    sum += back.take();
                }
                echo.join();
                Check.equal(rounds, sum);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        ping.accept(ROUNDS);
    }

    private static void forward(BlockingQueue<Integer> from, BlockingQueue<Integer> to, int values) {
        try {
            for (int i = 0; i < values; i++) {
                to.put(from.take());
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
