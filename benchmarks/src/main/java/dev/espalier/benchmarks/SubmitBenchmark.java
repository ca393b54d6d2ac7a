package dev.espalier.benchmarks;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;

/** Two foreign threads submit callbacks and wait for the last: millions a second, submitted and run. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@OperationsPerInvocation(SubmitBenchmark.CALLBACKS)
@Threads(2)
public class SubmitBenchmark {
    static final int CALLBACKS = 100_000;

    @State(Scope.Benchmark)
    public static class Loop {
        private final LoopThread thread = LoopThread.start();

        @TearDown
        public void close() {
            thread.close();
        }
    }

    @State(Scope.Benchmark)
    public static class SingleThread {
        private final ExecutorService executor = Executors.newSingleThreadExecutor();

        @TearDown
        public void close() {
            executor.close();
        }
    }

    /** What the callbacks of one submitter count on; touched by the thread that runs them alone. */
    @State(Scope.Thread)
    public static class Counter {
        private long ran;
    }

    @Benchmark
    public long espalier(Loop loop, Counter counter) throws InterruptedException {
        return submit(loop.thread.loop()::callSoonThreadsafe, counter);
    }

    @Benchmark
    public long jdk(SingleThread single, Counter counter) throws InterruptedException {
        return submit(single.executor, counter);
    }

    private static long submit(Executor target, Counter counter) throws InterruptedException {
        CountDownLatch last = new CountDownLatch(1);
        long before = counter.ran;
        Runnable callback = () -> counter.ran++;
        for (int i = 0; i < CALLBACKS; i++) {
            target.execute(callback);
        }
        target.execute(last::countDown);
        last.await();
        return Check.equal(CALLBACKS, counter.ran - before);
    }
}
