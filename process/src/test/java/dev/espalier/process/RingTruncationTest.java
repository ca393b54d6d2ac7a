package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A ring whose file somebody has truncated. In a JVM of its own that interprets: of compiled code the JVM says that it may tell of such
 * a fault a moment later, which may be outside the method that met it.
 */
@Timeout(60)
class RingTruncationTest {
    private static final int CAPACITY = 256 * 1024;

    @TempDir
    Path folder;

    /** Fails where the truncation is not told as it should be; the argument is the file. */
    public static void main(String[] arguments) throws IOException {
        Path file = Path.of(arguments[0]);
        try (Arena arena = Arena.ofShared()) {
            Ring ring = Ring.over(MappedFile.create(file, Ring.size(CAPACITY), arena));
            RingWriter writer = ring.writer();
            RingReader reader = ring.reader();
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(0);
            }
            assertThat(reader.hasNews()).isTrue();
            assertThatThrownBy(() -> reader.poll((_, _, _, _, _, _) -> { })).isInstanceOf(IOException.class)
                    .hasMessageContaining("truncated");
            assertThatThrownBy(() -> writer.offer(FrameKind.TASK, false, 1, new byte[0], 0, 0))
                    .isInstanceOf(IOException.class).hasMessageContaining("truncated");
            assertThatThrownBy(writer::publish).isInstanceOf(IOException.class);
            assertThatThrownBy(reader::mustTellOfRoom).isInstanceOf(IOException.class);
            reader.parked(true);
            assertThat(reader.isParked()).isFalse();
        }
        System.out.println("as it should be");
    }

    @Test
    @DisplayName("C8: a truncated file is an IOException at both ends")
    void aTruncatedFileIsAnIoExceptionAtBothEnds() throws Exception {
        Process child = new ProcessBuilder(LaunchLine.java(), "-Xint", "-cp", System.getProperty("java.class.path"),
                RingTruncationTest.class.getName(), folder.resolve("ring").toString()).redirectErrorStream(true).start();
        try (var output = child.inputReader()) {
            assertThat(output.lines()).containsExactly("as it should be");
            assertThat(child.waitFor(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            child.destroyForcibly();
        }
    }
}
