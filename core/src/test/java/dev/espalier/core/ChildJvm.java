package dev.espalier.core;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM of its own for what cannot be tried in ours: exits, signals, a closed door. */
final class ChildJvm implements AutoCloseable {
    static final List<String> OPEN_DOOR = List.of("--add-opens", "java.base/java.lang=ALL-UNNAMED");

    /** The bit of Ctrl-C in the masks of signals. */
    private static final long SIGINT = 1 << 1;

    private static final int PATIENCE_SECONDS = 40;

    private final Process process;
    private final java.io.BufferedReader output;

    private ChildJvm(Process process) {
        this.process = process;
        this.output = process.inputReader();
    }

    /** Starts the main method of a class of the tests with our class path; errors come with the output. */
    static ChildJvm start(List<String> jvmOptions, Class<?> main, String... arguments) {
        var command = new ArrayList<>(defaultSignals());
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.addAll(List.of("-ea", "-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        try {
            return new ChildJvm(new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A background job ignores Ctrl-C, and its children inherit that before they can say otherwise: where these tests run in
     * one, {@code env} gives the child the default back.
     */
    private static List<String> defaultSignals() {
        try {
            Path status = Path.of("/proc/self/status");
            boolean ignored = Files.exists(status)
                    && Files.readAllLines(status).stream()
                            .filter(line -> line.startsWith("SigIgn:"))
                            .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & SIGINT) != 0);
            return ignored ? List.of("env", "--default-signal=INT") : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next line that starts so; those before it are part of the error if there is none. */
    String line(String start) {
        var seen = new StringBuilder();
        try {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith(start)) {
                    return line;
                }
                seen.append(line).append('\n');
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new AssertionError("no line '" + start + "' but:\n" + seen);
    }

    /** Everything that is still to come. */
    String rest() {
        return String.join("\n", output.lines().toList());
    }

    /** What {@code kill -INT} does: Ctrl-C. */
    void interrupt() {
        signal("INT");
    }

    /** Sends it a signal; only where there is a {@code kill}. */
    void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start().waitFor();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    int exitStatus() {
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the child JVM did not end");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
