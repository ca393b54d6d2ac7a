package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Async;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreloadTest {
    /** Makes one stream, and nothing else. */
    static final class Program {
        public static void main(String[] args) throws IOException {
            Async.run(() -> LoopShare.current().pass());
        }
    }

    @Test
    void exceptionsAreLoadedBeforeTheFirstStream() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process child = new ProcessBuilder(
                        java, "-Xlog:class+load", "-cp", System.getProperty("java.class.path"), Program.class.getName())
                .redirectErrorStream(true)
                .start();
        List<String> loaded;
        try (var reader = child.inputReader()) {
            loaded = reader.lines().toList();
        }
        for (String type : List.of(
                "java.net.NoRouteToHostException",
                "java.net.PortUnreachableException",
                "java.nio.file.FileAlreadyExistsException",
                "java.nio.charset.MalformedInputException",
                IncompleteReadException.class.getName(),
                ReadLimitException.class.getName(),
                StreamClosedException.class.getName(),
                Subprocess.FailedException.class.getName())) {
            assertThat(loaded).as(type).anyMatch(line -> line.contains(" " + type + " source:"));
        }
    }
}
