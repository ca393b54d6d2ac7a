package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.io.AsyncFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * Prints how many files a second are read of a tree of ten thousand of a thousand bytes each, which the system has in memory. Arguments:
 * {@code espalier} or {@code jdk}, which reads with blocking calls on one thread a core; the folder of the tree, made if it is not there.
 */
final class FileReadProgram {
    private static final int FOLDERS = 100;
    private static final int FILES = 10_000;
    private static final int SIZE = 1000;
    /** Until both are compiled: after a second the blocking reader, which has less code, is, and the loop is not. */
    private static final int WARM_UPS = 60;
    private static final int ITERATIONS = 20;

    private FileReadProgram() {
    }

    public static void main(String[] args) throws Exception {
        List<Path> paths = tree(Path.of(args[1]));
        if (args[0].equals("espalier")) {
            Async.run(() -> print(() -> readAwaiting(paths)));
        } else {
            int cores = Runtime.getRuntime().availableProcessors();
            try (ExecutorService threads = Executors.newFixedThreadPool(cores)) {
                print(() -> readBlocking(threads, cores, paths));
            }
        }
    }

    private static List<Path> tree(Path root) throws IOException {
        Path complete = root.resolve("complete");
        for (int i = 0; i < FILES && !Files.exists(complete); i++) {
            Path folder = Files.createDirectories(root.resolve("folder" + i % FOLDERS));
            Files.write(folder.resolve("file" + i), new byte[SIZE]);
        }
        Files.write(complete, new byte[0]);
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(path -> Files.isRegularFile(path) && !path.equals(complete)).toList();
        }
    }

    private static void print(Callable<Long> reading) throws Exception {
        double[] perSecond = new double[ITERATIONS];
        for (int i = -WARM_UPS; i < ITERATIONS; i++) {
            long started = System.nanoTime();
            Check.equal((long) FILES * SIZE, reading.call());
            perSecond[Math.max(0, i)] = FILES / ((System.nanoTime() - started) / 1e9);
        }
        System.out.println(Rounds.median(perSecond));
    }

    private static long readAwaiting(List<Path> paths) throws IOException {
        return AsyncFile.readEach(paths, SIZE).stream().mapToLong(bytes -> bytes.length).sum();
    }

    private static long readBlocking(ExecutorService threads, int cores, List<Path> paths) throws Exception {
        int share = (paths.size() + cores - 1) / cores;
        List<Future<List<byte[]>>> parts = new ArrayList<>();
        for (int from = 0; from < paths.size(); from += share) {
            List<Path> part = paths.subList(from, Math.min(from + share, paths.size()));
            parts.add(threads.submit(() -> read(part)));
        }
        long sum = 0;
        for (Future<List<byte[]>> part : parts) {
            sum += part.get().stream().mapToLong(bytes -> bytes.length).sum();
        }
        return sum;
    }

    private static List<byte[]> read(List<Path> paths) throws IOException {
        List<byte[]> read = new ArrayList<>();
        for (Path path : paths) {
            read.add(Files.readAllBytes(path));
        }
        return read;
    }
}
