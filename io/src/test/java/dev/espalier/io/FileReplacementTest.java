package dev.espalier.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.CancelScope;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** F8: replacing a file as a whole leaves the old one or the new one, and nothing beside it. */
class FileReplacementTest extends OnBothEngines {
    @TempDir
    Path directory;

    @AfterEach
    void nothingIsLeftOpen() throws IOException {
        assertThat(Descriptors.links(directory.toRealPath().toString())).isEmpty();
    }

    private List<Path> files() throws IOException {
        try (var all = Files.list(directory)) {
            return all.toList();
        }
    }

    @Test
    void fileIsReplacedAsAWholeWithItsPermissions() throws IOException {
        Path path = Files.writeString(directory.resolve("settings"), "old");
        var permissions = PosixFilePermissions.fromString("rw-r-----");
        Files.setPosixFilePermissions(path, permissions);
        this.<IOException>run(() -> {
            AsyncFile.replace(path, file -> {
                file.write("new".getBytes(UTF_8), 0);
                assertThat(path).hasContent("old");
                assertThat(files()).hasSize(2).allSatisfy(
                        each -> assertThat(Files.getPosixFilePermissions(each)).isEqualTo(permissions));
            });
            assertThat(path).hasContent("new");
            AsyncFile.replace(directory.resolve("made"), new byte[] {'x'});
        });
        assertThat(Files.getPosixFilePermissions(path)).isEqualTo(permissions);
        assertThat(files()).containsExactlyInAnyOrder(path, directory.resolve("made"));
    }

    @Test
    void failedReplacementLeavesTheOldFileAndNoOther() throws IOException {
        Path path = Files.writeString(directory.resolve("settings"), "old");
        Path full = Files.createDirectory(directory.resolve("full"));
        Files.createFile(full.resolve("inside"));
        this.<IOException>run(() -> {
            assertThatThrownBy(() -> AsyncFile.replace(path, file -> {
                file.write(new byte[10], 0);
                throw new IOException("no more");
            })).hasMessage("no more");
            assertThatThrownBy(() -> AsyncFile.replace(full, new byte[10]))
                    .isInstanceOf(FileSystemException.class).hasMessageContaining(full.toString());
            assertThatThrownBy(() -> AsyncFile.replace(directory.resolve("nowhere").resolve("file"), new byte[10]))
                    .isInstanceOf(NoSuchFileException.class);
            assertThatIllegalArgumentException().isThrownBy(() -> AsyncFile.replace(Path.of("/"), new byte[10]));
        });
        assertThat(path).hasContent("old");
        assertThat(files()).containsExactlyInAnyOrder(path, full);
    }

    @Test
    void cancelledReplacementLeavesTheOldFileAndNoOther() throws IOException {
        Path path = Files.writeString(directory.resolve("settings"), "old");
        this.<IOException>run(() -> CancelScope.run(scope -> AsyncFile.replace(path, file -> {
            file.write(new byte[10], 0);
            scope.cancel("test");
            file.write(new byte[10], 0);
        })));
        assertThat(path).hasContent("old");
        assertThat(files()).containsExactly(path);
    }

    @Test
    void replacementCancelledAnywhereIsAllOrNothing() throws IOException {
        Path path = directory.resolve("settings");
        int[] ends = new int[2];
        for (int micros = 0; micros < 20_000; micros += 1 + micros / 4) {
            Duration patience = Duration.ofNanos(1000L * micros);
            Files.writeString(path, "old");
            this.<IOException>run(() -> ends[Async.moveOnAfter(patience, () -> AsyncFile.replace(path, "new".getBytes(UTF_8))) ? 1 : 0]++);
            assertThat(Files.readString(path)).isIn("old", "new");
            assertThat(files()).containsExactly(path);
        }
        assertThat(ends[0]).as("cancelled").isPositive();
    }
}
