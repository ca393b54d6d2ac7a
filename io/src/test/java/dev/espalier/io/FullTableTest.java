package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.LoopOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FullTableTest {
    @ParameterizedTest
    @EnumSource(
            value = LoopOptions.Engine.class,
            names = {"CARRIER", "HANDOFF"})
    @DisplayName("N3: without a file for one more connection a server reports once, rests, and serves it later")
    void serverOutlivesAFullFileTable(LoopOptions.Engine engine) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(command(engine)).redirectErrorStream(true).start();
        try (var reader = child.inputReader()) {
            List<String> lines = reader.lines().toList();
            assertThat(child.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(lines).as("output").hasSize(6);
            assertThat(lines.get(1)).contains("cannot accept connections").contains("Too many open files");
            assertThat(Long.parseLong(lines.get(2))).as("ticks meanwhile").isLessThan(100);
            assertThat(lines.get(3)).isEqualTo("hi");
            assertThat(lines.get(4)).as("to connect meanwhile").contains("Too many open files");
            assertThat(lines.get(5)).matches("Statistics\\[accepted=4, active=0, refused=0, failedAccepts=[1-9], .*failedHandlers=0]");
        } finally {
            child.destroyForcibly();
        }
    }

    private static List<String> command(LoopOptions.Engine engine) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return List.of(
                "sh", "-c", "ulimit -n 160 && exec \"$0\" \"$@\"", java, "--add-opens", "java.base/java.lang=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"), FullTableProgram.class.getName(), engine.name());
    }
}
