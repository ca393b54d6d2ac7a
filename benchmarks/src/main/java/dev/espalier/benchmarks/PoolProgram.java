package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.process.PoolOptions;
import dev.espalier.process.ProcessPool;
import dev.espalier.process.RemoteFunction;
import dev.espalier.process.RemoteTask;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One worker of a {@link ProcessPool}: prints the median microseconds of one small call at a time ({@code roundtrip}),
 * or the calls a second with 256 in flight ({@code throughput}), or the items a second of a map over a million
 * ({@code map}). The second argument: seconds to measure, after as many to warm up.
 */
final class PoolProgram {
    private static final int IN_FLIGHT = 256;
    private static final int ITEMS = 1_000_000;
    private static final int MOST_SAMPLES = 1 << 20;
    private static final RemoteFunction<Integer, Integer, RuntimeException> INCREMENT = value -> value + 1;

    private PoolProgram() {
    }

    public static void main(String[] args) {
        long nanos = (long) (Double.parseDouble(args[1]) * 1e9);
        Async.run(() -> {
            try (ProcessPool pool = ProcessPool.open(PoolOptions.defaults().withWorkers(1))) {
                measure(args[0], pool, nanos); // warms up
                System.out.println(measure(args[0], pool, nanos));
            }
        });
    }

    private static double measure(String what, ProcessPool pool, long nanos) {
        return switch (what) {
            case "roundtrip" -> roundTripMicros(pool, nanos);
            case "throughput" -> callsPerSecond(pool, nanos);
            case "map" -> itemsPerSecond(pool, nanos);
            default -> throw new IllegalArgumentException("Measured is roundtrip, throughput or map, not " + what);
        };
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

    private static double callsPerSecond(ProcessPool pool, long nanos) {
        Deque<RemoteTask<Integer>> flight = new ArrayDeque<>();
        for (int i = 0; i < IN_FLIGHT; i++) {
            flight.add(pool.submit(INCREMENT, i));
        }
        int calls = 0;
        long started = System.nanoTime();
        while (System.nanoTime() - started < nanos) {
            Check.equal(calls + 1, flight.remove().await());
            flight.add(pool.submit(INCREMENT, IN_FLIGHT + calls++));
        }
        double perSecond = calls * 1e9 / (System.nanoTime() - started);
        flight.forEach(RemoteTask::await);
        return perSecond;
    }
}
