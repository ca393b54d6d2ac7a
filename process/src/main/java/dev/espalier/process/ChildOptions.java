package dev.espalier.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * How a {@link ChildProcess} is made. Start from {@link #defaults()} and change what matters.
 *
 * @param name of the child in messages and in a list of processes; letters, digits, {@code . _ -}, 1 to 64 of them
 * @param jvm its JVM
 * @param inherited which variables of the environment the child inherits; never {@code JAVA_TOOL_OPTIONS} and its like, which
 *         would reach into the child's JVM
 * @param environment further variables, which win over those inherited
 * @param directory where it runs; that of this process if empty
 * @param javaHome the JDK or runtime it runs on, of the same release; that of this process if empty
 * @param startTimeout from the start until it is ready; positive
 * @param grace how long it may take to end at each step when it is cancelled: after it was asked, after it was interrupted, and
 *         after SIGTERM; then it is killed. Zero kills at once
 * @param serialFilter which classes may come out of a message; see {@link PoolOptions#serialFilter()}
 * @param output gets what the child prints, line by line, on two threads
 */
public record ChildOptions(
        String name,
        JvmOptions jvm,
        Predicate<? super String> inherited,
        Map<String, String> environment,
        Optional<Path> directory,
        Optional<Path> javaHome,
        Duration startTimeout,
        Duration grace,
        String serialFilter,
        Consumer<? super Line> output) {

    /**
     * A line that a child printed.
     *
     * @param child the name of the child
     * @param pid its process id
     * @param error true for standard error, false for standard output
     * @param text the line without its end; one of more than 8192 characters comes in parts
     */
    public record Line(String child, long pid, boolean error, String text) {
    }

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is outside of its bounds
     */
    public ChildOptions {
        PoolOptions.check(name.matches("[A-Za-z0-9._-]{1,64}"), "name", name, "1 to 64 letters, digits, dots, _ or -");
        PoolOptions.check(startTimeout.isPositive(), "startTimeout", startTimeout, "positive");
        PoolOptions.check(!grace.isNegative(), "grace", grace, "zero or positive");
        java.io.ObjectInputFilter.Config.createFilter(serialFilter);
        environment = Map.copyOf(environment);
    }

    /**
     * {@return the name {@code child}, a JVM by default, the whole environment, this directory and this JDK, 10 s to start, 2 s of
     * grace, the filter of pools, and output that goes to the streams of this process with the name before each line}
     */
    public static ChildOptions defaults() {
        return new ChildOptions("child", JvmOptions.defaults(), _ -> true, Map.of(), Optional.empty(), Optional.empty(),
                Duration.ofSeconds(10), Duration.ofSeconds(2), PoolOptions.FILTER, ChildOptions::print);
    }

    /**
     * {@return these options with another value}
     *
     * @param name of the child
     */
    public ChildOptions withName(String name) {
        return new ChildOptions(name, jvm, inherited, environment, directory, javaHome, startTimeout, grace, serialFilter, output);
    }

    /**
     * {@return these options with another value}
     *
     * @param jvm the child's JVM
     */
    public ChildOptions withJvm(JvmOptions jvm) {
        return new ChildOptions(name, jvm, inherited, environment, directory, javaHome, startTimeout, grace, serialFilter, output);
    }

    /**
     * {@return these options with another value}
     *
     * @param inherited which variables of the environment the child inherits
     */
    public ChildOptions withInherited(Predicate<? super String> inherited) {
        return new ChildOptions(name, jvm, inherited, environment, directory, javaHome, startTimeout, grace, serialFilter, output);
    }

    /**
     * {@return these options with one more variable of the environment}
     *
     * @param variable its name
     * @param value its value
     */
    public ChildOptions withEnvironment(String variable, String value) {
        var more = new LinkedHashMap<>(environment);
        more.put(variable, value);
        return new ChildOptions(name, jvm, inherited, more, directory, javaHome, startTimeout, grace, serialFilter, output);
    }

    /**
     * {@return these options with another value}
     *
     * @param directory where the child runs
     */
    public ChildOptions withDirectory(Path directory) {
        return new ChildOptions(name, jvm, inherited, environment, Optional.of(directory), javaHome, startTimeout, grace,
                serialFilter, output);
    }

    /**
     * {@return these options with another value}
     *
     * @param javaHome the JDK or runtime the child runs on
     */
    public ChildOptions withJavaHome(Path javaHome) {
        return new ChildOptions(name, jvm, inherited, environment, directory, Optional.of(javaHome), startTimeout, grace,
                serialFilter, output);
    }

    /**
     * {@return these options with another value}
     *
     * @param startTimeout from the start until the child is ready
     */
    public ChildOptions withStartTimeout(Duration startTimeout) {
        return new ChildOptions(name, jvm, inherited, environment, directory, javaHome, startTimeout, grace, serialFilter, output);
    }

    /**
     * {@return these options with another value}
     *
     * @param grace how long the child may take to end at each step
     */
    public ChildOptions withGrace(Duration grace) {
        return new ChildOptions(name, jvm, inherited, environment, directory, javaHome, startTimeout, grace, serialFilter, output);
    }

    /**
     * {@return these options with another value}
     *
     * @param serialFilter which classes may come out of a message
     */
    public ChildOptions withSerialFilter(String serialFilter) {
        return new ChildOptions(name, jvm, inherited, environment, directory, javaHome, startTimeout, grace, serialFilter, output);
    }

    /**
     * {@return these options with another value}
     *
     * @param output gets what the child prints
     */
    public ChildOptions withOutput(Consumer<? super Line> output) {
        return new ChildOptions(name, jvm, inherited, environment, directory, javaHome, startTimeout, grace, serialFilter, output);
    }

    private static void print(Line line) {
        (line.error ? System.err : System.out).println("[" + line.child + "] " + line.text);
    }
}
