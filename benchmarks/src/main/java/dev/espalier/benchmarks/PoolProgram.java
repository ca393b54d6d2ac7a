package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import dev.espalier.process.PoolOptions;
import dev.espalier.process.ProcessPool;
import dev.espalier.process.RemoteFunction;
import dev.espalier.process.RemoteTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A {@link ProcessPool}, mostly of one worker. The first argument says what is measured and printed:
 *
 * <ul>
 *   <li>{@code roundtrip}: the median microseconds of one small call at a time; {@code silence}: the same, a
 *       millisecond after the one before; {@code four}: of four workers with one call each; {@code hogs}: beside two processes that
 *       do nothing but compute
 *   <li>{@code throughput}: calls a second with 256 in flight; {@code cpu}: the parent's microseconds of processor for
 *       each of them
 *   <li>{@code efficiency}: calls of 50 microseconds a second, two at each of two workers
 *   <li>{@code map}: items a second of a map over a million
 *   <li>{@code payload-1m}, {@code payload-64m}: bytes there and back, in 1e9 bytes a second of both ways
 * </ul>
 *
 * The second argument: seconds to measure. Before that come four seconds of calls or more, whatever is measured: all bars are about
 * compiled code, and where most of the time is waited (silence) as many calls would take minutes.
 */
final class PoolProgram {
    private static final int IN_FLIGHT = 256;
    private static final int ITEMS = 1_000_000;
    private static final int MOST_SAMPLES = 1 << 20;
    private static final RemoteFunction<Integer, Integer, RuntimeException> INCREMENT = value -> value + 1;
    private static final RemoteFunction<Integer, Integer, RuntimeException> WORK = PoolProgram::work;
    private static final RemoteFunction<byte[], byte[], RuntimeException> ECHO = bytes -> bytes;
    private static final long WORK_NANOS = 50_000;
    private static final long WARM_UP_NANOS = 4_000_000_000L;

    private PoolProgram() {
    }

    public static void main(String[] args) {
        long nanos = (long) (Double.parseDouble(args[1]) * 1e9);
        Async.run(() -> {
            try (ProcessPool pool = ProcessPool.open(options(args[0]))) {
                warmUp(args[0], pool);
                System.out.println(args[0].equals("hogs") ? besideHogs(pool, nanos) : measure(args[0], pool, nanos));
            }
        });
    }

    // They come after the warm-up: they would take the processors from the compilers, too.
    private static double besideHogs(ProcessPool pool, long nanos) {
        List<Process> hogs = List.of(hog(), hog());
        try {
            roundTripMicros(pool, WARM_UP_NANOS / 2);
            return roundTripMicros(pool, nanos);
        } finally {
            hogs.forEach(Process::destroyForcibly);
        }
    }

    private static PoolOptions options(String what) {
        PoolOptions options = PoolOptions.defaults().withHeapBytes(768L << 20);
        return switch (what) {
            case "four" -> options.withWorkers(4);
            case "efficiency" -> options.withWorkers(2);
            default -> options.withWorkers(1);
        };
    }

    private static void warmUp(String what, ProcessPool pool) {
        switch (what) {
            case "silence" -> roundTripMicros(pool, WARM_UP_NANOS);
            case "four" -> microsOfFour(pool, 2 * WARM_UP_NANOS); // five processes compile on the processors of two
            default -> measure(what, pool, WARM_UP_NANOS);
        }
    }

    private static Process hog() {
        try {
            return new ProcessBuilder("sh", "-c", "while :; do :; done").start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double measure(String what, ProcessPool pool, long nanos) {
        return switch (what) {
            case "roundtrip", "hogs" -> roundTripMicros(pool, nanos);
            case "silence" -> microsAfterSilence(pool, nanos);
            case "four" -> microsOfFour(pool, nanos);
            case "throughput" -> callsPerSecond(pool, nanos, IN_FLIGHT, INCREMENT);
            case "cpu" -> parentMicros(pool, nanos);
            case "efficiency" -> callsPerSecond(pool, nanos, 4, WORK);
            case "map" -> itemsPerSecond(pool, nanos);
            case "payload-1m" -> gigabytesPerSecond(pool, nanos, 1 << 20);
            case "payload-64m" -> gigabytesPerSecond(pool, nanos, 64 << 20);
            default -> throw new IllegalArgumentException("Nothing is called " + what);
        };
    }

    private static int work(int value) {
        long end = System.nanoTime() + WORK_NANOS;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        return value + 1;
    }

    private static double microsAfterSilence(ProcessPool pool, long nanos) {
        long[] samples = new long[MOST_SAMPLES];
        int count = 0;
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() < end && count < MOST_SAMPLES) {
            Async.sleep(Duration.ofMillis(1));
            long called = System.nanoTime();
            Check.equal(count + 1, pool.call(INCREMENT, count));
            samples[count++] = System.nanoTime() - called;
        }
        Arrays.sort(samples, 0, count);
        return samples[count / 2] / 1000.0;
    }

    private static double microsOfFour(ProcessPool pool, long nanos) {
        List<Double> medians = new ArrayList<>();
        TaskGroup.run(group -> {
            for (int i = 0; i < 4; i++) {
                group.start(() -> medians.add(roundTripMicros(pool, nanos)));
            }
        });
        return medians.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }

    private static double parentMicros(ProcessPool pool, long nanos) {
        Duration before = cpu();
        double calls = callsPerSecond(pool, nanos, IN_FLIGHT, INCREMENT) * nanos / 1e9;
        return cpu().minus(before).toNanos() / calls / 1000;
    }

    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow();
    }

    private static double gigabytesPerSecond(ProcessPool pool, long nanos, int size) {
        byte[] payload = new byte[size];
        long bytes = 0;
        long started = System.nanoTime();
        while (System.nanoTime() - started < nanos) {
            Check.equal(size, pool.call(ECHO, payload).length);
            bytes += 2L * size;
        }
        return (double) bytes / (System.nanoTime() - started);
    }

    private static double roundTripMicros(ProcessPool pool, long nanos) {
        long[] samples = new long[MOST_SAMPLES];
        int count = 0;
        long end = System.nanoTime() + nanos;
        for (long called = System.nanoTime(); called < end && count < MOST_SAMPLES; called = System.nanoTime()) {
            Check.equal(count + 1, pool.call(INCREMENT, count));
            samples[count++] = System.nanoTime() - called;
        }
        Arrays.sort(samples, 0, count);
        return samples[count / 2] / 1000.0;
    }

    private static double itemsPerSecond(ProcessPool pool, long nanos) {
        List<Integer> arguments = IntStream.range(0, ITEMS).boxed().toList();
        long items = 0;
        long started = System.nanoTime();
        while (System.nanoTime() - started < nanos) {
            List<Integer> values = pool.map(arguments, INCREMENT);
            Check.equal(ITEMS, values.size());
            Check.equal(ITEMS, values.getLast());
            items += ITEMS;
        }
        return items * 1e9 / (System.nanoTime() - started);
    }

    private static double callsPerSecond(ProcessPool pool, long nanos, int inFlight,
            RemoteFunction<Integer, Integer, RuntimeException> function) {
        Deque<RemoteTask<Integer>> flight = new ArrayDeque<>();
        for (int i = 0; i < inFlight; i++) {
            flight.add(pool.submit(function, i));
        }
        int calls = 0;
        long started = System.nanoTime();
        while (System.nanoTime() - started < nanos) {
            Check.equal(calls + 1, flight.remove().await());
            flight.add(pool.submit(function, inFlight + calls++));
        }
        double perSecond = calls * 1e9 / (System.nanoTime() - started);
        flight.forEach(RemoteTask::await);
        return perSecond;
    }
}
