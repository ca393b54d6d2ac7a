package dev.espalier.examples.inventory;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The main job as its users meet it: a process of its own, with a directory for temporary files of its own. */
final class Job {
    /** The bit of Ctrl-C in the masks of signals. */
    private static final long SIGINT = 1 << 1;


    /** How it ended, and what it left behind. */
    record Ended(int exitCode, String out, String err, List<Path> temporaryFiles) {

        Map<String, Object> json() throws IOException {
            return JSON.std.mapFrom(out);
        }
    }

    private static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();

    private final Path temporary;
    private final File out;
    private final File err;
    private final List<String> jvmOptions = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();

    /** Prepares a job that writes only below {@code folder}. */
    Job(Path folder) throws IOException {
        temporary = Files.createDirectory(folder.resolve("temporary"));
        out = folder.resolve("out").toFile();
        err = folder.resolve("err").toFile();
    }

    Job jvmOption(String option) {
        jvmOptions.add(option);
        return this;
    }

    Job environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    Ended run(String... args) throws IOException, InterruptedException {
        return await(start(args));
    }

    Process start(String... args) throws IOException {
        List<String> command = new ArrayList<>(defaultSignals());
        command.addAll(List.of(JAVA, "--add-opens", "java.base/java.lang=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + temporary, "-cp", System.getProperty("java.class.path")));
        command.addAll(jvmOptions);
        command.add(Inventory.class.getName());
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out).redirectError(err);
        builder.environment().keySet().removeIf(name -> name.equals("XDG_RUNTIME_DIR") || name.endsWith("_OPTIONS"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    /**
     * A background job ignores Ctrl-C, and its children inherit that: where these tests run in one, {@code env} gives
     * the job the default back.
     */
    private static List<String> defaultSignals() throws IOException {
        Path status = Path.of("/proc/self/status");
        boolean ignored = Files.exists(status)
                && Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("SigIgn:"))
                        .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & SIGINT) != 0);
        return ignored ? List.of("env", "--default-signal=INT") : List.of();
    }

    Ended await(Process process) throws IOException, InterruptedException {
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
            throw new AssertionError("the job did not end; it printed:\n" + Files.readString(err.toPath()));
        }
        try (Stream<Path> left = Files.list(temporary)) {
            return new Ended(process.exitValue(), Files.readString(out.toPath()), Files.readString(err.toPath()),
                    left.toList());
        }
    }
}
