package dev.espalier.io;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.CancelScope;
import dev.espalier.core.CancelledError;
import dev.espalier.core.Task;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row B6: several writes that are one. */
class WriteTogetherTest extends OnBothEngines {
    @TempDir
    Path directory;

    /** On which each write below is one read. */
    private static ByteStream.Pair pair() {
        return ByteStream.pair(0);
    }

    @Test
    @DisplayName("B6, W6: small writes leave as one")
    void smallWritesLeaveAsOne() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = pair();
            ByteStream stream = pair.left();
            Task<?> writer = group.start(() -> {
                // @start region="together"
                stream.writeTogether(out -> {
                    out.writeShort(1, BIG_ENDIAN);
                    out.writeInt(6, BIG_ENDIAN);
                    out.write("h\u00e9llo");
                });
                // @end
            });
            assertThat(pair.right().read(100)).isEqualTo(new byte[] {0, 1, 0, 0, 0, 6, 'h', (byte) 0xC3, (byte) 0xA9, 'l', 'l', 'o'});
            writer.join();
            group.start(() -> stream.write(ByteBuffer.wrap(new byte[3]), ByteBuffer.allocateDirect(4), ByteBuffer.allocate(0)));
            assertThat(pair.right().read(100)).hasSize(7);
        });
    }

    @Test
    @DisplayName("W3: what belongs together stays so, whatever its size, and others write before or after")
    void itStaysTogether() throws IOException {
        var random = new Random(1);
        byte[] large = new byte[300_000];
        random.nextBytes(large);
        run(peer -> {
            for (int i = 0; i < 2; i++) {
                assertThat(peer.readInt(BIG_ENDIAN)).isEqualTo(large.length);
                assertThat(peer.readExactly(large.length)).isEqualTo(large);
                assertThat(peer.readLine()).isEqualTo("end");
            }
            assertThat(peer.readLine()).isNull();
        }, stream -> {
            for (int i = 0; i < 2; i++) {
                stream.writeTogether(out -> {
                    out.writeInt(large.length, BIG_ENDIAN);
                    Async.checkpoint();
                    for (int at = 0; at < large.length; ) {
                        int count = Math.min(large.length - at, 1 + random.nextInt(100_000));
                        out.write(ByteBuffer.wrap(large, at, count));
                        at += count;
                    }
                    out.writeTogether(inner -> inner.writeLine("end"));
                });
            }
            stream.writeEnd();
        });
    }

    @Test
    void aFileMayBelongToIt() throws IOException {
        Path path = Files.write(directory.resolve("file"), new byte[100_000]);
        run(peer -> {
            assertThat(peer.readLine()).isEqualTo("100000");
            assertThat(peer.readExactly(100_000)).hasSize(100_000);
            assertThat(peer.readLine()).isEqualTo("end");
        }, stream -> {
            try (AsyncFile file = AsyncFile.open(path)) {
                stream.writeTogether(out -> {
                    out.writeLine("" + file.size());
                    assertThat(out.sendFile(file, 0, Long.MAX_VALUE)).isEqualTo(100_000);
                    assertThat(out.tryWrite("end\n".getBytes())).isEqualTo(4);
                });
            }
        });
    }

    @Test
    @DisplayName("S4: a body that throws or is cancelled before anything was sent has written nothing")
    void aFailedBodyHasWrittenNothing() throws IOException {
        this.<IOException>run(() -> {
            ByteStream.Pair pair = ByteStream.pair(1000);
            assertThatThrownBy(() -> pair.left().writeTogether(out -> {
                out.write("lost");
                throw new IOException("thought better of it");
            })).isInstanceOf(IOException.class).hasMessage("thought better of it");
            assertThat(CancelScope.run(scope -> pair.left().writeTogether(out -> {
                out.write("lost");
                scope.cancel("test");
                out.write("lost too");
            }))).isFalse();
            pair.left().write("sent");
            assertThat(pair.right().read(100)).asString().isEqualTo("sent");
        });
    }

    @Test
    void aBodyThatThrowsInTheMiddleTearsTheOutput() throws IOException {
        this.<IOException>run(() -> {
            ByteStream.Pair pair = ByteStream.pair(100_000);
            assertThatThrownBy(() -> pair.left().writeTogether(out -> {
                out.write(new byte[70_000]);
                throw new IOException("too late");
            })).hasMessage("too late").satisfies(e -> assertThat(e.getSuppressed()[0]).hasMessageContaining("70000 bytes"));
            assertThatThrownBy(() -> pair.left().write("x")).isInstanceOf(StreamClosedException.class).hasMessageContaining("torn");
            ByteStream.Pair full = ByteStream.pair(10);
            boolean ended = Async.moveOnAfter(Duration.ofMillis(20), () -> {
                try {
                    full.left().writeTogether(out -> out.write("more than ten"));
                } catch (CancelledError e) {
                    assertThat(e.getSuppressed()[0]).hasMessageContaining("after 10 bytes");
                    throw e;
                }
            });
            assertThat(ended).isFalse();
        });
    }

    @Test
    void nothingFollowsAWriteThatWasCutShort() throws IOException {
        this.<IOException>run(() -> {
            ByteStream.Pair pair = ByteStream.pair(10);
            assertThatThrownBy(() -> pair.left().writeTogether(out -> {
                out.write("first");
                assertThat(Async.moveOnAfter(Duration.ofMillis(5), () -> {
                    out.write(new byte[70_000]);
                })).isFalse();
                assertThatThrownBy(() -> out.write("x")).isInstanceOf(StreamClosedException.class).hasMessageContaining("cancelled");
            })).isInstanceOf(StreamClosedException.class).hasMessageContaining("nothing can follow");
            assertThatThrownBy(() -> pair.left().write("x")).hasMessageContaining("torn");
            assertThat(pair.right().readString(5)).isEqualTo("first");
        });
    }

    @Test
    void whoWouldWaitForItselfIsTold() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(100_000);
            ByteStream stream = pair.left();
            StreamWriter[] kept = new StreamWriter[1];
            stream.writeTogether(out -> {
                kept[0] = out;
                stream.write("before;");
                out.write(new byte[70_000]);
                assertThatIllegalStateException().isThrownBy(() -> stream.write("x")).withMessageContaining("writeTogether");
                assertThatIllegalStateException().isThrownBy(out::writeEnd);
                Task<?> other = group.start(() -> stream.write(";after"));
                Async.sleep(Duration.ZERO);
                assertThat(other.toString()).contains("waits");
            });
            assertThat(pair.right().readString(7)).isEqualTo("before;");
            assertThat(pair.right().readExactly(70_000)).hasSize(70_000);
            assertThat(pair.right().readString(6)).isEqualTo(";after");
            assertThatThrownBy(() -> kept[0].write("x")).isInstanceOf(StreamClosedException.class).hasMessageContaining("has ended");
        });
    }

    @Test
    void aBrokenConnectionFailsIt() throws IOException {
        this.<IOException>run(() -> {
            ByteStream.Pair pair = ByteStream.pair(100);
            pair.right().abort();
            assertThatThrownBy(() -> pair.left().writeTogether(out -> out.write("x"))).hasMessageContaining("reset");
            assertThatThrownBy(() -> pair.left().writeTogether(out -> out.write("x"))).isInstanceOf(StreamClosedException.class);
            pair.left().close();
            assertThatThrownBy(() -> pair.left().writeTogether(_ -> {})).isInstanceOf(StreamClosedException.class);
        });
    }
}
