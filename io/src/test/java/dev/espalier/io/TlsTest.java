package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.espalier.core.Async;
import dev.espalier.core.CancelledError;
import dev.espalier.core.DeadlineExceededException;
import dev.espalier.core.Promise;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS over streams: rows E and rules T. */
class TlsTest extends OnBothEngines {
    @TempDir
    private static Path folder;

    private static KeyStore server;
    private static KeyStore other;
    private static KeyStore renewed;
    private static KeyStore stranger;
    private static TlsOptions serving;
    private static TlsOptions trusting;

    @BeforeAll
    static void certificates() throws Exception {
        server = Certificates.of(folder, "localhost");
        other = Certificates.of(folder, "other");
        renewed = Certificates.of(folder, "renewed");
        stranger = Certificates.of(folder, "stranger");
        serving = TlsOptions.of(Certificates.context(server));
        trusting = TlsOptions.of(Certificates.context(other, server));
    }

    /** A client against a handler, both under TLS. */
    private void tls(
            TlsOptions of, TlsOptions by, VoidBodyWith<TlsStream, IOException> handler, VoidBodyWith<TlsStream, IOException> client)
            throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (Server listening = Net.serve(group, LOOPBACK, plain -> {
                try (TlsStream stream = TlsStream.server(plain, of)) {
                    handler.run(stream);
                }
            })) {
                try (TlsStream stream = TlsStream.client(Net.connect(listening.address()), "localhost", listening.port(), by)) {
                    client.run(stream);
                }
            }
        }));
    }

    /** The handler at the other end has failed too, and cannot tell anybody else. */
    private void takeReportsOfBrokenConnections() {
        assertThat(reports).allSatisfy(report -> assertThat(report.exception()).isInstanceOf(IOException.class));
        reports.clear();
    }

    private static void echo(TlsStream stream) throws IOException {
        for (byte[] some = stream.read(100_000); some.length > 0; some = stream.read(100_000)) {
            stream.write(some);
        }
    }

    // @start region="tls"
    static void greet(TaskGroup group, SSLContext mine, SSLContext theirs) throws IOException {
        try (Server server = Net.serve(group, 0, plain -> {
            try (TlsStream client = TlsStream.server(plain, TlsOptions.of(mine))) {
                client.writeLine("hello " + client.readLine());
            }
        })) {
            SocketStream plain = Net.connect("localhost", server.port());
            try (TlsStream stream = TlsStream.client(plain, "localhost", server.port(), TlsOptions.of(theirs))) {
                stream.writeLine("world");
                assertThat(stream.readLine()).isEqualTo("hello world");
            }
        }
    }
    // @end

    @Test
    void aGreeting() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(
                group -> greet(group, serving.context().get(), trusting.context().get())));
    }

    @Test
    @DisplayName("T2, T10: both directions go on at once, and nothing that was read waits for more")
    void muchGoesBothWays() throws IOException {
        byte[] sent = new byte[5 << 20];
        new Random(1).nextBytes(sent);
        for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
            tls(serving.withProtocols(protocol), trusting.withProtocols(protocol), TlsTest::echo, stream -> {
                assertThat(stream.session().getProtocol()).isEqualTo(protocol);
                TaskGroup.<IOException>run(group -> {
                    group.start(() -> stream.write(sent));
                    assertThat(stream.readExactly(sent.length)).isEqualTo(sent);
                });
            });
        }
    }

    @Test
    @DisplayName("T15: small writes that belong together are one record, and large ones fill theirs")
    void recordsAreFilled() throws IOException {
        var sent = new int[1];
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (Server listening = Net.serve(group, LOOPBACK, serving, TlsTest::echo)) {
                ByteStream plain = StreamTap.on(Net.connect(listening.address()), new StreamTap() {
                    @Override
                    public void sent(ByteBuffer bytes) {
                        sent[0] += bytes.remaining();
                    }
                });
                try (TlsStream stream = TlsStream.client(plain, "localhost", listening.port(), trusting)) {
                    for (int count : new int[] {100, 10_000}) {
                        sent[0] = 0;
                        stream.writeTogether(all -> {
                            for (int i = 0; i < count; i++) {
                                all.write("0123456789");
                            }
                        });
                        int records = count * 10 / (16 << 10) + 1;
                        assertThat(sent[0]).isBetween(count * 10, count * 10 + 60 * records);
                        stream.readExactly(count * 10);
                    }
                }
            }
        }));
    }

    @Test
    @DisplayName("T5: since TLS 1.3 the end of one direction leaves the other open")
    void halfCloseUnderTls13() throws IOException { // E6
        tls(serving, trusting, stream -> {
            assertThat(stream.readAll(1000)).hasSize(5);
            stream.write("and back");
        }, stream -> {
            stream.write("there");
            stream.writeEnd();
            assertThat(stream.readAll(1000)).asString().isEqualTo("and back");
        });
    }

    @Test
    @DisplayName("T8: the name of the host is checked unless told not to, and so is who vouches for it")
    void theNameOfTheHostIsCheckedUnlessToldNotTo() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (Server listening = Net.serve(group, LOOPBACK, plain -> catchThrowable(() -> {
                try (TlsStream stream = TlsStream.server(plain, serving)) {
                    echo(stream);
                }
            }))) {
                assertThatThrownBy(() -> TlsStream.client(Net.connect(listening.address()), "elsewhere.example", 443, trusting))
                        .isInstanceOf(SSLException.class)
                        .hasMessageContaining("elsewhere.example");
                TlsStream.client(Net.connect(listening.address()), "elsewhere.example", 443, trusting.withHostNameChecked(false))
                        .close();
                assertThatThrownBy(() -> TlsStream.client(
                                Net.connect(listening.address()), "localhost", 443, TlsOptions.defaults()))
                        .as("a certificate that nobody vouches for")
                        .isInstanceOf(SSLException.class);
            }
        }));
    }

    @Test
    void protocolsAreChosenByAlpn() throws IOException { // E7
        tls(serving.withApplicationProtocols("b", "c"), trusting.withApplicationProtocols("a", "c", "b"), stream -> {
            assertThat(stream.applicationProtocol()).isEqualTo("b");
            stream.writeLine("x");
        }, stream -> {
            assertThat(stream.applicationProtocol()).isEqualTo("b");
            stream.readLine();
        });
        tls(serving, trusting, stream -> stream.writeLine("x"), stream -> assertThat(stream.applicationProtocol()).isEmpty());
    }

    @Test
    void whatHasNoOptionIsSaidToTheEngine() throws IOException { // E16
        TlsOptions one = serving.withParameters(parameters -> parameters.setNamedGroups(new String[] {"x25519"}));
        TlsOptions same = trusting.withParameters(parameters -> parameters.setNamedGroups(new String[] {"x25519", "secp256r1"}));
        tls(one, same, stream -> stream.writeLine("x"), stream -> assertThat(stream.readLine()).isEqualTo("x"));
        TlsOptions another = trusting.withParameters(parameters -> parameters.setNamedGroups(new String[] {"secp384r1"}));
        assertThatThrownBy(() -> tls(one, another, stream -> stream.writeLine("x"), stream -> stream.readLine()))
                .isInstanceOf(SSLException.class);
        takeReportsOfBrokenConnections();
    }

    @Test
    void clientsAreAskedForACertificate() throws Exception { // E9
        TlsOptions asking = TlsOptions.of(Certificates.context(server, other))
                .withClientCertificate(TlsOptions.ClientCertificate.NEEDED);
        tls(asking, trusting, stream -> {
            assertThat(stream.session().getPeerPrincipal().getName()).isEqualTo("CN=other");
            stream.writeLine("welcome");
        }, stream -> assertThat(stream.readLine()).isEqualTo("welcome"));

        TlsOptions unknown = TlsOptions.of(Certificates.context(stranger, server));
        assertThatThrownBy(() -> tls(asking, unknown, stream -> {}, stream -> stream.readLine())).isInstanceOf(IOException.class);
        takeReportsOfBrokenConnections();
    }

    @Test
    void aNewCertificateIsTakenForTheNextConnection() throws Exception { // E10
        var current = new AtomicReference<>(Certificates.context(server));
        TlsOptions reloading = TlsOptions.of(current::get);
        TlsOptions trustingBoth = TlsOptions.of(Certificates.context(other, server, renewed)).withHostNameChecked(false);
        VoidBodyWith<TlsStream, IOException> quiet = stream -> stream.writeLine("x");
        tls(reloading, trustingBoth, quiet, stream -> assertThat(stream.session().getPeerPrincipal().getName())
                .isEqualTo("CN=localhost"));
        current.set(Certificates.context(renewed));
        tls(reloading, trustingBoth, quiet, stream -> assertThat(stream.session().getPeerPrincipal().getName())
                .isEqualTo("CN=renewed"));
    }

    @Test
    @DisplayName("T7: an end without the message that ends TLS is a truncation, unless it is allowed")
    void anEndWithoutTheMessageOfTheProtocolIsATruncation() throws IOException {
        for (boolean allowed : new boolean[] {false, true}) {
            this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
                try (Server listening = Net.serve(group, LOOPBACK, plain -> {
                    TlsStream stream = TlsStream.server(plain, serving);
                    stream.writeLine("part");
                    plain.close(); // below TLS
                })) {
                    try (TlsStream stream = TlsStream.client(Net.connect(listening.address()), "localhost", listening.port(),
                            trusting.withTruncationAllowed(allowed))) {
                        assertThat(stream.readLine()).isEqualTo("part");
                        if (allowed) {
                            assertThat(stream.read(1)).isEmpty();
                            assertThat(stream.atEnd()).isTrue();
                        } else {
                            assertThatThrownBy(() -> stream.read(1))
                                    .isInstanceOf(SSLException.class)
                                    .hasMessageContaining("without the message that ends TLS");
                            assertThatThrownBy(() -> stream.read(1)).isInstanceOf(StreamClosedException.class);
                        }
                    }
                }
            }));
        }
    }

    @Test
    @DisplayName("T11: an upgrade in place loses nothing and takes nothing ahead")
    void anUpgradeInPlaceLosesNothingAndTakesNothingAhead() throws IOException { // E2
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (Server listening = Net.serve(group, LOOPBACK, plain -> {
                assertThat(plain.readLine()).isEqualTo("STARTTLS");
                plain.writeLine("go ahead");
                try (TlsStream stream = TlsStream.server(plain, serving)) {
                    stream.writeLine(stream.readLine());
                }
            })) {
                SocketStream plain = Net.connect(listening.address());
                plain.writeLine("STARTTLS");
                assertThat(plain.readLine()).isEqualTo("go ahead");
                try (TlsStream stream = TlsStream.client(plain, "localhost", listening.port(), trusting)) {
                    stream.writeLine("secret");
                    assertThat(stream.readLine()).isEqualTo("secret");
                }
            }
        }));
    }

    @Test
    @DisplayName("T11: what was sent ahead of an upgrade is refused by the client, whatever lies between")
    void whatWasSentAheadOfTheUpgradeIsRefusedByTheClient() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (Server listening = Net.serve(group, LOOPBACK, plain -> {
                plain.readLine();
                plain.write("go ahead\ninjected\n");
                plain.read(1);
            })) {
                SocketStream plain = Net.connect(listening.address());
                plain.writeLine("STARTTLS");
                assertThat(plain.readLine()).isEqualTo("go ahead");
                ByteStream between = StreamTap.on(LimitedStream.of(plain, StreamLimits.none()), new StreamTap() {});
                assertThatThrownBy(() -> TlsStream.client(between, "localhost", listening.port(), trusting))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("9 bytes came");
            }
        }));
    }

    @Test
    void whoSpeaksNoTlsIsNamedAndWhoSaysNothingTimesOut() throws IOException { // T14, T16
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (Server talking = Net.serve(group, LOOPBACK, plain -> {
                        plain.write("HTTP/1.1 400 Bad Request\r\n\r\n");
                        plain.readAll(100_000);
                    });
                    Server silent = Net.serve(group, LOOPBACK, plain -> plain.readAll(100_000))) {
                assertThatThrownBy(() -> TlsStream.client(Net.connect(talking.address()), "localhost", 443, trusting))
                        .isInstanceOf(SSLException.class);
                assertThatThrownBy(() -> TlsStream.client(Net.connect(silent.address()), "localhost", 443,
                                trusting.withHandshakeTimeout(Duration.ofMillis(50))))
                        .isInstanceOf(DeadlineExceededException.class);
            }
        }));
        takeReportsOfBrokenConnections();
    }

    @Test
    void aCancelledReadLosesNothing() throws IOException { // A13
        tls(serving, trusting, stream -> {
            for (int i = 0; i < 200; i++) {
                stream.writeLine("line " + i);
                if (i % 7 == 0) {
                    Async.sleep(Duration.ofMillis(1));
                }
            }
        }, stream -> {
            var lines = new ArrayList<String>();
            while (lines.size() < 200) {
                TaskGroup.run(group -> {
                    Task<?> reader = group.start(() -> {
                        lines.add(stream.readLine());
                    });
                    if (lines.size() % 3 == 0) {
                        Async.checkpoint();
                        reader.cancel("to see whether something is lost");
                    }
                });
            }
            assertThat(lines).hasSize(200).startsWith("line 0", "line 1").endsWith("line 199");
        });
    }

    @Test
    @DisplayName("T13: a cancelled write tears the output and says so")
    void aCancelledWriteTearsTheOutputAndSaysSo() throws IOException {
        tls(serving, trusting, stream -> {
            stream.readLine();
            catchThrowable(() -> stream.readAll(Integer.MAX_VALUE));
        }, stream -> {
            stream.writeLine("first");
            TaskGroup.run(group -> {
                var thrown = new AtomicReference<Throwable>();
                Task<?> writer = group.start(() -> {
                    try {
                        stream.write(new byte[200 << 20]);
                    } catch (CancelledError e) {
                        thrown.set(e);
                        throw e;
                    }
                });
                Async.sleep(Duration.ofMillis(20));
                writer.cancel("enough");
                writer.join();
                assertThat(thrown.get().getSuppressed()).hasAtLeastOneElementOfType(StreamClosedException.class);
                assertThatThrownBy(() -> stream.write("more")).isInstanceOf(StreamClosedException.class);
            });
            stream.abort();
        });
        takeReportsOfBrokenConnections();
    }

    @Test
    void tryWriteTakesARecordAndKeepsWhatTheSystemDoesNotTake() throws IOException {
        byte[] some = new byte[16_000];
        new Random(3).nextBytes(some);
        tls(serving, trusting, stream -> {
            Async.sleep(Duration.ofMillis(50));
            int count = Integer.parseInt(stream.readLine());
            byte[] all = stream.readExactly(count);
            for (int i = 0; i < count; i++) {
                if (all[i] != some[i % some.length]) {
                    throw new IOException("byte " + i + " differs");
                }
            }
            stream.writeLine("ok");
        }, stream -> {
            int limit = 20 << 20;
            stream.writeLine(Integer.toString(limit));
            int written = 0;
            while (written < limit) {
                int at = written % some.length;
                byte[] next = Arrays.copyOfRange(some, at, Math.min(some.length, at + limit - written));
                int taken = stream.tryWrite(next);
                if (taken == 0) {
                    stream.flush();
                }
                written += taken;
            }
            stream.flush();
            assertThat(stream.readLine()).isEqualTo("ok");
        });
    }

    @Test
    void tlsInTls() throws IOException { // E14
        tls(serving, trusting, outer -> {
            try (TlsStream inner = TlsStream.server(outer, serving)) {
                echo(inner);
            }
        }, outer -> {
            TlsStream inner = TlsStream.client(outer, "localhost", 443, trusting);
            inner.writeLine("twice");
            assertThat(inner.readLine()).isEqualTo("twice");
            inner.close();
        });
    }

    @Test
    @DisplayName("C2: a cancelled close ends TLS in order, and what was sent still arrives, whatever lies between")
    void cancelledCloseEndsInOrder() throws IOException {
        UnaryOperator<ByteStream> plain = stream -> stream;
        UnaryOperator<ByteStream> limited = stream -> LimitedStream.of(stream, StreamLimits.none().withIdle(Duration.ofHours(1)));
        UnaryOperator<ByteStream> twice = stream -> ByteStream.of(stream, stream);
        for (UnaryOperator<ByteStream> between : List.of(plain, limited, twice)) {
            inGroup(group -> {
                Promise<Boolean> written = Promise.create();
                Server server = Net.serve(group, LOOPBACK, peer -> {
                    try (TlsStream stream = TlsStream.server(between.apply(peer), serving)) {
                        stream.write(new byte[50_000]);
                        written.succeed(true);
                        Async.sleepForever(); // until the server is closed, and then it closes at once
                    }
                });
                try (TlsStream stream = TlsStream.client(Net.connect(server.address()), "localhost", 443, trusting)) {
                    written.await();
                    server.close();
                    assertThat(stream.readAll(100_000)).hasSize(50_000);
                }
            });
        }
    }

    @Test
    @DisplayName("T6: a close is bounded when the peer is silent")
    void closeIsBoundedWhenThePeerIsSilent() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (Server listening = Net.serve(group, new InetSocketAddress("127.0.0.1", 0), plain -> {
                TlsStream stream = TlsStream.server(plain, serving);
                stream.writeLine("x");
                Async.sleepForever();
            })) {
                TlsStream stream = TlsStream.client(Net.connect(listening.address()), "localhost", listening.port(), trusting);
                stream.readLine();
                Async.timeout(Duration.ofSeconds(10), stream::close);
            }
        }));
    }
}
