package dev.espalier.benchmarks;

import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Prints the median of the microseconds from the call in a foreign thread to the callback in a loop that was asleep.
 * Arguments: {@code espalier} or {@code jdk} (an executor of one thread), and the number of wake-ups.
 */
final class WakeProgram {
    private static final long PAUSE_NANOS = 1_000_000;

    private WakeProgram() {
    }

    public static void main(String[] args) throws InterruptedException {
        int wakes = Integer.parseInt(args[1]);
        double micros = switch (args[0]) {
            case "espalier" -> espalier(wakes);
            case "jdk" -> jdk(wakes);
            default -> throw new IllegalArgumentException("The subject is espalier or jdk, not " + args[0]);
        };
        System.out.println(micros);
    }

    private static double espalier(int wakes) throws InterruptedException {
        try (LoopThread loop = LoopThread.start()) {
            return median(loop.loop()::callSoonThreadsafe, wakes);
        }
    }

    private static double jdk(int wakes) throws InterruptedException {
        try (ExecutorService single = Executors.newSingleThreadExecutor()) {
            return median(single, wakes);
        }
    }

    private static double median(Executor sleeper, int wakes) throws InterruptedException {
        long[] nanos = new long[wakes];
        for (int i = -wakes / 2; i < wakes; i++) { // the first ones, below zero, only warm up
            LockSupport.parkNanos(PAUSE_NANOS); // so that the loop is asleep when the call comes
            long latency = wake(sleeper);
            if (i >= 0) {
                nanos[i] = latency;
            }
        }
        Arrays.sort(nanos);
        return nanos[wakes / 2] / 1000.0;
    }

    private static long wake(Executor sleeper) throws InterruptedException {
        AtomicLong arrived = new AtomicLong();
        CountDownLatch done = new CountDownLatch(1);
        long called = System.nanoTime();
        sleeper.execute(() -> {
            arrived.set(System.nanoTime());
            done.countDown();
        });
        done.await();
        return arrived.get() - called;
    }
}
