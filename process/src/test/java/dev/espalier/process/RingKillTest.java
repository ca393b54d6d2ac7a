package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A ring between two JVMs, of which one is killed while it writes.
 */
@Timeout(120)
class RingKillTest {
    private static final int CAPACITY = 256 * 1024;

    @TempDir
    Path folder;

    /** Writes records until it is killed; the argument is the file. */
    public static void main(String[] arguments) throws IOException {
        RingWriter writer = Ring.over(MappedFile.take(Path.of(arguments[0]), Ring.size(CAPACITY), Arena.global()))
                .writer();
        Random random = new Random(ProcessHandle.current().pid());
        byte[] bytes = new byte[Frames.MAX_CHUNK];
        for (long id = 1; true; id++) {
            int length = random.nextInt(20) == 0 ? random.nextInt(Frames.MAX_CHUNK + 1) : 16;
            Arrays.fill(bytes, 0, length, (byte) id);
            while (!writer.offer(FrameKind.RESULT, false, id, bytes, 0, length)) {
                writer.publish();
            }
            if (random.nextInt(4) == 0) {
                writer.publish();
            }
        }
    }

    @Test
    @DisplayName("2.4, 3.30: records of a child that is killed in the middle of writing are whole, and none is missing")
    void aKilledWriterLeavesWholeRecords() throws Exception {
        Random random = new Random(3);
        for (int i = 0; i < 5; i++) {
            Path file = folder.resolve("ring-" + i);
            try (Arena arena = Arena.ofShared()) {
                RingReader reader = Ring.over(MappedFile.create(file, Ring.size(CAPACITY), arena)).reader();
                Process child = new ProcessBuilder(LaunchLine.java(), "-XX:+UseSerialGC", "-cp",
                        System.getProperty("java.class.path"), RingKillTest.class.getName(), file.toString())
                        .inheritIO().start();
                try {
                    readUntilKilled(reader, child, 5_000 + random.nextInt(200_000));
                } finally {
                    child.destroyForcibly();
                }
            }
        }
    }

    private static void readUntilKilled(RingReader reader, Process child, long killAt) throws Exception {
        long[] last = {0};
        RingReader.Sink check = (kind, more, id, memory, from, length) -> {
            assertThat(kind).isEqualTo(FrameKind.RESULT);
            assertThat(more).isFalse();
            assertThat(id).isEqualTo(last[0] + 1);
            for (int i = 0; i < length; i++) {
                if (memory.get(ValueLayout.JAVA_BYTE, from + i) != (byte) id) {
                    throw new AssertionError("byte " + i + " of record " + id + " was torn");
                }
            }
            last[0] = id;
        };
        while (last[0] < killAt) {
            assertThat(reader.poll(check) || child.isAlive()).isTrue();
        }
        child.destroyForcibly();
        assertThat(child.waitFor(20, TimeUnit.SECONDS)).isTrue();
        while (reader.poll(check)) {
            assertThat(last[0]).isPositive();
        }
        assertThat(last[0]).isGreaterThanOrEqualTo(killAt);
    }
}
