package dev.espalier.process;

import dev.espalier.core.Async;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A program with a busy pool, for tests that do something to the program itself. With the argument {@code once} it runs
 * some tasks, says {@code done} or which exception ended it, and ends; without, it says {@code more} after each round
 * and goes on for ever.
 */
final class ChaosParent implements AutoCloseable {
    private final Process process;
    private final BufferedReader lines;

    private ChaosParent(Process process) {
        this.process = process;
        this.lines = new BufferedReader(new InputStreamReader(process.getInputStream()));
    }

    /** Starts it, behind a command such as {@code sh -c '…; exec "$@"' sh}. */
    static ChaosParent start(List<String> before, String... arguments) throws IOException {
        List<String> line = new ArrayList<>(before);
        line.addAll(List.of(LaunchLine.java(), "-Xmx128m", "-XX:-UsePerfData", "-cp",
                System.getProperty("java.class.path"), ChaosParent.class.getName()));
        line.addAll(List.of(arguments));
        return new ChaosParent(new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    Process process() {
        return process;
    }

    String line() throws IOException {
        return String.valueOf(lines.readLine());
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    public static void main(String[] arguments) {
        boolean once = arguments.length > 0;
        try {
            Async.run(() -> {
                try (var pool = ProcessPool.open(TestPools.TWO.withStartAttempts(2))) {
                    do {
                        round(pool);
                        System.out.println("more");
                    } while (!once);
                }
            });
            System.out.println("done");
        } catch (RuntimeException failure) {
            System.out.println(failure.getClass().getSimpleName());
        }
    }

    private static void round(ProcessPool pool) {
        byte[] payload = new byte[100_000];
        List<byte[]> back = pool.map(List.of(payload, payload, payload), bytes -> bytes);
        if (back.size() != 3) {
            throw new IllegalStateException("lost");
        }
        pool.call(() -> LockSupport.parkNanos(2_000_000));
    }
}
