package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.CancelledError;
import dev.espalier.core.Promise;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows B12 and B13: from one stream to another, both ways, and from a file. */
class CopyTest extends OnBothEngines {
    private static final int SIZE = 5_000_000;

    @TempDir
    Path directory;

    private Path path;
    private byte[] content;

    @BeforeEach
    void makeFile() throws IOException {
        content = new byte[SIZE];
        new Random(3).nextBytes(content);
        path = Files.write(directory.resolve("file"), content);
    }

    @Test
    @DisplayName("B13: everything is copied, and the other stream stays open")
    void aStreamIsCopied() throws IOException {
        run(peer -> peer.write(content), stream -> {
            ByteStream.Pair pair = ByteStream.pair(1000);
            TaskGroup.run(group -> {
                Task<byte[]> reader = group.start(() -> pair.right().readAll(SIZE));
                // @start region="copy"
                long count = stream.copyTo(pair.left());
                pair.left().writeEnd();
                // @end
                assertThat(count).isEqualTo(SIZE);
                assertThat(reader.await()).isEqualTo(content);
            });
        });
    }

    @Test
    @DisplayName("A13: of a cancelled copy, what was not written is still there")
    void aCancelledCopyKeepsTheRest() throws IOException {
        this.<IOException>run(() -> {
            ByteStream.Pair from = ByteStream.pair(100);
            ByteStream.Pair to = ByteStream.pair(10);
            from.left().write("abcdefghijklmnopqrstuvwxyz");
            assertThat(Async.moveOnAfter(Duration.ofMillis(20), () -> {
                from.right().copyTo(to.left());
            })).isFalse();
            assertThat(to.right().readExactly(10)).asString().isEqualTo("abcdefghij");
            assertThat(from.right().readExactly(16)).asString().isEqualTo("klmnopqrstuvwxyz");
            assertThatThrownBy(() -> to.left().write("x")).hasMessageContaining("torn");
        });
    }

    @Test
    @DisplayName("B13: a relay carries both directions, and the end of each")
    void aRelayCarriesBothDirections() throws IOException {
        inGroup(group -> {
            Server target = Net.serve(group, LOOPBACK, peer -> {
                peer.write(peer.readAll(100));
                peer.write("and more");
            });
            Promise<ByteStream.Relayed> relayed = Promise.create();
            // @start region="relay"
            Server proxy = Net.serve(group, LOOPBACK, client -> {
                try (SocketStream server = Net.connect(target.address())) {
                    relayed.succeed(ByteStream.relay(client, server));
                }
            });
            // @end
            try (SocketStream client = Net.connect(proxy.address())) {
                client.write("question ");
                client.writeEnd();
                assertThat(client.readAll(100)).asString().isEqualTo("question and more");
            }
            assertThat(relayed.await()).isEqualTo(new ByteStream.Relayed(9, 17));
            proxy.close();
            target.close();
        });
    }

    @Test
    @DisplayName("B13: the failure of one direction ends both")
    void aFailureEndsARelay() throws IOException {
        inGroup(group -> {
            ByteStream.Pair left = ByteStream.pair(100);
            ByteStream.Pair right = ByteStream.pair(100);
            Task<?> relay = group.start(() -> assertThatThrownBy(() -> ByteStream.relay(left.right(), right.left()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("reset"));
            left.left().write("x");
            assertThat(right.right().readExactly(1)).hasSize(1);
            right.right().abort();
            relay.join();
            left.left().write("still open");
            assertThat(left.right().readExactly(10)).hasSize(10);
        });
    }

    @Test
    @DisplayName("B13: one direction has ended, and then the other fails")
    void aFailureAfterAnEndEndsARelay() throws IOException {
        for (boolean firstEnds : new boolean[] {true, false}) {
            inGroup(group -> {
                ByteStream.Pair left = ByteStream.pair(100);
                ByteStream.Pair right = ByteStream.pair(100);
                Task<?> relay = group.start(() -> assertThatThrownBy(() -> ByteStream.relay(left.right(), right.left()))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("reset"));
                ByteStream ends = firstEnds ? left.left() : right.right();
                ByteStream fails = firstEnds ? right.right() : left.left();
                ends.writeEnd();
                assertThat(fails.atEnd()).isTrue();
                fails.abort();
                relay.join();
            });
        }
    }

    // ---- files

    @Test
    @DisplayName("B12: a file is sent over a socket, whole or in part")
    void aFileIsSent() throws IOException {
        run(
                peer -> {
                    // @start region="sendFile"
                    try (AsyncFile file = AsyncFile.open(path)) {
                        peer.sendFile(file, 0, Long.MAX_VALUE);
                    }
                    // @end
                    try (AsyncFile file = AsyncFile.open(path)) {
                        assertThat(peer.sendFile(file, 10, 20)).isEqualTo(20);
                        assertThat(peer.sendFile(file, SIZE - 5, 100)).as("up to the end").isEqualTo(5);
                        assertThat(peer.sendFile(file, SIZE, 100)).isZero();
                        assertThat(peer.sendFile(file, 0, 0)).isZero();
                    }
                },
                stream -> {
                    assertThat(stream.readExactly(SIZE)).isEqualTo(content);
                    assertThat(stream.readExactly(20)).isEqualTo(Arrays.copyOfRange(content, 10, 30));
                    assertThat(stream.readAll(100)).isEqualTo(Arrays.copyOfRange(content, SIZE - 5, SIZE));
                });
    }

    @Test
    @DisplayName("B12, W3: where the system cannot send a file it is copied, and stays together")
    void aFileIsCopied() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(1000);
            ByteStream stapled = ByteStream.of(pair.left(), pair.left());
            try (AsyncFile file = AsyncFile.open(path)) {
                Task<Long> sender = group.start(() -> stapled.sendFile(file, 0, SIZE));
                Task<?> second = group.start(() -> pair.left().write("second"));
                assertThat(pair.right().readExactly(SIZE)).isEqualTo(content);
                assertThat(sender.await()).isEqualTo(SIZE);
                assertThat(pair.right().readExactly(6)).asString().isEqualTo("second");
                second.join();
            }
        });
    }

    @Test
    @DisplayName("B12: a cancelled sendFile says how much went out")
    void aCancelledFileIsTorn() throws IOException {
        byte[] large = new byte[64 << 20];
        Files.write(path, large);
        run(_ -> Async.sleepForever(), stream -> {
            try (AsyncFile file = AsyncFile.open(path)) {
                Async.moveOnAfter(Duration.ofMillis(100), () -> {
                    try {
                        stream.sendFile(file, 0, large.length);
                    } catch (CancelledError e) {
                        assertThat(e.getSuppressed()).hasSize(1);
                        assertThat(e.getSuppressed()[0])
                                .hasMessageMatching(".*cancelled after \\d+ of 67108864 bytes of AsyncFile.*torn");
                        throw e;
                    }
                });
                assertThatThrownBy(() -> stream.sendFile(file, 0, 1))
                        .isInstanceOf(StreamClosedException.class)
                        .hasMessageContaining("torn");
            }
            stream.abort();
        });
    }

    @Test
    void aFileThatCannotBeReadHarmsNoStream() throws IOException {
        this.<IOException>run(() -> {
            ByteStream.Pair pair = ByteStream.pair(1000);
            AsyncFile file = AsyncFile.open(path);
            assertThatIllegalArgumentException().isThrownBy(() -> pair.left().sendFile(file, -1, 1)).withMessageContaining("position");
            assertThatIllegalArgumentException().isThrownBy(() -> pair.left().sendFile(file, 0, -1)).withMessageContaining("count");
            file.close();
            assertThatThrownBy(() -> pair.left().sendFile(file, 0, 1))
                    .isInstanceOf(StreamClosedException.class)
                    .hasMessageContaining("AsyncFile");
            pair.left().write("x");
            assertThat(pair.right().readExactly(1)).hasSize(1);
        });
        run(peer -> peer.write("y"), stream -> {
            AsyncFile file = AsyncFile.open(path);
            file.close();
            assertThatThrownBy(() -> stream.sendFile(file, 0, 1)).hasMessageContaining("AsyncFile");
            stream.write("x");
        });
    }
}
