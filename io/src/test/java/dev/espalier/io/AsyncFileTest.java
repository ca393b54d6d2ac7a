package dev.espalier.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.core.Async;
import dev.espalier.core.CancelScope;
import dev.espalier.core.TaskGroup;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AsyncFileTest extends OnBothEngines {
    @TempDir
    Path directory;

    private Path file(int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return Files.write(directory.resolve("file-" + size), bytes);
    }

    @Test
    void wholeFileIsReadWithinItsBound() throws IOException {
        for (int size : new int[] {0, 1, 1000, 300_000}) {
            Path path = file(size);
            this.<IOException>run(() -> {
                assertThat(AsyncFile.readAll(path, size)).isEqualTo(Files.readAllBytes(path));
                assertThat(AsyncFile.readAll(path, Integer.MAX_VALUE)).hasSize(size);
            });
        }
    }

    @Test
    void fileBeyondTheBoundIsNamed() throws IOException {
        Path path = file(1000);
        this.<IOException>run(() -> assertThatThrownBy(() -> AsyncFile.readAll(path, 999))
                .isInstanceOf(ReadLimitException.class)
                .hasMessageContaining(path.toString())
                .hasMessageContaining("999"));
    }

    @Test
    void fileThatDoesNotKnowItsSizeIsRead() throws IOException {
        Path path = Path.of("/proc/self/status");
        assumeTrue(Files.exists(path));
        this.<IOException>run(() -> {
            assertThat(AsyncFile.readString(path, 1 << 20)).contains("Name:").endsWith("\n");
            assertThatThrownBy(() -> AsyncFile.readAll(path, 10)).isInstanceOf(ReadLimitException.class);
        });
    }

    @Test
    void wholeFileIsReplaced() throws IOException {
        Path path = file(1000);
        this.<IOException>run(() -> {
            AsyncFile.writeString(path, "grüß");
            assertThat(AsyncFile.readString(path, 100)).isEqualTo("grüß");
            AsyncFile.writeAll(path, new byte[400_000]);
            assertThat(Files.size(path)).isEqualTo(400_000);
        });
    }

    @Test
    void openFileIsReadAndWrittenAtPositions() throws IOException {
        Path path = directory.resolve("new");
        this.<IOException>run(() -> {
            try (AsyncFile file = AsyncFile.open(
                    path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                byte[] large = new byte[300_000];
                new Random(1).nextBytes(large);
                file.write(large, 5);
                file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}, 1, 2), 0);
                file.force();
                assertThat(file.size()).isEqualTo(300_005);
                assertThat(file.read(0, 3)).isEqualTo(new byte[] {2, 3, 0});
                assertThat(file.read(5, large.length + 10)).isEqualTo(large);
                assertThat(file.read(300_005, 10)).isEmpty();
                assertThat(file.read(1L << 40, 10)).isEmpty();
                ByteBuffer target = ByteBuffer.allocate(10);
                assertThat(file.read(target, 300_000)).isEqualTo(5);
                assertThat(target.position()).isEqualTo(5);
            }
            assertThatThrownBy(() -> AsyncFile.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))
                    .isInstanceOf(FileAlreadyExistsException.class);
        });
    }

    @Test
    void missingFileIsNamed() throws IOException {
        Path path = directory.resolve("missing");
        this.<IOException>run(() -> {
            assertThatThrownBy(() -> AsyncFile.open(path)).isInstanceOf(NoSuchFileException.class).hasMessage(path.toString());
            assertThatThrownBy(() -> AsyncFile.readAll(path, 1)).isInstanceOf(NoSuchFileException.class);
        });
    }

    @Test
    void closedFileRefuses() throws IOException {
        Path path = file(10);
        this.<IOException>run(() -> {
            AsyncFile file = AsyncFile.open(path);
            file.close();
            file.close();
            assertThatThrownBy(() -> file.read(0, 1))
                    .isInstanceOf(StreamClosedException.class)
                    .hasMessageContaining(path.toString());
            assertThatIllegalArgumentException().isThrownBy(() -> file.read(-1, 1)).withMessageContaining("position");
        });
    }

    @Test
    void cancelledOperationLeavesTheFileOpenAndCloseStillCloses() throws IOException {
        Path path = file(10);
        this.<IOException>run(() -> {
            AsyncFile[] opened = new AsyncFile[1];
            CancelScope.run(scope -> {
                try (AsyncFile file = AsyncFile.open(path)) {
                    opened[0] = file;
                    TaskGroup.<IOException>run(group -> {
                        group.start(() -> scope.cancel("test"));
                        assertThat(file.read(0, 10)).hasSize(10); // it had begun when the cancellation came
                    });
                }
            });
            assertThatThrownBy(() -> opened[0].size()).isInstanceOf(StreamClosedException.class);
        });
    }

    @Test
    void cancelledTaskBeginsNoOperation() throws IOException {
        Path path = directory.resolve("never");
        this.<IOException>run(() -> {
            CancelScope.run(scope -> {
                scope.cancel("test");
                AsyncFile.writeString(path, "x");
            });
            assertThat(Files.exists(path)).isFalse();
        });
    }

    @Test
    void loopGoesOnAndOperationsAtOnceAreBounded() throws IOException, InterruptedException {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            AtomicInteger opened = new AtomicInteger();
            for (int i = 0; i < 2 * LoopShare.FILE_OPERATIONS; i++) {
                group.start(() -> {
                    try (AsyncFile file = AsyncFile.open(pipe)) { // waits for somebody who writes
                        assertThat(file).hasToString("AsyncFile[" + pipe + "]");
                        opened.incrementAndGet();
                    }
                });
            }
            Async.checkpoint();
            assertThat(LoopShare.current().fileOperations.available()).isZero();
            assertThat(Async.offload(() -> "others have threads left")).isNotEmpty();
            assertThat(opened).hasValue(0);
            try (var writer = Async.<FileOutputStream, IOException>offload(() -> new FileOutputStream(pipe.toFile()))) {
                while (opened.get() < 2 * LoopShare.FILE_OPERATIONS) {
                    Async.checkpoint();
                }
                assertThat(writer.getFD().valid()).isTrue();
            }
        }));
    }

    // ---- F8

    @AfterEach
    void nothingIsLeftOpen() throws IOException {
        assertThat(Descriptors.links(directory.toRealPath().toString())).isEmpty();
    }

    @Test
    void appendedBytesComeAtTheEnd() throws IOException {
        Path path = directory.resolve("log");
        this.<IOException>run(() -> {
            AsyncFile.append(path, "ä");
            AsyncFile.append(path, new byte[] {'b'});
            try (AsyncFile file = AsyncFile.open(path, StandardOpenOption.APPEND)) {
                file.write(new byte[] {'c'}, 0);
            }
        });
        assertThat(path).hasContent("äbc");
    }

    @Test
    void whoAppendAtTheSameTimeDoNotOverwriteEachOther() throws IOException {
        Path path = directory.resolve("log");
        this.<IOException>run(() -> Async.parallelForEach(
                20, IntStream.range(0, 200).boxed().toList(), i -> AsyncFile.append(path, "line " + i + "\n")));
        assertThat(Files.readAllLines(path))
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 200).mapToObj(i -> "line " + i).toList());
    }

    @Test
    void linesAreReadWithinTheirBound() throws IOException {
        List<String> lines = IntStream.range(0, 50_000).mapToObj(i -> "line " + i).toList();
        Path path = Files.write(directory.resolve("lines"), lines);
        this.<IOException>run(() -> {
            List<String> read = new ArrayList<>();
            StreamReader second;
            try (AsyncFile file = AsyncFile.open(path)) {
                file.reader(0).lines().forEach(read::add);
                assertThat(read).isEqualTo(lines);
                second = file.reader("line 0\nli".length());
                assertThat(second.readLine()).isEqualTo("ne 1");
                assertThatThrownBy(() -> second.readLine(3))
                        .isInstanceOf(ReadLimitException.class).hasMessageContaining(path.toString());
                assertThatIllegalArgumentException().isThrownBy(() -> file.reader(-1));
            }
            assertThatThrownBy(second::readLine).isInstanceOf(StreamClosedException.class)
                    .hasMessageContaining(path.toString());
        });
    }

    @Test
    void readerOfAGrowingFileGoesOn() throws IOException {
        Path path = Files.writeString(directory.resolve("grows"), "one\n");
        this.<IOException>run(() -> {
            try (AsyncFile file = AsyncFile.open(path)) {
                StreamReader reader = file.reader(0);
                assertThat(reader.readLine()).isEqualTo("one");
                assertThat(reader.readLine()).isNull();
                AsyncFile.append(path, "two\n");
                assertThat(reader.readLine()).isEqualTo("two");
            }
        });
    }

    @Test
    void cancelledReadOfALineLosesNothing() throws IOException {
        Path path = Files.writeString(directory.resolve("lines"), "one\ntwo\n");
        this.<IOException>run(() -> {
            try (AsyncFile file = AsyncFile.open(path)) {
                StreamReader reader = file.reader(0);
                CancelScope.run(scope -> TaskGroup.run(group -> {
                    group.start(() -> scope.cancel("test"));
                    assertThat(reader.readLine()).isEqualTo("one"); // it had begun
                    reader.readLine();
                }));
                assertThat(reader.readLine()).isEqualTo("two");
            }
        });
    }

    @Test
    void fullDiskIsToldWithTheNameOfTheFile() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full));
        this.<IOException>run(() -> {
            assertThatThrownBy(() -> AsyncFile.writeString(full, "x"))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageStartingWith("/dev/full: ")
                    .hasMessageContaining("space");
            try (AsyncFile file = AsyncFile.open(full, StandardOpenOption.WRITE)) {
                assertThatThrownBy(() -> file.write(new byte[1], 0)).hasMessageStartingWith("/dev/full: ");
            }
        });
    }

    @Test
    void manyFilesAreReadInTheirOrder() throws IOException {
        List<Path> paths = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            paths.add(Files.writeString(directory.resolve("file" + i), "content " + i));
        }
        this.<IOException>run(() -> {
            for (int count : new int[] {0, 1, 17, 200}) {
                assertThat(AsyncFile.readEach(paths.subList(0, count), 11)).extracting(bytes -> new String(bytes, UTF_8))
                        .containsExactlyElementsOf(IntStream.range(0, count).mapToObj(i -> "content " + i).toList());
            }
            assertThatThrownBy(() -> AsyncFile.readEach(paths, 10))
                    .isInstanceOf(ReadLimitException.class).hasMessageContaining(directory.toString());
            Path missing = directory.resolve("missing");
            assertThatThrownBy(() -> AsyncFile.readEach(List.of(paths.getFirst(), missing), 11))
                    .isInstanceOf(NoSuchFileException.class).hasMessage(missing.toString());
            assertThatIllegalArgumentException().isThrownBy(() -> AsyncFile.readEach(paths, -1));
        });
    }

    @Test
    void cancelledReadingOfManyFilesIsBrokenOff() throws IOException {
        List<Path> paths = Collections.nCopies(20_000, file(1000));
        this.<IOException>run(() -> {
            boolean ended = CancelScope.run(scope -> TaskGroup.run(group -> {
                group.start(() -> scope.cancel("test"));
                AsyncFile.readEach(paths, 1000);
                throw new AssertionError("it was not broken off");
            }));
            assertThat(ended).isFalse();
            assertThat(LoopShare.current().fileOperations.available()).isEqualTo(LoopShare.FILE_OPERATIONS);
        });
    }
}
