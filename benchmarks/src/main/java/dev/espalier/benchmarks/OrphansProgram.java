package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.process.PoolOptions;
import dev.espalier.process.ProcessPool;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.Deflater;

/**
 * Milliseconds from the {@code kill -9} of a process until its three children are gone: one of them reads a socket, one is
 * in a {@link Deflater}, one in a tight loop. The median over some such processes. Linux only: {@code /proc} tells a
 * process that has ended from one that runs.
 */
final class OrphansProgram {
    private static final int FAMILIES = 5;
    private static final int CHILDREN = 3;
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(20);

    private OrphansProgram() {
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length > 0) {
            beParent();
            return;
        }
        double[] millis = new double[FAMILIES];
        for (int i = 0; i < FAMILIES; i++) {
            millis[i] = millisUntilGone();
        }
        Arrays.sort(millis);
        System.out.println(millis[FAMILIES / 2]);
    }

    private static double millisUntilGone() throws IOException, InterruptedException {
        Process parent = new ProcessBuilder(Forks.java(OrphansProgram.class, List.of(), "parent")).start();
        List<Path> children = new ArrayList<>();
        try (BufferedReader lines = parent.inputReader()) {
            for (int i = 0; i < CHILDREN; i++) {
                children.add(Path.of("/proc", lines.readLine(), "stat"));
            }
            Thread.sleep(200); // all three are in the middle of it
            long killed = System.nanoTime();
            parent.destroyForcibly();
            while (children.stream().anyMatch(OrphansProgram::runs)) {
                if (System.nanoTime() - killed > LIMIT_NANOS) {
                    throw new IllegalStateException("There are orphans: " + children);
                }
                Thread.onSpinWait();
            }
            return (System.nanoTime() - killed) / 1e6;
        } finally {
            parent.destroyForcibly().waitFor();
        }
    }

    private static boolean runs(Path stat) {
        try {
            String text = Files.readString(stat);
            return !text.substring(text.lastIndexOf(')')).startsWith(") Z");
        } catch (IOException gone) {
            return false;
        }
    }

    private static void beParent() {
        PoolOptions options = PoolOptions.defaults().withWorkers(CHILDREN).withHeapBytes(64L << 20)
                .withOutput(line -> System.out.println(line.text()));
        Async.run(() -> {
            try (ProcessPool pool = ProcessPool.open(options)) {
                pool.submit(OrphansProgram::readSocket);
                pool.submit(OrphansProgram::deflate);
                pool.submit(OrphansProgram::loop);
                Async.sleep(Duration.ofMinutes(2));
            }
        });
    }

    private static void begin() {
        System.out.println(ProcessHandle.current().pid());
        System.out.flush();
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
        new Random(1).nextBytes(input);
        byte[] output = new byte[input.length + (1 << 20)];
        begin();
        while (true) {
            Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
            deflater.setInput(input);
            deflater.finish();
            deflater.deflate(output);
            deflater.end();
        }
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
}
