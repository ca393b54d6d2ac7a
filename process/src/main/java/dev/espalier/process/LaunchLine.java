package dev.espalier.process;

import java.io.File;
import java.lang.module.ResolvedModule;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The command line of a child: same Java, same class and module path as this process, but none of its JVM options.
 */
final class LaunchLine {
    private static final boolean LINUX = System.getProperty("os.name", "").equals("Linux");

    private LaunchLine() {
    }

    static String java() {
        return java(Path.of(System.getProperty("java.home")));
    }

    static String java(Path home) {
        return home.resolve("bin").resolve("java").toString();
    }

    /** All arguments up to the main class, for a file: class paths may be longer than a command line. */
    static List<String> arguments(PoolOptions options, Path directory) {
        return arguments(jvm(options), directory);
    }

    static JvmOptions jvm(PoolOptions options) {
        return JvmOptions.defaults().withHeapBytes(options.heapBytes()).withProcessors(options.processors())
                .withArguments(options.jvmArguments());
    }

    /** The same for any child. */
    static List<String> arguments(JvmOptions options, Path directory) {
        List<String> line = new ArrayList<>();
        line.add(switch (options.collector()) {
            case SERIAL -> "-XX:+UseSerialGC";
            case PARALLEL -> "-XX:+UseParallelGC";
            case G1 -> "-XX:+UseG1GC";
            case ZGC -> "-XX:+UseZGC";
        });
        if (options.quickStart()) {
            line.add("-XX:TieredStopAtLevel=1");
        }
        // Serial leaves these off; without them a hot loop holds up a collection, or the end, for as long as it runs.
        line.add("-XX:+UseCountedLoopSafepoints");
        line.add("-XX:LoopStripMiningIter=1000");
        line.add("-XX:ActiveProcessorCount=" + options.processors());
        line.add("-Xmx" + options.heapBytes());
        line.add("-XX:+ExitOnOutOfMemoryError");
        line.add("-XX:ErrorFile=" + directory.resolve("crash-%p.log"));
        // A child that is killed would leave its performance data behind.
        line.add("-XX:-UsePerfData");
        if (LINUX) {
            // What the C library keeps for itself after a hot phase goes back to the system: 34 MB become 22.
            line.add("-XX:TrimNativeHeapInterval=5000");
        }
        line.add("-Xlog:disable");
        line.add("-Xlog:all=error:stderr");
        StartCache.of(options).ifPresent(cache -> line.addAll(cache.arguments()));
        Module own = LaunchLine.class.getModule();
        line.add("--add-opens=java.base/java.lang=" + (own.isNamed() ? own.getName() + ",dev.espalier.core"
                : "ALL-UNNAMED"));
        if (options.debug() != JvmOptions.Debug.OFF) {
            line.add("-agentlib:jdwp=transport=dt_socket,server=y,address=127.0.0.1:0,suspend="
                    + (options.debug() == JvmOptions.Debug.SUSPEND ? "y" : "n"));
        }
        line.addAll(options.arguments());
        paths(line, own);
        return line;
    }

    private static void paths(List<String> line, Module own) {
        String modulePath = OwnJars.modulePath();
        if (!modulePath.isEmpty()) {
            line.add("--module-path");
            line.add(modulePath);
            String modules = applicationModules();
            if (!modules.isEmpty()) {
                line.add("--add-modules");
                line.add(modules);
            }
        }
        String classPath = StartCache.isMadeBy(line) ? String.join(File.pathSeparator, OwnJars.all())
                : OwnJars.classPath();
        if (!classPath.isEmpty()) {
            line.add("-cp");
            line.add(classPath);
        }
        if (own.isNamed()) {
            line.add("-m");
            line.add(own.getName() + "/" + RemoteMain.class.getName());
        } else {
            line.add(RemoteMain.class.getName());
        }
    }

    // What this process resolved, however its own command line said so.
    private static String applicationModules() {
        return ModuleLayer.boot().configuration().modules().stream()
                .filter(module -> !module.reference().location().map(URI::getScheme).orElse("jrt").equals("jrt"))
                .map(ResolvedModule::name)
                .sorted()
                .collect(Collectors.joining(","));
    }

    /** The text of an argument file: one quoted argument a line. */
    static String file(List<String> arguments) {
        StringBuilder text = new StringBuilder();
        for (String argument : arguments) {
            text.append('"').append(argument.replace("\\", "\\\\").replace("\"", "\\\"")).append("\"\n");
        }
        return text.toString();
    }

    /** Takes out what would reach into the child behind our back: a debugger's fixed port, a heap, a banner. */
    static void clean(Map<String, String> environment) {
        environment.remove("JAVA_TOOL_OPTIONS");
        environment.remove("JDK_JAVA_OPTIONS");
        environment.remove("_JAVA_OPTIONS");
    }
}
