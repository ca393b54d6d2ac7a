package dev.espalier.io;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Programs of this machine at the other end of a connection. */
final class Programs {
    private Programs() {}

    /** Skips the test where there is no such program. */
    static void assume(String name) {
        boolean found = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> new File(folder, name).canExecute());
        assumeTrue(found, name + " is not installed");
    }

    /**
     * What a program says when it is given something to read.
     *
     * @param text its standard output
     * @param errors its standard error
     * @param status how it ended
     */
    record Answer(byte[] output, String errors, int status) {
        String text() {
            return new String(output, StandardCharsets.UTF_8);
        }
    }

    /** Runs a program to its end, off the loop. */
    @Awaits
    static Answer run(byte[] input, List<String> command) throws IOException {
        return Async.<Answer, IOException>offload(() -> {
            Process process = new ProcessBuilder(command).start();
            try {
                Thread feeder = Thread.ofPlatform().start(() -> feed(process.getOutputStream(), input));
                var errors = new ByteArrayOutputStream();
                Thread reader = Thread.ofPlatform().start(() -> copy(process, errors));
                byte[] output = process.getInputStream().readAllBytes();
                feeder.join();
                reader.join();
                return new Answer(output, errors.toString(StandardCharsets.UTF_8), process.waitFor());
            } catch (InterruptedException e) {
                throw new IOException("interrupted while " + command + " runs", e);
            } finally {
                process.destroyForcibly();
            }
        });
    }

    private static void feed(OutputStream to, byte[] input) {
        try (to) {
            to.write(input);
        } catch (IOException e) {
            assert e.getMessage() != null : e; // it has ended without reading all: its answer tells why
        }
    }

    private static void copy(Process process, ByteArrayOutputStream errors) {
        try {
            process.getErrorStream().transferTo(errors);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
