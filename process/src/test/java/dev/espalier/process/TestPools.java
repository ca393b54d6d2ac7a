package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.VoidBodyWith;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Small pools, and what tests do to processes.
 */
final class TestPools {
    static final PoolOptions ONE = PoolOptions.defaults().withWorkers(1).withHeapBytes(64 << 20)
            .withOutput(line -> { });
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

    /** Takes so long, at least. */
    static void takeMillis(long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    static long pid() {
        return ProcessHandle.current().pid();
    }

    /** False for a zombie, too: it runs nothing and holds nothing, it only waits for the system to take notice. */
    static boolean isAlive(long pid) {
        if (ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty()) {
            return false;
        }
        Path stat = Path.of("/proc/" + pid + "/stat");
        if (!Files.isDirectory(Path.of("/proc/self"))) {
            return true;
        }
        try {
            String text = Files.readString(stat);
            return !text.substring(text.lastIndexOf(')')).startsWith(") Z");
        } catch (IOException gone) {
            return false;
        }
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
        Files.writeString(Path.of(file), "runs");
        new java.util.concurrent.CountDownLatch(1).await();
    }

    /** Runs in a child: the same, but no interrupt moves it. */
    static void announceAndStayForEver(String file) throws IOException {
        Files.writeString(Path.of(file), "runs");
        while (true) {
            try {
                new java.util.concurrent.CountDownLatch(1).await();
            } catch (InterruptedException ignored) {
                Thread.onSpinWait();
            }
        }
    }

    /** Runs in a child: stays until there is a file. */
    static void stayUntil(String file) throws IOException, InterruptedException {
        Path path = Path.of(file).toAbsolutePath();
        try (WatchService news = path.getFileSystem().newWatchService()) {
            path.getParent().register(news, StandardWatchEventKinds.ENTRY_CREATE);
            while (!Files.exists(path)) {
                news.take().reset();
            }
        }
    }

    /** Waits until something that is seen from outside is so. */
    static void until(BooleanSupplier condition) {
        Async.timeout(Duration.ofSeconds(30), () -> {
            while (!condition.getAsBoolean()) {
                Async.sleep(Duration.ofMillis(1));
            }
        });
    }

    /** Awaits, on a loop, that a task in a child has made its file. */
    static void awaitFile(Path file) {
        until(() -> Async.offload(() -> Files.exists(file)));
    }
}
