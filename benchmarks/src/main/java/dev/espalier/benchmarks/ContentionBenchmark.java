package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Mutex;
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

/**
 * A hundred tasks take turns at one lock or at some permits, and give way while they hold it: nanoseconds a turn. With one holder
 * a turn is one switch; with ten it is two, one at the entrance and one inside.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(ContentionBenchmark.TASKS * ContentionBenchmark.TURNS)
public class ContentionBenchmark {
    static final int TASKS = 100;
    static final int TURNS = 1000;

    @State(Scope.Benchmark)
    public static class KotlinMutex {
        final IntConsumer program = Peers.load("KotlinMutex");
    }

    @State(Scope.Benchmark)
    public static class Permits {
        @Param({"1", "10"})
        int permits;
    }

    @State(Scope.Benchmark)
    public static class KotlinSemaphore {
        private IntConsumer program;

        @Setup
        public void load(Permits permits) {
            program = Peers.ofCapacity("KotlinSemaphore", permits.permits);
        }
    }

    @Benchmark
    public long mutex() {
        long[] turns = new long[1];
        Async.run(() -> {
            Mutex mutex = Mutex.create();
            contend(() -> {
                mutex.lock();
                turns[0]++;
                Async.checkpoint();
                mutex.unlock();
            });
        });
        return Check.equal(TASKS * TURNS, turns[0]);
    }

    @Benchmark
    public long semaphore(Permits permits) {
        long[] turns = new long[1];
        Async.run(() -> {
            AsyncSemaphore semaphore = AsyncSemaphore.of(permits.permits);
            contend(() -> {
                semaphore.acquire();
                turns[0]++;
                Async.checkpoint();
                semaphore.release();
            });
        });
        return Check.equal(TASKS * TURNS, turns[0]);
    }

    private static void contend(Runnable turn) {
        TaskGroup.run(group -> {
            for (int i = 0; i < TASKS; i++) {
                group.start(() -> {
                    for (int k = 0; k < TURNS; k++) {
                        turn.run();
                    }
                });
            }
        });
    }

    @Benchmark
    public void kotlinMutex(KotlinMutex peer) {
        peer.program.accept(TASKS * TURNS);
    }

    @Benchmark
    public void kotlinSemaphore(KotlinSemaphore peer, Permits permits) {
        peer.program.accept(TASKS * TURNS);
    }
}
