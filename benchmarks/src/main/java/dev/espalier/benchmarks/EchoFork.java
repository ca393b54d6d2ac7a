package dev.espalier.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One echo server and its load, each a process. Where {@code taskset} exists the server gets the first core and the
 * load the others, so that the processor time of a round trip does not depend on where the kernel happens to put them;
 * the server's JVM is told the real number of cores, so that the JDK's scheduler has its usual parallelism.
 */
final class EchoFork {
    private static final Path TASKSET = Path.of("/usr/bin/taskset");
    private static final int ROUND_TRIPS = 150_000;
    private static final int ROUND_TRIPS_OF_ONE = 20_000;
    private static final int CORES = Runtime.getRuntime().availableProcessors();
    private static final boolean PINNED = CORES > 1 && Files.isExecutable(TASKSET);

    private final Forks forks;
    private final List<String> server;
    private final int connections;

    EchoFork(Forks forks, List<String> server, int connections) {
        this.forks = forks;
        this.server = server;
        this.connections = connections;
    }

    /** What the load saw and the server spent in the measured window. */
    private record Window(long roundTrips, double medianMicros, Duration serverTime) {
    }

    double serverMicrosPerRoundTrip() throws IOException, InterruptedException {
        Window window = measure();
        return window.serverTime().toNanos() / 1000.0 / window.roundTrips();
    }

    double medianMicros() throws IOException, InterruptedException {
        return measure().medianMicros();
    }

    private Window measure() throws IOException, InterruptedException {
        Process serving = forks.start(pinned("0", server));
        try (BufferedReader port = serving.inputReader()) {
            Process load = forks.start(pinned(CORES == 2 ? "1" : "1-" + (CORES - 1), load(port.readLine())));
            try (BufferedReader lines = load.inputReader()) {
                Window window = window(serving, lines);
                load.waitFor(1, TimeUnit.SECONDS); // for its orderly end
                return window;
            } finally {
                load.destroyForcibly().waitFor();
            }
        } finally {
            serving.destroyForcibly().waitFor();
        }
    }

    private static Window window(Process server, BufferedReader lines) throws IOException {
        expect("measuring", lines.readLine());
        Duration before = processorTime(server);
        String measured = lines.readLine();
        Duration spent = processorTime(server).minus(before);
        String[] words = expect("measured", measured).split(" ");
        return new Window(Long.parseLong(words[1]), Double.parseDouble(words[2]), spent);
    }

    private static String expect(String start, String line) throws IOException {
        if (line == null || !line.startsWith(start)) {
            throw new IOException("The load printed '" + line + "' instead of '" + start + "'; see the log.");
        }
        return line;
    }

    private static Duration processorTime(Process process) {
        return process.info().totalCpuDuration().orElseThrow(() ->
            new IllegalStateException("This system does not tell the processor time of " + process));
    }

    private List<String> load(String port) {
        int roundTrips = (connections == 1 ? ROUND_TRIPS_OF_ONE : ROUND_TRIPS) * (forks.settings().isLong() ? 4 : 1);
        return Forks.java(EchoLoadProgram.class, Forks.heap(128, 32), port, Integer.toString(connections),
            Integer.toString(roundTrips), Integer.toString(roundTrips));
    }

    private static List<String> pinned(String cores, List<String> command) {
        if (!PINNED) {
            return command;
        }
        List<String> pinned = new ArrayList<>(List.of(TASKSET.toString(), "-c", cores));
        pinned.addAll(command);
        return pinned;
    }

    /** What the server's JVM needs to know when it is pinned to one core. */
    static List<String> realCores() {
        return List.of("-XX:ActiveProcessorCount=" + CORES);
    }
}
