package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.process.PoolOptions;
import dev.espalier.process.ProcessPool;
import dev.espalier.process.RemoteFunction;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Milliseconds until the first result of a {@link ProcessPool} of one worker, with its start cache, which there is where the
 * library is in jars. The argument says of which:
 *
 * <ul>
 *   <li>{@code cold-parent}: of the first pool of this process, from before it is opened
 *   <li>{@code cold}: the same, of later ones; a median
 *   <li>{@code unseen}: of a worker that is ready and has run nothing yet, and of a function that it does not know; a median
 *   <li>{@code known}: of the next call of the same function there; a median
 * </ul>
 */
final class FirstResultProgram {
    private static final RemoteFunction<Integer, Integer, RuntimeException> INCREMENT = value -> value + 1;
    private static final int COLD_PARENT = 1;
    private static final int POOLS = 11;

    /** Milliseconds. */
    private record Times(double cold, double unseen, double known) {
    }

    private FirstResultProgram() {
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        Path cache = Path.of(System.getProperty("espalier.startcache"));
        if (args[0].equals("train")) {
            train(cache);
            return;
        }
        if (!isTrained(cache)) {
            // In another process: the first pool of this one may be what is measured.
            List<String> jvm = ManagementFactory.getRuntimeMXBean().getInputArguments();
            int exit = new ProcessBuilder(Forks.java(FirstResultProgram.class, jvm, "train")).inheritIO().start().waitFor();
            Check.equal(0, exit);
        }
        Times[] times = new Times[args[0].equals("cold-parent") ? COLD_PARENT : POOLS];
        Async.run(() -> {
            for (int i = 0; i < times.length; i++) {
                times[i] = measure(args[0]);
            }
        });
        double[] figures = Arrays.stream(times).mapToDouble(one -> figure(args[0], one)).sorted().toArray();
        System.out.println(figures[figures.length / 2]);
    }

    private static boolean isTrained(Path cache) throws IOException {
        if (!Files.isDirectory(cache)) {
            return false;
        }
        try (Stream<Path> files = Files.list(cache)) {
            return files.anyMatch(file -> file.toString().endsWith(".aot"));
        }
    }

    /** Keeps a pool open until its start cache is there. */
    private static void train(Path cache) throws IOException {
        Async.run(() -> Async.timeout(Duration.ofMinutes(1), () -> {
            try (ProcessPool pool = ProcessPool.open(PoolOptions.defaults().withWorkers(1))) {
                while (!isTrained(cache)) {
                    Async.sleep(Duration.ofMillis(50));
                }
                Check.equal(2, pool.call(INCREMENT, 1));
            }
        }));
    }

    private static double figure(String what, Times times) {
        return switch (what) {
            case "cold", "cold-parent" -> times.cold();
            case "unseen" -> times.unseen();
            case "known" -> times.known();
            default -> throw new IllegalArgumentException("Nothing is called " + what);
        };
    }

    private static Times measure(String what) {
        long before = System.nanoTime();
        try (ProcessPool pool = ProcessPool.open(PoolOptions.defaults().withWorkers(1))) {
            if (!what.startsWith("cold")) {
                Async.sleep(Duration.ofMillis(50)); // a spare has settled when it is needed
            }
            long ready = System.nanoTime();
            Check.equal(2, pool.call(INCREMENT, 1));
            long first = System.nanoTime();
            Check.equal(3, pool.call(INCREMENT, 2));
            long second = System.nanoTime();
            return new Times((first - before) / 1e6, (first - ready) / 1e6, (second - first) / 1e6);
        }
    }
}
