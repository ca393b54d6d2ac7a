package dev.espalier.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaitable.Cancelled;
import dev.espalier.core.Awaitable.Succeeded;
import dev.espalier.core.Body;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Task;
import dev.espalier.core.VoidBodyWith;
import dev.espalier.io.ByteStream;
import dev.espalier.io.StreamClosedException;
import dev.espalier.io.StreamReader;
import dev.espalier.io.TlsOptions;
import dev.espalier.io.TlsStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;

/** All that awaits on a stream under TLS, cancelled everywhere, over streams in memory. */
class TlsSweptTest {
    private static final String NAME = "host.example";
    private static final byte[] SENT = "first line\nsecond line\nand the rest".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private static Path folder;

    private static TlsOptions tls;

    @BeforeAll
    static void makeCertificate() throws Exception {
        Path file = folder.resolve("key.p12");
        Process tool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair",
                        "-alias", "key", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=" + NAME, "-ext", "SAN=dns:" + NAME, "-validity", "2",
                        "-storetype", "PKCS12", "-keystore", file.toString(), "-storepass", "password")
                .redirectErrorStream(true)
                .start();
        assertThat(tool.waitFor()).isZero();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream bytes = Files.newInputStream(file)) {
            store.load(bytes, "password".toCharArray());
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, "password".toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        tls = TlsOptions.of(context).withContextByName(Map.of(NAME, context)::get);
    }

    private static Sweep sweep(LoopOptions.Engine engine, VoidBodyWith<LoopTester, IOException> body) throws IOException {
        Sweep.Options options = Sweep.Options.defaults()
                .withRun(Engines.Options.on(engine))
                .withKinds(Sweep.Kind.CANCEL); // the others are the same to a stream
        Sweep sweep = LoopTester.<IOException>sweep(options, body);
        assertThat(sweep.awaits().size() + sweep.yielding().size()).as("awaits of %s", sweep).isPositive();
        return sweep;
    }

    private static TlsStream client(ByteStream plain) throws IOException {
        return TlsStream.client(plain, NAME, 443, tls);
    }

    private record Pair(TlsStream client, TlsStream server) {
        static Pair over(MemoryStreams streams) {
            return Async.gather(() -> TlsSweptTest.client(streams.left()), () -> TlsStream.server(streams.right(), tls), Pair::new);
        }

        void abort() {
            client.abort();
            server.abort();
        }
    }

    /** Reads, and gives back what it took of the stream. */
    private interface Read {
        byte[] read(StreamReader reader) throws IOException;
    }

    private static void reads(LoopOptions.Engine engine, Read read) throws IOException {
        sweep(engine, t -> {
            Pair pair = Pair.over(MemoryStreams.pair());
            t.background().start("peer", () -> {
                pair.server.write(Arrays.copyOf(SENT, 5));
                Async.sleep(Duration.ofSeconds(1));
                pair.server.write(Arrays.copyOfRange(SENT, 5, 12));
                Async.sleep(Duration.ofSeconds(1));
                pair.server.write(Arrays.copyOfRange(SENT, 12, SENT.length));
                pair.server.writeEnd();
            });
            var all = new ByteArrayOutputStream();
            if (t.swept(() -> read.read(pair.client)) instanceof Succeeded<byte[]>(var taken)) {
                all.writeBytes(taken);
            }
            all.writeBytes(pair.client.readAll(1_000));
            assertThat(all.toByteArray()).as("taken, and still there").isEqualTo(SENT);
            pair.abort();
        });
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Engines
    @DisplayName("A13: a cancelled read has taken nothing")
    void readsTakeNothing(LoopOptions.Engine engine) throws IOException {
        reads(engine, reader -> reader.read(8));
        reads(engine, reader -> {
            ByteBuffer target = ByteBuffer.allocate(8);
            return Arrays.copyOf(target.array(), reader.read(target));
        });
        reads(engine, reader -> reader.readExactly(20));
        reads(engine, reader -> bytes(reader.readLine() + "\n"));
        reads(engine, reader -> bytes(new String(reader.readUntil(bytes("line"), 100), StandardCharsets.US_ASCII) + "line"));
        reads(engine, reader -> reader.readAll(1_000));
        reads(engine, reader -> bytes(reader.atEnd() ? "end" : ""));
    }

    @Engines
    @DisplayName("T13: a cancelled write has sent nothing, or its output is torn and says so")
    void writesAreWholeOrTorn(LoopOptions.Engine engine) throws IOException {
        byte[] much = new byte[100_000];
        new Random(1).nextBytes(much);
        sweep(engine, t -> {
            Pair pair = Pair.over(MemoryStreams.pair(40_000));
            var got = new ByteArrayOutputStream();
            Task<Void> peer = t.background().start("peer", () -> {
                try {
                    for (byte[] some = pair.server.read(9_000); some.length > 0; some = pair.server.read(9_000)) {
                        got.writeBytes(some);
                        Async.sleep(Duration.ofSeconds(1));
                    }
                } catch (IOException _) {
                    // Torn: nothing comes any more. What came is looked at below.
                }
            });
            Awaitable.State<Void> end = t.swept(() -> pair.client.write(much));
            if (end instanceof Succeeded) {
                pair.client.writeEnd();
                peer.join();
                assertThat(got.toByteArray()).isEqualTo(much);
            } else {
                afterwards(pair, peer, got, much);
            }
            pair.abort();
        });
    }

    private static void afterwards(Pair pair, Task<Void> peer, ByteArrayOutputStream got, byte[] much) throws IOException {
        try {
            pair.client.write("x");
            pair.client.writeEnd();
            peer.join();
            assertThat(got.toByteArray()).as("after a write that has sent nothing").isEqualTo(bytes("x"));
        } catch (StreamClosedException e) {
            assertThat(e).hasStackTraceContaining("torn");
            pair.client.abort();
            peer.join();
            assertThat(got.toByteArray()).isEqualTo(Arrays.copyOf(much, got.size()));
        }
    }

    private static void handshakes(
            LoopOptions.Engine engine, boolean client, Duration between) throws IOException {
        sweep(engine, t -> {
            MemoryStreams streams = MemoryStreams.pair();
            ByteStream mine = streams.left();
            t.background().start("peer", () -> {
                Async.sleep(between);
                try (TlsStream peer = client ? TlsStream.server(streams.right(), tls) : client(streams.right())) {
                    peer.writeLine("welcome " + peer.readLine());
                } catch (IOException e) {
                    streams.right().abort(); // the other side has given up
                }
            });
            Body<TlsStream, IOException> target = () -> client ? client(mine) : TlsStream.server(mine, tls);
            Awaitable.State<TlsStream> end = t.swept(target);
            if (end instanceof Succeeded<TlsStream>(var stream)) {
                stream.writeLine("me");
                assertThat(stream.readLine()).isEqualTo("welcome me");
                stream.close();
            } else {
                assertThat(end).isInstanceOf(Cancelled.class);
            }
            assertThatThrownBy(() -> mine.read(1)).as("the stream below is closed").isInstanceOf(StreamClosedException.class);
        });
    }

    @Engines
    @DisplayName("T9: a cancelled handshake leaves no stream open, on either side")
    void handshakesLeaveNothingOpen(LoopOptions.Engine engine) throws IOException {
        handshakes(engine, true, Duration.ofSeconds(1));
        handshakes(engine, false, Duration.ofSeconds(1)); // waits for the name that is asked for, too
    }

    @Engines
    @DisplayName("C2, T6: a cancelled close still closes, and a cancelled end of writing ends nothing by halves")
    void closesClose(LoopOptions.Engine engine) throws IOException {
        sweep(engine, t -> {
            MemoryStreams streams = MemoryStreams.pair();
            Pair pair = Pair.over(streams);
            Task<byte[]> peer = t.background().start("peer", () -> {
                Async.sleep(Duration.ofSeconds(1));
                byte[] all = pair.server.readAll(100);
                pair.server.close();
                return all;
            });
            pair.client.write(bytes("sent"));
            t.swept(() -> pair.client.close());
            assertThatThrownBy(() -> streams.left().read(1)).isInstanceOf(StreamClosedException.class);
            assertThat(peer.await()).as("before an end in order").isEqualTo(bytes("sent"));
        });
        sweep(engine, t -> {
            Pair pair = Pair.over(MemoryStreams.pair());
            pair.client.write(bytes("sent"));
            var end = t.swept(() -> pair.client.writeEnd());
            if (!(end instanceof Succeeded)) {
                pair.client.writeEnd(); // again
            }
            assertThat(pair.server.readAll(100)).isEqualTo(bytes("sent"));
            pair.abort();
        });
    }

    @Engines
    @DisplayName("B5: who waits for room and is cancelled keeps nobody from writing")
    void waitsForRoomHarmNothing(LoopOptions.Engine engine) throws IOException {
        sweep(engine, t -> {
            Pair pair = Pair.over(MemoryStreams.pair(300));
            pair.client.tryWrite(new byte[1_000]); // a record that does not leave as a whole
            t.background().start("peer", () -> {
                Async.sleep(Duration.ofSeconds(1));
                pair.server.readExactly(1_000);
                pair.server.writeLine("got " + pair.server.readLine());
            });
            t.swept(() -> pair.client.awaitWritable());
            pair.client.writeLine("it");
            assertThat(pair.client.readLine()).isEqualTo("got it");
            pair.abort();
        });
    }

    @Engines
    @DisplayName("E3: a cancelled end of TLS can be asked for again, and nothing in the clear is lost")
    void unwrapsGoOn(LoopOptions.Engine engine) throws IOException {
        sweep(engine, t -> {
            MemoryStreams streams = MemoryStreams.pair();
            Pair pair = Pair.over(streams);
            t.background().start("peer", () -> {
                Async.sleep(Duration.ofSeconds(1));
                pair.server.unwrap().write(bytes("in the clear"));
            });
            Awaitable.State<ByteStream> end = t.swept(() -> pair.client.unwrap());
            ByteStream plain = end instanceof Succeeded<ByteStream>(var stream) ? stream : pair.client.unwrap();
            assertThat(plain.readExactly(12)).isEqualTo(bytes("in the clear"));
            streams.right().abort();
        });
    }
}
