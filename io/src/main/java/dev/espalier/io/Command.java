package dev.espalier.io;

import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a {@link Subprocess} runs, and how. Nothing passes through a shell.
 *
 * {@snippet class="dev.espalier.io.SnippetsTest" region="command"}
 *
 * @param arguments the program, by its path or to be looked for as the system does, and its arguments
 * @param directory in which it runs; empty: in that of this process
 * @param environment variables to set, over those of this process; empty: to leave out
 * @param stdin {@link Redirect#PIPE}; or inherited, from a file, or {@link Redirect#DISCARD}: the child reads the end at once
 * @param stdout {@link Redirect#PIPE}; or inherited, discarded, to a file
 * @param stderr as {@code stdout}
 * @param mergesErrors whether the standard error goes where the standard output goes, in place of {@code stderr}
 * @param grace how long the child and its descendants have between being asked to terminate and being killed, not negative
 */
public record Command(
        List<String> arguments,
        Optional<Path> directory,
        Map<String, Optional<String>> environment,
        Redirect stdin,
        Redirect stdout,
        Redirect stderr,
        boolean mergesErrors,
        Duration grace) {
    /** Checks and copies. */
    public Command {
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
        if (arguments.isEmpty()) {
            throw new IllegalArgumentException("a command needs at least the name of a program");
        }
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace must not be negative: " + grace);
        }
    }

    /**
     * {@return a command with all streams piped, the environment and directory of this process, and a grace of five seconds}
     *
     * @param arguments the program and its arguments, at least one
     */
    public static Command of(String... arguments) {
        return new Command(List.of(arguments), Optional.empty(), Map.of(), Redirect.PIPE, Redirect.PIPE, Redirect.PIPE,
                false, Duration.ofSeconds(5));
    }

    /**
     * {@return this command in another directory}
     *
     * @param value the directory
     */
    public Command withDirectory(Path value) {
        return new Command(arguments, Optional.of(value), environment, stdin, stdout, stderr, mergesErrors, grace);
    }

    /**
     * {@return this command with a variable in its environment}
     *
     * @param name of the variable
     * @param value what it holds
     */
    public Command withVariable(String name, String value) {
        return withEnvironment(name, Optional.of(value));
    }

    /**
     * {@return this command without a variable that this process has}
     *
     * @param name of the variable
     */
    public Command withoutVariable(String name) {
        return withEnvironment(name, Optional.empty());
    }

    private Command withEnvironment(String name, Optional<String> value) {
        Map<String, Optional<String>> changed = new HashMap<>(environment);
        changed.put(name, value);
        return new Command(arguments, directory, changed, stdin, stdout, stderr, mergesErrors, grace);
    }

    /**
     * {@return this command with another standard input}
     *
     * @param value as {@link #stdin()}
     */
    public Command withStdin(Redirect value) {
        return new Command(arguments, directory, environment, value, stdout, stderr, mergesErrors, grace);
    }

    /**
     * {@return this command with another standard output}
     *
     * @param value as {@link #stdout()}
     */
    public Command withStdout(Redirect value) {
        return new Command(arguments, directory, environment, stdin, value, stderr, mergesErrors, grace);
    }

    /**
     * {@return this command with another standard error}
     *
     * @param value as {@link #stderr()}
     */
    public Command withStderr(Redirect value) {
        return new Command(arguments, directory, environment, stdin, stdout, value, false, grace);
    }

    /** {@return this command with its standard error going where its standard output goes} */
    public Command withMergedErrors() {
        return new Command(arguments, directory, environment, stdin, stdout, stderr, true, grace);
    }

    /**
     * {@return this command with another grace}
     *
     * @param value as {@link #grace()}; zero: it is killed at once
     */
    public Command withGrace(Duration value) {
        return new Command(arguments, directory, environment, stdin, stdout, stderr, mergesErrors, value);
    }

    ProcessBuilder builder() {
        var builder = new ProcessBuilder(arguments)
                .redirectInput(stdin == Redirect.DISCARD ? Redirect.PIPE : stdin)
                .redirectOutput(stdout)
                .redirectError(stderr)
                .redirectErrorStream(mergesErrors);
        directory.map(Path::toFile).ifPresent(builder::directory);
        environment.forEach((name, value) -> value.ifPresentOrElse(
                text -> builder.environment().put(name, text), () -> builder.environment().remove(name)));
        return builder;
    }

    boolean pipesInput() {
        return stdin == Redirect.PIPE;
    }

    boolean pipesOutput() {
        return stdout == Redirect.PIPE;
    }

    boolean pipesErrors() {
        return stderr == Redirect.PIPE && !mergesErrors;
    }

    int pipes() {
        return (pipesInput() ? 1 : 0) + (pipesOutput() ? 1 : 0) + (pipesErrors() ? 1 : 0);
    }

    @Override
    public String toString() {
        return "Command" + arguments + directory.map(where -> " in " + where).orElse("");
    }
}
