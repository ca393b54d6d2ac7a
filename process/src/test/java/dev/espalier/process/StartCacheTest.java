package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Async;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * B5: a cache that makes children start sooner comes into being by itself, and nobody notices where there is none.
 */
@Timeout(240)
class StartCacheTest {
    @TempDir
    private static Path library;

    private static String jars;

    @TempDir
    private Path folder;

    private Path cache;

    @BeforeAll
    static void packTheLibrary() throws Exception {
        jars = pack(ProcessPool.class, "process.jar") + File.pathSeparator + pack(Async.class, "core.jar");
    }

    @BeforeEach
    void chooseAPlace() {
        cache = folder.resolve("cache");
    }

    private static String pack(Class<?> type, String name) throws URISyntaxException {
        Path jar = library.resolve(name);
        Path classes = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        ToolProvider tool = ToolProvider.findFirst("jar").orElseThrow();
        if (Files.isRegularFile(classes)) {
            return classes.toString();
        }
        assertThat(tool.run(System.out, System.err, "--create", "--file", jar.toString(), "-C", classes.toString(), "."))
                .isZero();
        return jar.toString();
    }

    @Test
    @DisplayName("3.23: a cache is made once, later children use it, and one that is none is ignored without a word")
    void cacheIsMadeOnceAndLaterChildrenUseIt() throws Exception {
        assertThat(run(cache.toString(), "wait")).containsExactly("0 uses", "it is there");
        assertThat(run(cache.toString(), "look")).containsExactly("1 uses");
        assertThat(names()).singleElement().asString().endsWith(".aot");
        Files.writeString(cache.resolve(names().getFirst()), "this is no cache");
        assertThat(run(cache.toString(), "look")).containsExactly("1 uses");
    }

    @Test
    void placeThatCannotBeWrittenIsNoFailure() throws Exception {
        Files.writeString(cache, "a file where the directory should be");
        assertThat(run(cache.toString(), "stay")).containsExactly("0 uses", "its maker has ended");
        assertThat(cache).hasContent("a file where the directory should be");
    }

    @Test
    void offMeansOff() throws Exception {
        assertThat(run("off", "stay")).containsExactly("0 uses", "nobody makes one");
        assertThat(cache).doesNotExist();
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(cache)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    /** Runs the program with the library in jars, as users have it; gives what it printed. Its children print nothing. */
    private List<String> run(String setting, String what) throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        Path errors = folder.resolve("errors");
        Process program = new ProcessBuilder(LaunchLine.java(), "-Despalier.startcache=" + setting, "-cp",
                jars + File.pathSeparator + System.getProperty("java.class.path"), Program.class.getName(), what,
                cache.toString()).redirectError(errors.toFile()).redirectOutput(output.toFile()).start();
        try {
            assertThat(program.waitFor(100, TimeUnit.SECONDS)).isTrue();
            assertThat(program.exitValue()).as(Files.readString(errors)).isZero();
            assertThat(Files.readAllLines(errors)).noneMatch(line -> line.startsWith("[worker"));
            return Files.readAllLines(output);
        } finally {
            program.descendants().forEach(ProcessHandle::destroyForcibly);
            program.destroyForcibly();
        }
    }

    /** Says how many caches its child was given; waits until there is one, or until it has been tried, or ends. */
    static final class Program {
        private Program() {
        }

        public static void main(String[] arguments) throws Exception {
            Async.run(() -> {
                try (var pool = ProcessPool.open(PoolOptions.defaults().withWorkers(1))) {
                    System.out.println(pool.call(Program::uses) + " uses");
                    if (arguments[0].equals("wait")) {
                        Async.timeout(Duration.ofSeconds(90), () -> {
                            while (!isThere(Path.of(arguments[1]))) {
                                Async.sleep(Duration.ofMillis(20));
                            }
                        });
                        System.out.println("it is there");
                    } else if (arguments[0].equals("stay")) {
                        System.out.println(Async.offload(Program::waitForItsMaker));
                    }
                }
            });
        }

        private static String waitForItsMaker() throws InterruptedException {
            for (Thread each : Thread.getAllStackTraces().keySet()) {
                if (each.getName().equals("espalier-start-cache")) {
                    each.join();
                    return "its maker has ended";
                }
            }
            return "nobody makes one";
        }

        private static boolean isThere(Path cache) throws IOException {
            return Async.offload(() -> {
                List<String> names = new ArrayList<>();
                if (Files.isDirectory(cache)) {
                    try (Stream<Path> files = Files.list(cache)) {
                        files.forEach(file -> names.add(file.getFileName().toString()));
                    }
                }
                return names.size() == 1 && names.getFirst().endsWith(".aot");
            });
        }

        private static long uses() {
            return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                    .filter(argument -> argument.startsWith("-XX:AOTCache=")).count();
        }
    }
}
