package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.Deflater;

/**
 * A program with a pool, for tests that end it in all sorts of ways. Its argument says what its children do;
 * {@code exit} makes it exit with the pool open; with {@code child-} before it they are no pool.
 */
final class DoomedParent {
    /** One that runs. */
    record Running(Process process, List<Long> children) implements AutoCloseable {
        @Override
        public void close() {
            children.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
            process.destroyForcibly();
        }

        /** Milliseconds until the last child is gone, or the limit. */
        double millisUntilChildrenAreGone(long limitMillis) {
            long from = System.nanoTime();
            long limit = from + TimeUnit.MILLISECONDS.toNanos(limitMillis);
            while (System.nanoTime() < limit && children.stream().anyMatch(TestPools::isAlive)) {
                Thread.onSpinWait();
            }
            return (System.nanoTime() - from) / 1e6;
        }
    }

    private static final String BEGUN_LINE = "begun";
    /** Children that do their work; by the threads that read what they print. */
    private static final AtomicInteger BEGUN = new AtomicInteger();

    private DoomedParent() {
    }

    static Running start(String work) throws IOException {
        Process process = new ProcessBuilder(LaunchLine.java(), "-Xmx128m", "-cp",
                System.getProperty("java.class.path"),
                DoomedParent.class.getName(), work).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        List<Long> children = new ArrayList<>();
        var lines = new BufferedReader(new InputStreamReader(process.getInputStream()));
        String line = lines.readLine();
        while (line != null && !line.equals("ready")) {
            children.add(Long.parseLong(line));
            line = lines.readLine();
        }
        if (line == null) {
            throw new IOException("the program ended early");
        }
        return new Running(process, children);
    }

    public static void main(String[] arguments) {
        if (arguments[0].startsWith("child-")) {
            children(arguments[0].substring("child-".length()));
        }
        Async.run(() -> {
            try (var pool = ProcessPool.open(TestPools.TWO.withOutput(line -> count(line.text())))) {
                for (int i = 0; i < 2; i++) {
                    System.out.println(pool.<Long, RuntimeException>call(TestPools::pid));
                    pool.submit(workOf(arguments[0]));
                }
                if (arguments[0].equals("exit")) {
                    System.out.println("ready");
                    System.exit(0);
                }
                TestPools.until(() -> BEGUN.get() == 2);
                System.out.println("ready");
                Async.sleepForever();
            }
        });
    }

    private static void children(String work) {
        Async.run(() -> TaskGroup.run(group -> {
            for (int i = 0; i < 2; i++) {
                var child = ChildProcess.start(group, ChildProcessTest.QUIET.withOutput(line -> count(line.text())),
                        workOf(work));
                child.awaitReady();
                System.out.println(child.pid().orElseThrow());
            }
            TestPools.until(() -> BEGUN.get() == 2);
            System.out.println("ready");
            Async.sleepForever();
        }));
    }

    private static RemoteVoidBody<Exception> workOf(String name) {
        return switch (name) {
            case "loop" -> DoomedParent::loop;
            case "socket" -> DoomedParent::readSocket;
            case "deflater" -> DoomedParent::deflate;
            default -> DoomedParent::begin;
        };
    }

    private static void count(String line) {
        if (line.equals(BEGUN_LINE)) {
            BEGUN.incrementAndGet();
        }
    }

    /** In a child: says that it has begun. */
    private static void begin() {
        System.out.println(BEGUN_LINE);
    }

    private static void loop() {
        begin();
        int sum = 0;
        for (int round = 0; sum != -1; round++) {
            for (int i = 0; i < Integer.MAX_VALUE; i++) {
                sum = (sum ^ i ^ round) & 0x7FFF_FFFF;
            }
        }
    }

    private static void readSocket() throws IOException {
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
            begin();
            socket.getInputStream().read();
        }
    }

    private static void deflate() {
        byte[] input = new byte[4 << 20];
        new java.util.Random(1).nextBytes(input);
        byte[] output = new byte[input.length + (1 << 20)];
        begin();
        while (true) {
            Deflater deflater = new Deflater(9);
            deflater.setInput(input);
            deflater.finish();
            deflater.deflate(output);
            deflater.end();
        }
    }
}
