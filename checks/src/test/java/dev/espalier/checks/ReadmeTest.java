package dev.espalier.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a README shows is compiled as it stands, run on a plain {@code java}, and prints what the README says it prints. */
class ReadmeTest {
    private static final String README = read("README.md");
    private static final String PROCESS = read("process/README.md");
    private static final Pattern PROGRAM =
            Pattern.compile("```java\\n(// (\\w+)\\.java\\n.*?)```\\n+```text\\n(.*?)```", Pattern.DOTALL);

    record Program(String name, String source, String output) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Program> programs() {
        return Stream.of(README, PROCESS).flatMap(page -> PROGRAM.matcher(page).results()).map(ReadmeTest::program);
    }

    @ParameterizedTest
    @MethodSource("programs")
    void programPrintsWhatTheReadmeSays(Program program, @TempDir Path folder) throws Exception {
        Path source = Files.writeString(folder.resolve(program.name() + ".java"), program.source());
        String classPath = System.getProperty("java.class.path");
        int compiled = ToolProvider.getSystemJavaCompiler().run(null, null, null,
                "-Xlint:all", "-Werror", "-cp", classPath, "-d", folder.toString(), source.toString());
        assertThat(compiled).as("exit code of javac").isZero();

        assertThat(run(folder, classPath, program.name())).isEqualTo(program.output());
    }

    @Test
    void everyJavaBlockIsAProgramWithItsOutput() {
        long blocks = Stream.of(README, PROCESS).flatMap(String::lines).filter("```java"::equals).count();
        assertThat(blocks).isEqualTo(programs().count()).isEqualTo(4);
    }

    /** The last cell of each row of the tables in the page of {@code core} names things of ours. */
    @Test
    void whatThePageOfCoreNamesExists() {
        assertExist(read("core/README.md"), ApiListing.of(PublishedModule.CORE.exportedTypes()), 80);
    }

    /** The same for the tables in the page of {@code io}. */
    @Test
    void whatThePageOfIoNamesExists() {
        assertExist(read("io/README.md"), ApiListing.of(PublishedModule.IO.exportedTypes()), 60);
    }

    /** The same for the first table in the page of {@code testing}. */
    @Test
    void whatThePageOfTestingNamesExists() {
        String first = read("testing/README.md").split("## When time moves", 2)[0];
        assertExist(first, ApiListing.of(PublishedModule.TESTING.exportedTypes()), 30);
    }

    /** The same for the first two tables in the page of {@code process}. */
    @Test
    void whatThePageOfProcessNamesExists() {
        String first = PROCESS.split("## What always holds", 2)[0];
        assertExist(first, ApiListing.of(PublishedModule.PROCESS.exportedTypes()), 40);
    }

    private static void assertExist(String page, List<String> listing, int least) {
        List<String> named = page.lines()
                .filter(line -> line.startsWith("|"))
                .map(line -> line.substring(line.lastIndexOf('|', line.length() - 2)))
                .flatMap(cell -> Pattern.compile("`([A-Z][A-Za-z.]*)`").matcher(cell).results())
                .map(match -> match.group(1))
                .toList();
        assertThat(named).hasSizeGreaterThan(least).allSatisfy(name -> assertThat(isListed(name, listing)).as(name).isTrue());
    }

    private static boolean isListed(String name, List<String> listing) {
        String type = name.contains(".") && Character.isLowerCase(name.charAt(name.lastIndexOf('.') + 1))
                ? name.substring(0, name.lastIndexOf('.'))
                : name;
        String member = name.equals(type) ? "" : name.substring(type.length() + 1);
        Pattern head = Pattern.compile("^dev\\.espalier\\S*: .*\\b(class|interface|record|enum) " + Pattern.quote(type) + "\\b(?!\\.).*");
        Pattern body = Pattern.compile(" .*\\b" + Pattern.quote(member) + "\\(.*");
        boolean inside = false;
        for (String line : listing) {
            if (!line.startsWith(" ")) {
                inside = head.matcher(line).matches();
            }
            if (inside && (member.isEmpty() || body.matcher(line).matches())) {
                return true;
            }
        }
        return false;
    }

    @Test
    void continuousIntegrationRunsTheCommandOfTheReadme() {
        List<String> script = read(".ci/run").lines().toList();
        assertThat(README.lines()).contains(script.getLast());
    }

    /** Both streams together: a warning would show as a difference. */
    private static String run(Path folder, String classPath, String mainClass) throws IOException, InterruptedException {
        Path output = folder.resolve("output.txt");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp", classPath + File.pathSeparator + folder, mainClass)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).as("%s ended within a minute", mainClass).isTrue();
            return Files.readString(output);
        } finally {
            process.destroyForcibly();
        }
    }

    private static Program program(MatchResult match) {
        return new Program(match.group(2), match.group(1), match.group(3));
    }

    private static String read(String file) {
        try {
            return Files.readString(PublishedModule.root().resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
