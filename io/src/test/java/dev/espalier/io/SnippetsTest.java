package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The snippets of the Javadoc. */
class SnippetsTest {
    @TempDir
    Path directory;

    @Test
    void echoServerAnswersAClient() throws IOException {
        List<String> answers = new ArrayList<>();
        // @start region="echo"
        Async.run(() -> TaskGroup.run(group -> {
            Server server = Net.serve(group, 0, stream -> {
                for (String line : stream.lines()) {
                    stream.writeLine("echo: " + line);
                }
            });
            try (SocketStream stream = Net.connect("127.0.0.1", server.port())) {
                stream.writeLine("hello");
                answers.add(stream.readLine());
            }
            server.close();
        }));
        // @end
        assertThat(answers).containsExactly("echo: hello");
    }

    @Test
    void clientReadsLines() throws IOException {
        List<String> lines = new ArrayList<>();
        Async.run(() -> TaskGroup.run(group -> {
            Server server = Net.serve(group, 0, stream -> stream.write("one\ntwo\n"));
            int port = server.port();
            // @start region="client"
            try (SocketStream stream = Net.connect("localhost", port)) {
                stream.writeEnd();
                // @start region="lines"
                for (String line = stream.readLine(); line != null; line = stream.readLine()) {
                    lines.add(line);
                }
                // @end
            }
            // @end
            server.close();
        }));
        assertThat(lines).containsExactly("one", "two");
    }

    @Test
    void fileIsReadInParts() throws IOException {
        Path path = Files.writeString(directory.resolve("file"), "header and content");
        List<String> read = new ArrayList<>();
        Async.run(() -> {
            // @start region="file"
            try (AsyncFile file = AsyncFile.open(path)) {
                byte[] header = file.read(0, 6);
                read.add(new String(header, StandardCharsets.US_ASCII));
            }
            String text = AsyncFile.readString(path, 1 << 20);
            // @end
            read.add(text);
        });
        assertThat(read).containsExactly("header", "header and content");
    }

    @Test
    void childIsRunAndTalkedTo() throws IOException {
        List<String> seen = new ArrayList<>();
        Async.run(() -> {
            // @start region="run"
            String sum = Subprocess.run("expr", "1", "+", "2").check().text();
            // @end
            seen.add(sum);
            // @start region="subprocess"
            TaskGroup.run(group -> {
                try (Subprocess sort = Subprocess.start(group, "sort")) {
                    sort.stdin().write("b\na\n");
                    sort.stdin().writeEnd();
                    for (String line : sort.stdout().lines()) {
                        seen.add(line);
                    }
                }
            });
            // @end
            // @start region="command"
            var command = Command.of("sh", "-c", "echo $NAME in $(pwd)")
                    .withDirectory(directory)
                    .withVariable("NAME", "it");
            Subprocess.Completed done = Subprocess.run(command, new byte[0], 1000);
            // @end
            seen.add(done.text());
        });
        assertThat(seen).containsExactly("3\n", "a", "b", "it in " + directory.toRealPath() + "\n");
    }

    @Test
    void filesAreReplacedWalkedAndWatched() throws IOException {
        Path settings = Files.writeString(directory.resolve("settings"), "a=1\nb=2\n");
        List<String> seen = new ArrayList<>();
        Async.run(() -> {
            // @start region="fileLines"
            try (AsyncFile file = AsyncFile.open(settings)) {
                for (String line : file.reader(0).lines()) {
                    seen.add(line);
                }
            }
            // @end
            // @start region="watch"
            TaskGroup.run(group -> {
                var changes = Directory.watch(group, directory, 16);
                // @start region="replace"
                AsyncFile.replace(settings, file -> file.write(new byte[] {'c', '=', '3'}, 0));
                // @end
                Directory.Change change = changes.receive();
                seen.add(change.kind().name());
            });
            // @end
            // @start region="readEach"
            List<byte[]> contents = AsyncFile.readEach(List.of(settings, settings), 1 << 20);
            // @end
            seen.add(contents.size() + " of " + contents.getLast().length);
            // @start region="walk"
            TaskGroup.run(group -> {
                for (Directory.Entry entry : Directory.walk(group, directory)) {
                    seen.add(entry.path().getFileName() + " " + entry.attributes().size());
                }
            });
            // @end
        });
        assertThat(seen).containsExactly("a=1", "b=2", "CREATED", "2 of 3", "settings 3");
    }
}
