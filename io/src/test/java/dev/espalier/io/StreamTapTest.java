package dev.espalier.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row C13: what passes through a stream is seen. */
class StreamTapTest extends OnBothEngines {
    /** Keeps all of it. */
    private static class Recording implements StreamTap {
        final ByteArrayOutputStream received = new ByteArrayOutputStream();
        final ByteArrayOutputStream sent = new ByteArrayOutputStream();
        final List<String> ends = new ArrayList<>();

        private static void keep(ByteBuffer bytes, ByteArrayOutputStream all) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            all.writeBytes(copy);
        }

        @Override
        public void received(ByteBuffer bytes) {
            keep(bytes, received);
        }

        @Override
        public void sent(ByteBuffer bytes) {
            keep(bytes, sent);
        }

        @Override
        public void receivedEnd() {
            ends.add("received");
        }

        @Override
        public void sentEnd() {
            ends.add("sent");
        }

        @Override
        public void closed() {
            ends.add("closed");
        }
    }

    @Test
    void lengthsAreCounted() throws IOException {
        run(OnBothEngines::echo, stream -> {
            // @start region="tap"
            class Count implements StreamTap {
                private long received;

                @Override
                public void received(ByteBuffer bytes) {
                    received += bytes.remaining();
                }
            }

            Count count = new Count();
            try (ByteStream tapped = StreamTap.on(stream, count)) {
                tapped.writeLine("four");
                tapped.readLine();
            }
            assertThat(count.received).isEqualTo(5);
            // @end
        });
    }

    @Test
    void trafficIsShown() throws IOException {
        var log = new ArrayList<String>();
        inGroup(_ -> {
            ByteStream.Pair pair = ByteStream.pair(1000);
            ByteStream stream = pair.left();
            // @start region="dump"
            ByteStream tapped = StreamTap.on(stream, StreamTap.dump("client", 20, log::add));
            tapped.write("GET / HTTP/1.1\r\n\r\n");
            // @end
            pair.right().write("more than twenty bytes\n");
            pair.right().writeEnd();
            assertThat(tapped.readAll(100)).hasSize(23);
            tapped.close();
        });
        assertThat(log).containsExactly(
                "client sent 18 bytes",
                "client 00000000  47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a  GET / HTTP/1.1..",
                "client 00000010  0d 0a                                            ..",
                "client received 23 bytes",
                "client 00000000  6d 6f 72 65 20 74 68 61 6e 20 74 77 65 6e 74 79  more than twenty",
                "client 00000010  20 62 79 74                                       byt",
                "client           and 3 more",
                "client received the end",
                "client sent the end",
                "client closed");
        assertThatIllegalArgumentException().isThrownBy(() -> StreamTap.dump("x", -1, log::add)).withMessageContaining("-1");
    }

    @Test
    @DisplayName("C13: all of it is seen, by whatever method it is read or written, and what was read ahead comes first")
    void everythingIsSeen(@TempDir Path folder) throws IOException {
        var tap = new Recording();
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(100);
            pair.right().write("one\ntwo\n");
            assertThat(pair.left().readLine()).isEqualTo("one");
            ByteStream tapped = StreamTap.on(pair.left(), tap);
            assertThat(StapledStream.buffered(tapped)).isEqualTo(4);
            assertThat(tapped.readLine()).isEqualTo("two");
            var answered = group.start(() -> pair.right().readAll(10_000));
            tapped.write("a");
            assertThat(tapped.tryWrite("b".getBytes(UTF_8))).isOne();
            tapped.writeTogether(all -> {
                all.write("c");
                all.writeLine("d");
            });
            tapped.flush();
            tapped.write(new byte[1000]);
            try (AsyncFile file = AsyncFile.open(Files.writeString(folder.resolve("file"), "from a file"))) {
                tapped.sendFile(file, 0, 100);
            }
            tapped.writeEnd();
            assertThat(answered.await()).isEqualTo(tap.sent.toByteArray()).hasSize(1 + 1 + 3 + 1000 + 11);
            pair.right().write("rest");
            pair.right().close();
            assertThat(tapped.peek(2)).hasSize(2);
            var rest = new ByteArrayOutputStream();
            assertThat(tapped.copyTo(StreamWriter.of(rest))).isEqualTo(4);
            assertThat(tap.received.toString(UTF_8)).isEqualTo("two\nrest");
            tapped.close();
            tapped.abort();
        });
        assertThat(tap.ends).containsExactly("sent", "received", "closed");
    }

    @Test
    void aCancelledWriteShowsWhatWasSent() throws IOException {
        var tap = new Recording();
        inGroup(_ -> {
            ByteStream.Pair pair = ByteStream.pair(100);
            ByteStream tapped = StreamTap.on(pair.left(), tap);
            byte[] much = new byte[1000];
            Arrays.fill(much, (byte) 'x');
            assertThat(Async.moveOnAfter(Duration.ofMillis(20), () -> tapped.write(much))).isFalse();
            assertThat(tap.sent.size()).isEqualTo(100);
            assertThatThrownBy(() -> tapped.write("y")).isInstanceOf(StreamClosedException.class).hasMessageContaining("100 of 1000");
            assertThat(Async.moveOnAfter(Duration.ofMillis(20), () -> tapped.read(1))).isEmpty();
            pair.right().write("z");
            assertThat(tapped.read(10)).hasSize(1);
            tapped.abort();
            assertThatThrownBy(() -> tapped.read(1)).isInstanceOf(StreamClosedException.class);
        });
        assertThat(tap.ends).containsExactly("closed");
    }

    @Test
    void aTapThatFailsIsToldOfAndTheStreamGoesOn() throws IOException {
        inGroup(_ -> {
            ByteStream.Pair pair = ByteStream.pair(100);
            var calls = new int[1];
            ByteStream tapped = StreamTap.on(pair.left(), new StreamTap() {
                @Override
                public void received(ByteBuffer bytes) {
                    calls[0]++;
                    throw new IllegalStateException("no room in the log");
                }
            });
            pair.right().write("one");
            assertThat(tapped.readExactly(3)).hasSize(3);
            pair.right().write("two");
            assertThat(tapped.readExactly(3)).asString().isEqualTo("two");
            assertThat(calls[0]).isOne();
            tapped.close();
        });
        assertThat(reports).hasSize(1);
        assertThat(reports.removeFirst().message()).startsWith("the tap on ").contains("sees nothing more");
    }

    @Test
    void aboveTlsItSeesWhatIsSaidAndBelowWhatTravels(@TempDir Path folder) throws Exception {
        TlsOptions tls = TlsOptions.of(Certificates.context(Certificates.of(folder, "localhost")));
        var above = new Recording();
        var below = new Recording();
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (Server server = Net.serve(group, LOOPBACK, tls, stream -> stream.writeLine(stream.readLine()))) {
                ByteStream plain = StreamTap.on(Net.connect(server.address()), below);
                try (ByteStream stream = StreamTap.on(TlsStream.client(plain, "localhost", server.port(), tls), above)) {
                    stream.writeLine("a secret");
                    assertThat(stream.readLine()).isEqualTo("a secret");
                }
            }
        }));
        assertThat(above.sent.toString(UTF_8)).isEqualTo("a secret\n");
        assertThat(above.received.toString(UTF_8)).isEqualTo("a secret\n");
        assertThat(below.sent.toByteArray()).as("a record of a handshake").startsWith(22, 3);
        assertThat(below.sent.toString(UTF_8)).doesNotContain("secret");
        assertThat(below.received.toString(UTF_8)).doesNotContain("secret");
        assertThat(below.ends).contains("closed");
    }
}
