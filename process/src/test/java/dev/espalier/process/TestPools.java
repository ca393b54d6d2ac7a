package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.VoidBodyWith;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Small pools, and what tests do to processes.
 */
final class TestPools {
    static final PoolOptions ONE = PoolOptions.defaults().withWorkers(1).withHeapBytes(64 << 20).withOutput(line -> { });
    static final PoolOptions TWO = ONE.withWorkers(2);

    private TestPools() {
    }

    static <X extends Throwable> void run(PoolOptions options, VoidBodyWith<ProcessPool, X> body) throws X {
        Async.run(() -> {
            try (var pool = ProcessPool.open(options)) {
                body.run(pool);
            }
        });
    }

    static long pid() {
        return ProcessHandle.current().pid();
    }

    static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
    }

    /** Sends a signal by name and waits until that is done. Blocks. */
    static void signal(String name, long pid) {
        try {
            Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).inheritIO().start();
            if (!kill.waitFor(10, TimeUnit.SECONDS) || kill.exitValue() != 0) {
                throw new AssertionError("kill -" + name + " " + pid + " failed");
            }
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
    }

    /** Runs in a child: says that it runs by making a file, then stays until it is interrupted. */
    static void announceAndStay(String file) throws IOException, InterruptedException {
        java.nio.file.Files.writeString(java.nio.file.Path.of(file), "runs");
        new java.util.concurrent.CountDownLatch(1).await();
    }

    /** Runs in a child: the same, but no interrupt moves it. */
    static void announceAndStayForEver(String file) throws IOException {
        java.nio.file.Files.writeString(java.nio.file.Path.of(file), "runs");
        while (true) {
            try {
                new java.util.concurrent.CountDownLatch(1).await();
            } catch (InterruptedException ignored) {
                Thread.onSpinWait();
            }
        }
    }

    /** Awaits, on a loop, that a task in a child has made its file. */
    static void awaitFile(java.nio.file.Path file) {
        Async.timeout(Duration.ofSeconds(20), () -> {
            while (!Async.offload(() -> java.nio.file.Files.exists(file))) {
                Async.sleep(Duration.ofMillis(2));
            }
        });
    }
}
