package dev.espalier.examples.inventory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Somebody kills child JVMs while they count. */
@EnabledOnOs(OS.LINUX) // /proc says which child reads the file
class KilledWorkerTest {

    @TempDir
    private Path folder;

    private Path tree;
    private Path large;

    @BeforeEach
    void growATree() throws IOException {
        tree = Files.createDirectory(folder.resolve("tree"));
        large = tree.resolve("large.bin");
        for (int i = 0; i < 500; i++) {
            Files.writeString(tree.resolve("file" + i + ".txt"), "line one of " + i + "\nand line two\n");
        }
    }

    @Test
    void fileOfAKilledWorkerIsCountedByAnotherOneAndTheReportSaysSo() throws Exception {
        sparse(512L << 20);
        Job job = new Job(folder);
        Process process = job.start("--json", "--workers", "2", tree.toString());
        kill(reader(process, -1));
        Job.Ended ended = job.await(process);
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(ended.json()).containsEntry("complete", true).containsEntry("unreadable", List.of())
                .containsEntry("lostWorkers", List.of(
                        Map.of("name", "large.bin", "reason", "it was killed by signal 9")));
        assertThat(ended.json().get("totals")).asInstanceOf(
                InstanceOfAssertFactories.map(String.class, Object.class))
                .containsEntry("files", 501).containsEntry("bytes", Math.toIntExact(bytes())).containsEntry("lines", 1000);
    }

    @Test
    void fileAtWhichTwoWorkersDiedIsListedAndDoesNotStopTheOthers() throws Exception {
        sparse(1L << 40);
        Job job = new Job(folder);
        Process process = job.start("--json", "--workers", "2", tree.toString());
        ProcessHandle first = reader(process, -1);
        kill(first);
        kill(reader(process, first.pid()));
        Job.Ended ended = job.await(process);
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(ended.json()).containsEntry("unreadable", List.of(Map.of("name", "large.bin",
                "reason", "its worker was lost twice, at last it was killed by signal 9")));
        assertThat(ended.json().get("totals")).asInstanceOf(
                InstanceOfAssertFactories.map(String.class, Object.class))
                .containsEntry("files", 500).containsEntry("lines", 1000);
    }

    private long bytes() throws IOException {
        try (Stream<Path> files = Files.list(tree)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }

    /** The child that has the large file open. */
    private ProcessHandle reader(Process process, long otherThan) {
        return await().pollInterval(Duration.ofMillis(5)).atMost(Duration.ofSeconds(60))
                .until(() -> process.descendants()
                        .filter(child -> child.pid() != otherThan && reads(child.pid())).findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    private boolean reads(long pid) {
        try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            return open.anyMatch(this::isLarge);
        } catch (IOException | UncheckedIOException gone) {
            return false;
        }
    }

    private boolean isLarge(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).equals(large);
        } catch (IOException closed) {
            return false;
        }
    }

    private static void kill(ProcessHandle child) {
        assertThat(child.destroyForcibly()).isTrue();
    }

    /** Zeros that take no space on the disk. */
    private void sparse(long size) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
            file.setLength(size);
        }
    }
}
