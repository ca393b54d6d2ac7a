package dev.espalier.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaitable.Succeeded;
import dev.espalier.core.Body;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Task;
import dev.espalier.core.VoidBody;
import dev.espalier.core.VoidBodyWith;
import dev.espalier.io.AsyncFile;
import dev.espalier.io.ByteStream;
import dev.espalier.io.StreamClosedException;
import dev.espalier.io.StreamReader;
import dev.espalier.io.StreamWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;

/** All that awaits on files, and on streams that block, cancelled everywhere. */
class FilesSweptTest {
    private static final String OLD = "old content\nof two lines\n";

    @TempDir
    private Path directory;

    private static void sweep(LoopOptions.Engine engine, VoidBodyWith<LoopTester, IOException> body) throws IOException {
        Sweep.Options options = Sweep.Options.defaults()
                .withRun(Engines.Options.on(engine))
                .withKinds(Sweep.Kind.CANCEL); // the others are the same to a file
        Sweep sweep = LoopTester.<IOException>sweep(options, body);
        assertThat(sweep.awaits().size() + sweep.yielding().size()).as("awaits of %s", sweep).isPositive();
    }

    /** A change of a file that happens as a whole, or not at all. */
    private void changes(LoopOptions.Engine engine, String changed, VoidBodyWith<Path, IOException> change) throws IOException {
        Path path = directory.resolve("file");
        sweep(engine, t -> {
            Files.writeString(path, OLD);
            Awaitable.State<Void> end = t.swept((VoidBody<IOException>) () -> change.run(path));
            if (end instanceof Succeeded) {
                assertThat(path).hasContent(changed);
            } else {
                assertThat(Files.readString(path)).isIn(OLD, changed);
            }
            try (Stream<Path> files = Files.list(directory)) {
                assertThat(files).as("nothing is left behind").containsExactly(path);
            }
        });
    }

    @Engines
    @DisplayName("F8: a cancelled change of a file has been made or not, and leaves nothing behind")
    void changesAreWhole(LoopOptions.Engine engine) throws IOException {
        changes(engine, "new", path -> AsyncFile.writeString(path, "new"));
        changes(engine, OLD + "more", path -> AsyncFile.append(path, "more"));
        changes(engine, "new", path -> AsyncFile.replace(path, bytes("new")));
        changes(engine, "new" + OLD.substring(3), path -> {
            try (AsyncFile file = AsyncFile.open(path, StandardOpenOption.WRITE)) {
                file.write(bytes("new"), 0);
                file.force();
            }
        });
    }

    private void reads(LoopOptions.Engine engine, String expected, Body<String, IOException> read) throws IOException {
        sweep(engine, t -> {
            if (t.swept(read) instanceof Succeeded<String>(var text)) {
                assertThat(text).isEqualTo(expected);
            }
        });
    }

    @Engines
    @DisplayName("F8: a cancelled read of a file harms nothing")
    void readsHarmNothing(LoopOptions.Engine engine) throws IOException {
        Path path = Files.writeString(directory.resolve("file"), OLD);
        reads(engine, OLD, () -> AsyncFile.readString(path, 100));
        reads(engine, "2", () -> "" + AsyncFile.readEach(List.of(path, path), 100).size());
        reads(engine, "content", () -> {
            try (AsyncFile file = AsyncFile.open(path)) {
                assertThat(file.size()).isEqualTo(OLD.length());
                return new String(file.read(4, 7), StandardCharsets.US_ASCII);
            }
        });
    }

    @Engines
    @DisplayName("A13: a cancelled read through a reader of a file, or of a stream that blocks, has taken nothing")
    void readersLoseNothing(LoopOptions.Engine engine) throws IOException {
        Path path = Files.writeString(directory.resolve("file"), OLD);
        sweep(engine, t -> {
            try (AsyncFile file = AsyncFile.open(path)) {
                reader(t, file.reader(0));
            }
        });
        sweep(engine, t -> reader(t, StreamReader.of(new ByteArrayInputStream(bytes(OLD)))));
    }

    private static void reader(LoopTester t, StreamReader reader) throws IOException {
        var all = new ByteArrayOutputStream();
        t.swept(() -> {
            all.writeBytes(bytes(reader.readLine() + "\n"));
            all.writeBytes(reader.readExactly(5));
        });
        all.writeBytes(reader.readAll(100));
        assertThat(all).hasToString(OLD);
    }

    @Engines
    @DisplayName("S5: a cancelled close of a file still closes it")
    void closesClose(LoopOptions.Engine engine) throws IOException {
        Path path = Files.writeString(directory.resolve("file"), OLD);
        sweep(engine, t -> {
            AsyncFile file = AsyncFile.open(path);
            t.swept(file::close);
            assertThatThrownBy(file::size).isInstanceOf(StreamClosedException.class);
        });
    }

    @Engines
    @DisplayName("B12: a cancelled sendFile has sent nothing, or the output is torn and says so")
    void filesAreSentWholeOrTorn(LoopOptions.Engine engine) throws IOException {
        byte[] content = new byte[100_000];
        new Random(5).nextBytes(content);
        Path path = Files.write(directory.resolve("file"), content);
        sweep(engine, t -> {
            try (AsyncFile file = AsyncFile.open(path)) {
                ByteStream.Pair pair = ByteStream.pair(40_000);
                var got = new ByteArrayOutputStream();
                Task<Void> reader = t.background().start("reader", () -> {
                    while (true) {
                        got.writeBytes(pair.right().read(9_000));
                        Async.sleep(Duration.ofSeconds(1));
                    }
                });
                Awaitable.State<Long> end = t.swept(() -> pair.left().sendFile(file, 0, Long.MAX_VALUE));
                boolean torn = false;
                try {
                    pair.left().write("x");
                } catch (StreamClosedException e) {
                    assertThat(e).hasMessageContaining("torn");
                    torn = true;
                }
                Async.sleep(Duration.ofMinutes(1)); // what was written is read
                reader.cancelAndJoin("the end");
                if (torn) {
                    assertThat(end).isNotInstanceOf(Succeeded.class);
                    assertThat(got.toByteArray()).isEqualTo(Arrays.copyOf(content, got.size()));
                } else {
                    assertThat(got.size()).isEqualTo(1 + (end instanceof Succeeded ? content.length : 0));
                }
            }
        });
    }

    @Engines
    @DisplayName("B22: a cancelled write to a stream that blocks has written nothing, or is torn and says so")
    void blockingWritesAreWholeOrTorn(LoopOptions.Engine engine) throws IOException {
        byte[] much = new byte[200_000];
        sweep(engine, t -> {
            var out = new ByteArrayOutputStream();
            StreamWriter writer = StreamWriter.of(out);
            Awaitable.State<Void> end = t.swept(() -> writer.write(much));
            try {
                writer.write("x");
                assertThat(out.size()).isEqualTo(1 + (end instanceof Succeeded ? much.length : 0));
            } catch (StreamClosedException e) {
                assertThat(e).hasMessageContaining("torn");
                assertThat(end).isNotInstanceOf(Succeeded.class);
            }
        });
    }

    @Engines
    @DisplayName("S5: a cancelled end of writing closes a stream that blocks when it is called again")
    void blockingStreamsAreClosed(LoopOptions.Engine engine) throws IOException {
        sweep(engine, t -> {
            var closed = new boolean[1];
            StreamWriter writer = StreamWriter.of(new ByteArrayOutputStream() {
                @Override
                public void close() {
                    closed[0] = true;
                }
            });
            if (!(t.swept(writer::writeEnd) instanceof Succeeded)) {
                writer.writeEnd();
            }
            assertThat(closed[0]).isTrue();
        });
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
