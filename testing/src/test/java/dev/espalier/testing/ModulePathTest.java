package dev.espalier.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.espalier.core.EventLoop;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apiguardian.api.API;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.engine.JupiterTestEngine;
import org.junit.platform.commons.support.ReflectionSupport;
import org.junit.platform.engine.TestEngine;
import org.junit.platform.launcher.Launcher;
import org.opentest4j.AssertionFailedError;

/** Programs on the module path, compiled with all warnings as errors and run plainly in a JVM of their own. */
class ModulePathTest {
    private static final List<Class<?>> KIT = List.of(
            LoopTester.class,
            EventLoop.class,
            MpscUnboundedVarHandleArrayQueue.class,
            MessagePassingQueue.class,
            Caffeine.class,
            NullMarked.class);
    private static final List<Class<?>> JUNIT = List.of(
            Test.class,
            JupiterTestEngine.class,
            ReflectionSupport.class,
            TestEngine.class,
            Launcher.class,
            AssertionFailedError.class,
            API.class);

    private static final String COVERED = "[^\\n]+\\nINFO: 1 loop test has covered 1 h of virtual time\\n";

    @TempDir
    Path folder;

    @Test
    void runnerNeedsNoJUnit() throws Exception {
        assertThat(run(KIT, List.of(), "", Map.of(
                        "module-info.java",
                        """
                        module patient {
                            requires dev.espalier.testing;
                        }
                        """,
                        "patient/Main.java",
                        """
                        package patient;

                        import dev.espalier.core.Async;
                        import dev.espalier.testing.LoopTester;
                        import java.time.Duration;

                        class Main {
                            public static void main(String[] arguments) {
                                LoopTester.run(t -> {
                                    Async.sleep(Duration.ofHours(1));
                                    System.out.print(t.clock().elapsed());
                                });
                            }
                        }
                        """)))
                .isEqualTo("PT1H");
    }

    @Test
    void extensionWorksOnTheModulePath() throws Exception {
        List<Class<?>> path = Stream.of(KIT, JUNIT).flatMap(List::stream).toList();
        assertThat(run(path, List.of("--add-modules", "org.junit.jupiter.engine"), COVERED, Map.of(
                        "module-info.java",
                        """
                        module patient {
                            requires dev.espalier.testing;
                            requires org.junit.jupiter.api;
                            requires org.junit.platform.launcher;

                            opens patient to org.junit.platform.commons;
                        }
                        """,
                        "patient/PatientTest.java",
                        """
                        package patient;

                        import dev.espalier.core.Async;
                        import dev.espalier.testing.LoopTest;
                        import dev.espalier.testing.LoopTester;
                        import java.time.Duration;

                        class PatientTest {
                            @LoopTest
                            void sleeps(LoopTester t) {
                                Async.sleep(Duration.ofHours(1));
                                System.out.print(t.clock().elapsed() + " in " + LoopTester.class.getModule().getName());
                            }
                        }
                        """,
                        "patient/Main.java",
                        """
                        package patient;

                        import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

                        import java.io.PrintWriter;
                        import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
                        import org.junit.platform.launcher.core.LauncherFactory;
                        import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

                        class Main {
                            public static void main(String[] arguments) {
                                var request = LauncherDiscoveryRequestBuilder.request()
                                        .selectors(selectClass(PatientTest.class))
                                        .build();
                                var summary = new SummaryGeneratingListener();
                                LauncherFactory.create().execute(request, summary);
                                summary.getSummary().printFailuresTo(new PrintWriter(System.err));
                            }
                        }
                        """)))
                .isEqualTo("PT1H in dev.espalier.testing");
    }

    /** What the program prints; to standard error it must print what is expected there, and nothing else. */
    private String run(List<Class<?>> path, List<String> options, String logged, Map<String, String> sources)
            throws Exception {
        String modulePath = modulePath(path);
        Path classes = folder.resolve("classes");
        compile(modulePath, classes, sources);
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(options);
        command.addAll(List.of("-p", modulePath + File.pathSeparator + classes, "-m", "patient/patient.Main"));
        Path output = folder.resolve("output");
        Path errors = folder.resolve("errors");
        Process child = new ProcessBuilder(command)
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        try {
            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            child.destroyForcibly();
        }
        assertThat(errors).content().matches(logged);
        return Files.readString(output);
    }

    private void compile(String modulePath, Path classes, Map<String, String> sources) throws IOException {
        var arguments = new ArrayList<>(
                List.of("-Xlint:all", "-Werror", "-proc:none", "-d", classes.toString(), "-p", modulePath));
        for (var source : sources.entrySet()) {
            Path file = folder.resolve("source").resolve(source.getKey());
            Files.createDirectories(file.getParent());
            arguments.add(Files.writeString(file, source.getValue()).toString());
        }
        var complaints = new StringWriter();
        var writer = new PrintWriter(complaints);
        int status = ToolProvider.findFirst("javac")
                .orElseThrow()
                .run(writer, writer, arguments.toArray(String[]::new));
        assertThat(complaints).asString().isEmpty();
        assertThat(status).isZero();
    }

    private static String modulePath(List<Class<?>> path) {
        return path.stream()
                .map(ModulePathTest::origin)
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String origin(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
