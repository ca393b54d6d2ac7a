package dev.espalier.benchmarks;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Makes the processes that measure: a JMH fork, a JVM with a main class, a Python script. All append to one log. */
final class Forks implements AutoCloseable {
    /** The same collector for every JVM; JMH itself needs the second, or it prints a warning. */
    private static final List<String> COMMON = List.of("-XX:+UseSerialGC", "--sun-misc-unsafe-memory-access=allow");
    private static final long PROGRAM_LIMIT_SECONDS = 120;

    private final Settings settings;
    private final Path log;
    private final PrintStream logStream;

    private Forks(Settings settings, Path log, PrintStream logStream) {
        this.settings = settings;
        this.log = log;
        this.logStream = logStream;
    }

    static Forks logging(Settings settings, Path log) throws IOException {
        Files.deleteIfExists(log);
        OutputStream appending = Files.newOutputStream(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        PrintStream stream = new PrintStream(appending, true, StandardCharsets.UTF_8);
        return new Forks(settings, log, stream);
    }

    /** A heap of a fixed size, touched beforehand: first touches cost more than what is measured. */
    static List<String> heap(int megabytes, int young) {
        return List.of("-XX:+AlwaysPreTouch", "-Xms" + megabytes + "m", "-Xmx" + megabytes + "m", "-Xmn" + young + "m");
    }

    Settings settings() {
        return settings;
    }

    PrintStream log() {
        return logStream;
    }

    static boolean hasPython() {
        try {
            return new ProcessBuilder("python3", "--version").redirectErrorStream(true).start().waitFor() == 0;
        } catch (IOException e) {
            return false; // there is none: a machine without Python measures the other peers
        } catch (InterruptedException e) {
            throw new IllegalStateException("Interrupted while looking for python3.", e);
        }
    }

    /** A JMH fork of one method: the median of its iterations. */
    Row.Fork jmh(Class<?> benchmark, String method, Map<String, String> parameters, List<String> jvmArguments) {
        List<String> arguments = new ArrayList<>(COMMON);
        arguments.addAll(jvmArguments);
        TimeValue time = TimeValue.milliseconds(settings.iteration().toMillis());
        ChainedOptionsBuilder options = new OptionsBuilder()
            .include("^" + benchmark.getName().replace(".", "\\.") + "\\." + method + "$")
            .forks(1).shouldFailOnError(true)
            .warmupIterations(2 * settings.iterations()).warmupTime(time)
            .measurementIterations(settings.iterations()).measurementTime(time)
            .jvmArgs(arguments.toArray(String[]::new));
        parameters.forEach(options::param);
        return () -> medianOfIterations(new Runner(options.build(),
            OutputFormatFactory.createFormatInstance(logStream, VerboseMode.NORMAL)));
    }

    private static double medianOfIterations(Runner runner) throws RunnerException {
        BenchmarkResult fork = runner.runSingle().getBenchmarkResults().iterator().next();
        return Rounds.median(fork.getIterationResults().stream()
            .mapToDouble(iteration -> iteration.getPrimaryResult().getScore()).toArray());
    }

    /** A JVM with a main class that prints its figure as the last line. */
    Row.Fork program(Class<?> main, List<String> jvmArguments, String... arguments) {
        List<String> command = java(main, jvmArguments, arguments);
        return () -> figureOf(main.getSimpleName(), command);
    }

    static List<String> java(Class<?> main, List<String> jvmArguments, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(COMMON);
        command.addAll(jvmArguments);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** A Python script that prints its figure as the last line. */
    Row.Fork python(String script, String... arguments) {
        List<String> command = script(script, arguments);
        return () -> figureOf(script, command);
    }

    List<String> script(String script, String... arguments) {
        List<String> command = new ArrayList<>(List.of("python3", settings.scripts().resolve(script).toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** A process whose input and output are ours and whose complaints go to the log. */
    Process start(List<String> command) throws IOException {
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
    }

    private double figureOf(String program, List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("espalier-bench", ".out");
        try {
            Process process = new ProcessBuilder(command).redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
            awaitSuccess(process, program);
            return Double.parseDouble(Files.readAllLines(output).getLast());
        } finally {
            Files.delete(output);
        }
    }

    private void awaitSuccess(Process process, String program) throws InterruptedException {
        if (!process.waitFor(PROGRAM_LIMIT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IllegalStateException("No figure within " + PROGRAM_LIMIT_SECONDS + " s from " + program);
        }
        if (process.exitValue() != 0) {
            throw new IllegalStateException(program + " ended with exit code " + process.exitValue() + ", see " + log);
        }
    }

    @Override
    public void close() {
        logStream.close();
    }
}
