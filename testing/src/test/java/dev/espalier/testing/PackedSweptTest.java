package dev.espalier.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaitable.Cancelled;
import dev.espalier.core.Awaitable.Succeeded;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Task;
import dev.espalier.core.VoidBodyWith;
import dev.espalier.io.ByteStream;
import dev.espalier.io.Compression;
import dev.espalier.io.StreamClosedException;
import dev.espalier.io.StreamReader;
import dev.espalier.io.StreamWriter;
import dev.espalier.io.Tunnel;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.PasswordAuthentication;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.DisplayName;

/** All that awaits on streams that are packed, and on the way through a proxy, cancelled everywhere. */
class PackedSweptTest {
    private static final byte[] SENT = "first line\nsecond line\nand the rest".getBytes(StandardCharsets.US_ASCII);

    private static void sweep(LoopOptions.Engine engine, VoidBodyWith<LoopTester, IOException> body) throws IOException {
        Sweep.Options options = Sweep.Options.defaults()
                .withRun(Engines.Options.on(engine))
                .withKinds(Sweep.Kind.CANCEL); // the others are the same to a stream
        Sweep sweep = LoopTester.<IOException>sweep(options, body);
        assertThat(sweep.awaits().size() + sweep.yielding().size()).as("awaits of %s", sweep).isPositive();
    }

    private static byte[] packed(byte[]... parts) throws IOException {
        var to = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            try (var out = new GZIPOutputStream(to)) {
                out.write(part);
            }
        }
        return to.toByteArray();
    }

    @Engines
    @DisplayName("A13, B20: a cancelled read of what is packed has taken nothing, wherever its parts are cut")
    void readsTakeNothing(LoopOptions.Engine engine) throws IOException {
        byte[] packed = packed(Arrays.copyOf(SENT, 15), Arrays.copyOfRange(SENT, 15, SENT.length));
        sweep(engine, t -> {
            MemoryStreams streams = MemoryStreams.pair(packed.length);
            t.background().start("peer", () -> {
                for (int at = 0; at < packed.length; at += 9) {
                    streams.right().write(Arrays.copyOfRange(packed, at, Math.min(packed.length, at + 9)));
                    Async.sleep(Duration.ofSeconds(1));
                }
                streams.right().writeEnd();
            });
            StreamReader mine = Compression.GZIP.reader(streams.left(), SENT.length);
            var all = new ByteArrayOutputStream();
            if (t.swept(() -> mine.readExactly(20)) instanceof Succeeded<byte[]>(var taken)) {
                all.writeBytes(taken);
            }
            all.writeBytes(mine.readAll(1_000));
            assertThat(all.toByteArray()).as("taken, and still there").isEqualTo(SENT);
        });
    }

    /** What came before an end, in order or not. */
    private record Got(byte[] bytes, boolean inOrder) {
        static Got from(StreamReader packed) throws IOException {
            StreamReader reader = Compression.DEFLATE.reader(packed, 1 << 20);
            var all = new ByteArrayOutputStream();
            try {
                for (byte[] some = reader.read(9_000); some.length > 0; some = reader.read(9_000)) {
                    all.writeBytes(some);
                    Async.sleep(Duration.ofSeconds(1));
                }
                return new Got(all.toByteArray(), true);
            } catch (IOException e) {
                if (!(e instanceof EOFException)) {
                    assertThat(e).hasMessageContaining("reset");
                }
                return new Got(all.toByteArray(), false);
            }
        }
    }

    @Engines
    @DisplayName("B20: a cancelled write of what is packed has sent nothing, or the output is torn and says so")
    void writesAreWholeOrTorn(LoopOptions.Engine engine) throws IOException {
        byte[] much = new byte[40_000];
        new Random(1).nextBytes(much);
        sweep(engine, t -> {
            MemoryStreams streams = MemoryStreams.pair(10_000);
            Task<Got> peer = t.background().start("peer", () -> Got.from(streams.right()));
            StreamWriter mine = Compression.DEFLATE.writer(streams.left());
            Awaitable.State<Void> end = t.swept(() -> mine.write(much));
            try {
                mine.write("x");
                mine.writeEnd();
                byte[] whole = Arrays.copyOf(much, end instanceof Succeeded ? much.length + 1 : 1);
                whole[whole.length - 1] = 'x';
                Got got = peer.await();
                assertThat(got.inOrder()).isTrue();
                assertThat(got.bytes()).isEqualTo(whole);
            } catch (StreamClosedException e) {
                assertThat(e).hasStackTraceContaining("torn");
                assertThat(end).isNotInstanceOf(Succeeded.class);
                streams.left().close();
                Got got = peer.await();
                assertThat(got.inOrder()).as("taken for a whole").isFalse();
                assertThat(got.bytes()).isEqualTo(Arrays.copyOf(much, got.bytes().length));
            }
        });
    }

    @Engines
    @DisplayName("B20: a cancelled flush, wait for room or end of what is packed can be asked for again, and nothing is torn")
    void flushesAndEndsGoOn(LoopOptions.Engine engine) throws IOException {
        sweep(engine, t -> {
            MemoryStreams streams = MemoryStreams.pair(8);
            Task<Got> peer = t.background().start("peer", () -> {
                Async.sleep(Duration.ofSeconds(1));
                return Got.from(streams.right());
            });
            StreamWriter mine = Compression.DEFLATE.writer(streams.left());
            mine.write(SENT);
            t.swept(() -> {
                mine.flush();
                mine.awaitWritable();
                mine.writeEnd();
            });
            mine.writeEnd();
            Got got = peer.await();
            assertThat(got.inOrder()).isTrue();
            assertThat(got.bytes()).isEqualTo(SENT);
        });
    }

    /** Asks a proxy, whose answers it gets one after the other. */
    private static void ways(LoopOptions.Engine engine, VoidBodyWith<ByteStream, IOException> asking, byte[]... answers)
            throws IOException {
        sweep(engine, t -> {
            MemoryStreams streams = MemoryStreams.pair();
            t.background().start("proxy", () -> {
                for (byte[] answer : answers) {
                    Async.sleep(Duration.ofSeconds(1));
                    try {
                        streams.right().write(answer);
                    } catch (IOException e) {
                        assertThat(e).hasMessageContaining("reset"); // who asked has given up
                        return;
                    }
                }
            });
            ByteStream mine = streams.left();
            if (t.swept(() -> asking.run(mine)) instanceof Cancelled) {
                assertThatThrownBy(() -> mine.read(1)).isInstanceOf(StreamClosedException.class);
            } else {
                assertThat(mine.readLine()).isEqualTo("from the host");
            }
        });
    }

    @Engines
    @DisplayName("F16: who asks a proxy for a way and is cancelled has no stream, and otherwise a whole one")
    void waysAreWholeOrNone(LoopOptions.Engine engine) throws IOException {
        byte[] greeting = "from the host\n".getBytes(StandardCharsets.US_ASCII);
        ways(engine, stream -> Tunnel.http(stream, "host", 80),
                "HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII), greeting);
        ways(engine, stream -> Tunnel.socks5(stream, "host", 80, new PasswordAuthentication("me", new char[] {'x'})),
                new byte[] {5, 2}, new byte[] {1, 0}, new byte[] {5, 0, 0, 1, 1, 2, 3, 4, 0, 80}, greeting);
    }
}
