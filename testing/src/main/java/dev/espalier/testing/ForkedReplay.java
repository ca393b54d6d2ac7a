package dev.espalier.testing;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Replays the tape of an explored test method in a JVM of its own: what differs there is what the run took from this JVM, such
 * as the order of {@code Set.of}, and no repetition here can show it.
 */
final class ForkedReplay {
    private static final String VERDICT = "espalier verdict: ";
    private static final int LIMIT_SECONDS = 60;

    private ForkedReplay() {}

    /** Replays in a child JVM with the class path and the options of this one; says in words what came of it. */
    static String of(Class<?> type, Method method, Path tape, String key) {
        try {
            Process child = new ProcessBuilder(command(type, method, tape)).redirectErrorStream(true).start();
            try {
                return verdict(child, key);
            } finally {
                child.destroyForcibly();
            }
        } catch (IOException e) {
            return "a fresh JVM could not be started: " + e;
        }
    }

    private static List<String> command(Class<?> type, Method method, Path tape) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("--add-") || option.startsWith("-Despalier."))
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ForkedReplay.class.getName(), type.getName(),
                method.getName(), tape.toAbsolutePath().toString()));
        return command;
    }

    private static String verdict(Process child, String key) throws IOException {
        String output;
        try (InputStream text = child.getInputStream()) {
            child.onExit().orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).exceptionally(_ -> child.destroyForcibly());
            output = new String(text.readAllBytes(), StandardCharsets.UTF_8);
        }
        String came = output.lines()
                .filter(line -> line.startsWith(VERDICT))
                .map(line -> line.substring(VERDICT.length()))
                .findFirst()
                .orElse("nothing was said; its output was: " + output.strip());
        return came.equals("fails as " + key)
                ? "in a fresh JVM it fails in the same way"
                : "in a fresh JVM it does NOT repeat: " + came;
    }

    /**
     * The child.
     *
     * @param args the class, the method, the tape
     */
    public static void main(String[] args) throws Exception {
        Class<?> type = Class.forName(args[0]);
        Method method = Arrays.stream(type.getDeclaredMethods())
                .filter(candidate -> candidate.getName().equals(args[1]) && candidate.isAnnotationPresent(Explore.class))
                .findFirst()
                .orElseThrow();
        var options = Exploration.Options.defaults().withReplay(Tape.read(Path.of(args[2])));
        String verdict = "passes";
        try {
            new Explorer(options, FreshRuns.of(type, method)).explore();
        } catch (Throwable e) {
            verdict = e instanceof TapeMismatch ? e.getMessage() : "fails as " + Trial.keyOf(e);
        }
        System.out.println(VERDICT + verdict);
        System.exit(0);
    }
}
