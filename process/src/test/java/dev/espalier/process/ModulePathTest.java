package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Async;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ModulePathTest {
    @Test
    void childrenOfAModularProgramAreModular() throws Exception {
        Process program = new ProcessBuilder(LaunchLine.java(), "--module-path", modulePath(),
                "--patch-module", "dev.espalier.process=" + home(ModulePathTest.class),
                "-m", "dev.espalier.process/" + ModularProgram.class.getName(), home(ModulePathTest.class).toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String answer = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(program.waitFor()).isZero();
        assertThat(answer.strip()).isEqualTo("module dev.espalier.process 1 true");
    }

    private static String modulePath() {
        Stream<String> required = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.contains("jctools") || entry.contains("caffeine"));
        Stream<String> ours = Stream.of(Async.class, ProcessPool.class).map(type -> home(type).toString());
        return Stream.concat(ours, required).collect(Collectors.joining(File.pathSeparator));
    }

    private static Path home(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException odd) {
            throw new AssertionError(odd);
        }
    }
}
