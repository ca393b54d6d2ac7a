package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.process.PoolOptions;
import dev.espalier.process.ProcessPool;
import dev.espalier.process.RemoteFunction;
import dev.espalier.process.WorkerSnapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What two workers cost that have worked and have nothing to do. The argument says what is printed: {@code cpu}, the
 * percentage of one processor that they and this process take together; {@code memory}, the private MiB of one of them.
 * Linux only.
 */
final class IdleChildrenProgram {
    private static final RemoteFunction<Integer, Integer, RuntimeException> INCREMENT = value -> value + 1;
    private static final int CALLS = 200_000;
    /** Longer than the interval in which the C library's memory is given back. */
    private static final Duration SETTLING = Duration.ofSeconds(7);
    private static final Duration WATCHED = Duration.ofSeconds(10);
    private static final int READINGS = 500;

    private IdleChildrenProgram() {
    }

    public static void main(String[] args) {
        Async.run(() -> {
            try (ProcessPool pool = ProcessPool.open(PoolOptions.defaults().withWorkers(2))) {
                List<Integer> hot = pool.map(numbers(), value -> Integer.toString(value).length());
                Check.equal(CALLS, hot.size());
                for (int i = 0; i < CALLS; i++) {
                    Check.equal(i + 1, pool.call(INCREMENT, i));
                }
                List<Long> children = pool.workers().stream().map(WorkerSnapshot::pid).toList();
                if (args[0].equals("cpu")) {
                    for (int i = 0; i < READINGS; i++) {
                        nanosOfThreads(children); // compiled, or it is most of what is measured
                    }
                }
                Async.sleep(SETTLING);
                System.out.println(args[0].equals("cpu") ? percentOfProcessor(children) : privateMebibytes(children));
            }
        });
    }

    private static List<Integer> numbers() {
        return Stream.iterate(0, n -> n + 1).limit(CALLS).toList();
    }

    private static double percentOfProcessor(List<Long> children) {
        Map<Path, Long> before = nanosOfThreads(children);
        long from = System.nanoTime();
        Async.sleep(WATCHED);
        Map<Path, Long> after = nanosOfThreads(children);
        long took = System.nanoTime() - from;
        // A thread that has ended meanwhile is gone, with what it took before.
        after.replaceAll((thread, nanos) -> nanos - before.getOrDefault(thread, 0L));
        return 100.0 * after.values().stream().mapToLong(Long::longValue).sum() / took;
    }

    /** Of the children and of this process. */
    private static Map<Path, Long> nanosOfThreads(List<Long> children) {
        Map<Path, Long> nanos = new HashMap<>();
        Stream.concat(children.stream(), Stream.of(ProcessHandle.current().pid())).forEach(pid -> {
            try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
                threads.forEach(thread -> nanos.put(thread, Long.parseLong(read(thread.resolve("schedstat")).split(" ")[0])));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return nanos;
    }

    private static double privateMebibytes(List<Long> children) {
        return children.stream().mapToLong(IdleChildrenProgram::privateKibibytes).average().orElseThrow() / 1024;
    }

    private static long privateKibibytes(long pid) {
        return read(Path.of("/proc", Long.toString(pid), "smaps_rollup")).lines()
                .filter(line -> line.startsWith("Private_"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
