package dev.espalier.examples.inventory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class StartCommandTest {

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void scriptStartsTheJobWithItsArgumentsAndExitCode(@TempDir Path folder) throws Exception {
        Path script = folder.resolve("it's a script");
        StartCommand.main(script.toString());
        Process process = new ProcessBuilder("sh", script.toString(), "no such directory").start();
        assertThat(new String(process.getErrorStream().readAllBytes(), UTF_8))
                .isEqualToIgnoringNewLines("inventory: there is no directory no such directory.");
        assertThat(process.waitFor()).isEqualTo(2);
    }
}
