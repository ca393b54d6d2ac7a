package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Rows B20 and B21: streams in memory, and one stream of a reader and a writer. */
class MemoryStreamTest extends OnBothEngines {
    private static boolean waits(Task<?> task) {
        Async.sleep(Duration.ZERO); // lets it run up to where it waits
        Async.sleep(Duration.ZERO);
        return task.state() instanceof Awaitable.Pending;
    }

    @Test
    void oneTaskWritesWhatAnotherReads() throws IOException {
        List<String> lines = new ArrayList<>();
        this.<IOException>run(() -> {
            // @start region="pair"
            ByteStream.Pair pair = ByteStream.pair(8192);
            TaskGroup.run(group -> {
                group.start(() -> {
                    pair.left().writeLine("one");
                    pair.left().writeLine("two");
                    pair.left().writeEnd();
                });
                for (String line : pair.right().lines()) {
                    lines.add(line);
                }
            });
            // @end
        });
        assertThat(lines).containsExactly("one", "two");
    }

    @Test
    @DisplayName("W1, W2: a write waits while the pipe is full, and what was lent is not looked at afterwards")
    void aWriteWaitsForRoom() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(4);
            byte[] bytes = "abcdefgh".getBytes();
            Task<?> writer = group.start(() -> {
                pair.left().write(bytes);
                bytes[6] = '!';
            });
            assertThat(waits(writer)).isTrue();
            assertThat(pair.left().tryWrite(new byte[] {'x'})).as("while others write").isZero();
            assertThat(pair.right().read(2)).asString().isEqualTo("ab");
            assertThat(waits(writer)).as("the ring was taken, and has room for what was lent").isFalse();
            assertThat(pair.right().readExactly(6)).asString().isEqualTo("cdefgh");
            assertThat(pair.left().tryWrite(new byte[100])).as("without waiting").isEqualTo(4);
        });
    }

    @Test
    void withoutARingAWriteReturnsWhenAllWasTaken() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(0);
            assertThat(pair.left().tryWrite(new byte[1])).isZero();
            Task<?> writer = group.start(() -> pair.left().write(ByteBuffer.wrap("abc".getBytes()).asReadOnlyBuffer()));
            assertThat(waits(writer)).isTrue();
            assertThat(pair.right().readExactly(3)).asString().isEqualTo("abc");
            assertThat(waits(writer)).isFalse();
        });
    }

    @Test
    void bytesArriveInOrderWhateverTheSizes() throws IOException {
        var random = new Random(7);
        for (int capacity : new int[] {0, 1, 7, 1000}) {
            byte[] all = new byte[200_000];
            random.nextBytes(all);
            inGroup(group -> {
                ByteStream.Pair pair = ByteStream.pair(capacity);
                group.start(() -> {
                    for (int at = 0; at < all.length; ) {
                        int count = Math.min(all.length - at, 1 + random.nextInt(2000));
                        pair.left().write(ByteBuffer.wrap(all, at, count));
                        at += count;
                    }
                    pair.left().close();
                });
                assertThat(pair.right().readAll(all.length)).isEqualTo(all);
            });
        }
    }

    @Test
    @DisplayName("C1, R8: a close waits for the writes under way, wakes its reader, and refuses what the peer writes")
    void aCloseIsSeenOnBothSides() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(1);
            Task<?> reader = group.start(
                    () -> assertThatThrownBy(() -> pair.left().read(1)).isInstanceOf(StreamClosedException.class));
            Task<?> writer = group.start(() -> pair.left().write("last"));
            assertThat(waits(writer)).isTrue();
            Task<?> closer = group.start(() -> pair.left().close());
            assertThat(waits(closer)).isTrue();
            assertThatThrownBy(() -> pair.left().write("x")).isInstanceOf(StreamClosedException.class);
            assertThat(pair.right().readAll(10)).asString().isEqualTo("last");
            reader.join();
            closer.join();
            assertThatThrownBy(() -> pair.right().write("x")).isInstanceOf(IOException.class).hasMessage("Broken pipe");
            pair.left().close();
        });
    }

    @Test
    @DisplayName("C3: abort resets both directions and never waits")
    void anAbortResetsBoth() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(1);
            Task<?> writer = group.start(() -> assertThatThrownBy(() -> pair.left().write("lost"))
                    .isInstanceOf(StreamClosedException.class));
            assertThat(waits(writer)).isTrue();
            pair.left().abort();
            writer.join();
            assertThatThrownBy(() -> pair.right().read(1)).isInstanceOf(IOException.class).hasMessageContaining("reset");
            assertThatThrownBy(() -> pair.right().read(1)).as("again").hasMessageContaining("reset");
            assertThatThrownBy(() -> pair.right().write("x")).isInstanceOf(IOException.class).hasMessageContaining("reset");
            assertThatThrownBy(() -> pair.left().read(1)).isInstanceOf(StreamClosedException.class);
        });
    }

    @Test
    void whatItWaitsForIsToldAndWrongNumbersAreRefused() throws IOException {
        inGroup(_ -> {
            ByteStream.Pair pair = ByteStream.pair(8);
            pair.left().write("abc");
            assertThat(pair.right()).asString().isEqualTo("MemoryStream[right, 3 bytes to read, 0 bytes to be read by the peer]");
            assertThatIllegalArgumentException().isThrownBy(() -> ByteStream.pair(-1)).withMessageContaining("not -1");
        });
    }

    // ---- one stream of two

    @Test
    void aReaderAndAWriterAreOneStream() throws IOException {
        List<String> answers = new ArrayList<>();
        this.<IOException>run(() -> {
            // @start region="of"
            TaskGroup.run(group -> {
                Subprocess sort = Subprocess.start(group, "sort");
                try (ByteStream stream = ByteStream.of(sort.stdout(), sort.stdin())) {
                    stream.write("b\na\n");
                    stream.writeEnd();
                    answers.add(stream.readLine());
                }
            });
            // @end
        });
        assertThat(answers).containsExactly("a");
    }

    @Test
    void whatWasWrittenToAChildReachesItWhenTheStreamIsClosed() throws IOException {
        inGroup(group -> {
            Subprocess child = Subprocess.start(group, "wc", "-c");
            ByteStream stream = ByteStream.of(child.stdout(), child.stdin());
            stream.write(ByteBuffer.allocate(200_000));
            stream.close();
            assertThat(child.stdout().readLine()).isEqualTo("200000");
        });
    }

    @Test
    void theTwoOfAStapledStreamEndWithIt() throws IOException {
        inGroup(_ -> {
            ByteStream.Pair in = ByteStream.pair(100);
            ByteStream.Pair out = ByteStream.pair(100);
            ByteStream stapled = ByteStream.of(in.left(), out.left());
            in.right().write("in\n");
            stapled.writeLine("out");
            assertThat(stapled.readLine()).isEqualTo("in");
            assertThat(stapled.toString()).contains("left");
            stapled.close();
            assertThat(out.right().readAll(10)).asString().isEqualTo("out\n");
            assertThat(in.right().atEnd()).isTrue();
            assertThatThrownBy(() -> stapled.read(1)).isInstanceOf(StreamClosedException.class);
            assertThatThrownBy(() -> stapled.write("x")).isInstanceOf(StreamClosedException.class);
            stapled.close();
        });
    }

    @Test
    void anotherWriterIsEndedAndAnotherReaderIsLeft() throws IOException {
        inGroup(_ -> {
            ByteStream.Pair in = ByteStream.pair(100);
            ByteStream.Pair out = ByteStream.pair(100);
            StreamReader reader = StreamReader.of(target -> in.left().read(target));
            StreamWriter writer = (StreamWriter) Proxy.newProxyInstance(StreamWriter.class.getClassLoader(),
                    new Class<?>[] {StreamWriter.class}, (_, method, arguments) -> method.invoke(out.left(), arguments));
            ByteStream stapled = ByteStream.of(reader, writer);
            in.right().write("abc");
            stapled.write("xyz");
            stapled.close();
            assertThat(out.right().readAll(10)).asString().isEqualTo("xyz");
            assertThat(reader.readExactly(3)).asString().isEqualTo("abc");
            out.right().write("open");
            assertThat(out.left().readExactly(4)).as("nothing else was closed").hasSize(4);
        });
    }
}
