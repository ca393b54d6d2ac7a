package dev.espalier.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One server and its load, each a process. Where {@code taskset} exists the server gets the first core and the
 * load the others, so that the processor time of a round trip does not depend on where the kernel happens to put them;
 * the server's JVM is told the real number of cores, so that the JDK's scheduler has its usual parallelism.
 */
final class ServedFork {
    private static final Path TASKSET = Path.of("/usr/bin/taskset");
    private static final int CORES = Runtime.getRuntime().availableProcessors();
    private static final boolean PINNED = CORES > 1 && Files.isExecutable(TASKSET);

    private final Forks forks;
    private final List<String> server;
    private final Class<?> load;
    private final List<String> arguments;

    /** A server that prints its port, and a load that gets it as its first argument. */
    ServedFork(Forks forks, List<String> server, Class<?> load, Object... arguments) {
        this.forks = forks;
        this.server = server;
        this.load = load;
        this.arguments = List.of(arguments).stream().map(Object::toString).toList();
    }

    /** What the load saw and the server spent in the measured window. */
    private record Window(long operations, double figure, Duration serverTime) {
    }

    /** What is done with both processes running. */
    @FunctionalInterface
    private interface Measuring<T> {
        T measure(Process server, BufferedReader serverLines, Process load, BufferedReader loadLines) throws IOException;
    }

    /** What the server spends on an operation of the load. */
    double serverMicrosPerOperation() throws IOException, InterruptedException {
        Window window = measure(ServedFork::window);
        return window.serverTime().toNanos() / 1000.0 / window.operations();
    }

    /** What the load prints. */
    double figure() throws IOException, InterruptedException {
        return measure(ServedFork::window).figure();
    }

    /** By how much the server's heap grows from before the load to when it is ready. */
    double serverHeap() throws IOException, InterruptedException {
        return measure((serving, serverLines, _, loadLines) -> {
            long before = usedHeap(serving, serverLines);
            expect("measuring", loadLines.readLine());
            return (double) (usedHeap(serving, serverLines) - before);
        });
    }

    private <T> T measure(Measuring<T> measuring) throws IOException, InterruptedException {
        Process serving = forks.start(pinned("0", server));
        try (BufferedReader serverLines = serving.inputReader()) {
            Process loading = forks.start(pinned(CORES == 2 ? "1" : "1-" + (CORES - 1), load(serverLines.readLine())));
            try (BufferedReader loadLines = loading.inputReader()) {
                T measured = measuring.measure(serving, serverLines, loading, loadLines);
                loading.outputWriter().close();
                loading.waitFor(1, TimeUnit.SECONDS); // for its orderly end
                return measured;
            } finally {
                loading.destroyForcibly().waitFor();
            }
        } finally {
            serving.destroyForcibly().waitFor();
        }
    }

    private static Window window(Process server, BufferedReader serverLines, Process load, BufferedReader lines) throws IOException {
        expect("measuring", lines.readLine());
        Duration before = processorTime(server);
        String measured = lines.readLine();
        Duration spent = processorTime(server).minus(before);
        String[] words = expect("measured", measured).split(" ");
        return new Window(Long.parseLong(words[1]), Double.parseDouble(words[2]), spent);
    }

    private static long usedHeap(Process server, BufferedReader answers) throws IOException {
        Writer questions = server.outputWriter();
        questions.write("heap\n");
        questions.flush();
        return Long.parseLong(answers.readLine());
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
        List<String> all = new ArrayList<>(List.of(port));
        all.addAll(arguments);
        return Forks.java(load, Forks.heap(128, 32), all.toArray(String[]::new));
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
