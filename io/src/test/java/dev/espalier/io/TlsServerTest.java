package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.espalier.core.Async;
import dev.espalier.core.DeadlineExceededException;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections and servers that speak TLS from the beginning: rows E1, E4, E7, E8, rules T8, T14, T16. */
class TlsServerTest extends OnBothEngines {
    @TempDir
    private static Path folder;

    private static SSLContext mine;
    private static SSLContext other;
    private static SSLContext theirs;

    @BeforeAll
    static void certificates() throws Exception {
        KeyStore localhost = Certificates.of(folder, "localhost");
        KeyStore elsewhere = Certificates.of(folder, "host.example");
        mine = Certificates.context(localhost);
        other = Certificates.context(elsewhere);
        theirs = Certificates.context(localhost, localhost, elsewhere);
    }

    /** A server, and a client of it. */
    private void serve(
            TlsOptions tls, VoidBodyWith<TlsStream, IOException> handler, VoidBodyWith<Server, IOException> client)
            throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (Server server = Net.serve(group, LOOPBACK, tls, handler)) {
                client.run(server);
            }
        }));
        assertThat(driver.open()).isZero();
    }

    private static void greet(TlsStream stream) throws IOException {
        stream.writeLine("hello " + stream.readLine());
    }

    private static String ask(Server server) throws IOException {
        try (TlsStream stream = Net.connect("localhost", server.port(), TlsOptions.of(theirs))) {
            stream.writeLine("world");
            return "" + stream.readLine();
        }
    }

    @Test
    void clientsAndServersSpeakTls() throws IOException { // E1, E7
        List<String> answers = new ArrayList<>();
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            // @start region="tls"
            TlsOptions serving = TlsOptions.of(mine).withApplicationProtocols("greeting/1");
            Server server = Net.serve(group, new InetSocketAddress(0), serving, stream -> {
                stream.writeLine("hello " + stream.readLine() + " over " + stream.applicationProtocol());
            });
            TlsOptions trusting = TlsOptions.of(theirs).withApplicationProtocols("greeting/2", "greeting/1");
            try (TlsStream stream = Net.connect("localhost", server.port(), trusting)) {
                stream.writeLine("world");
                answers.add(stream.readLine());
            }
            // @end
            server.close();
        }));
        assertThat(answers).containsExactly("hello world over greeting/1");
    }

    @Test
    void theStreamBelowTellsWhoThePeerIs() throws IOException { // B17
        serve(TlsOptions.of(mine), stream -> {
            SocketStream plain = (SocketStream) stream.plain();
            stream.writeLine(plain.remoteAddress().toString());
        }, server -> {
            try (TlsStream stream = Net.connect("127.0.0.1", server.port(), TlsOptions.of(theirs))) {
                assertThat(stream.readLine()).isEqualTo(((SocketStream) stream.plain()).localAddress().toString());
            }
        });
    }

    @Test
    @DisplayName("T16: silent clients hold up nobody, and are closed after the limit, counted, and told of once")
    void silentClientsHoldUpNobody() throws IOException {
        serve(TlsOptions.of(mine).withHandshakeTimeout(Duration.ofMillis(1_500)), TlsServerTest::greet, server -> {
            ask(server); // the first handshake of a JVM takes its time
            List<SocketStream> silent = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                silent.add(Net.connect(server.address()));
            }
            assertThat(ask(server)).isEqualTo("hello world");
            assertThat(server.statistics().active()).isBetween(5, 6); // that of the answer may not have ended
            for (SocketStream stream : silent) {
                assertThatThrownBy(() -> stream.read(1)).hasMessageContaining("reset");
                stream.close();
            }
            assertThat(server.statistics()).isEqualTo(new Server.Statistics(7, 0, 0, 0, 5, 0));
        });
        assertThat(reports).hasSize(1);
        assertThat(reports.getFirst().message()).startsWith("shaking hands with /127.0.0.1:").contains("once a minute");
        assertThat(reports.removeFirst().exception()).isInstanceOf(DeadlineExceededException.class);
    }

    @Test
    @DisplayName("T14: whoever speaks no TLS, breaks off, or does not trust us harms nobody else")
    void failedHandshakesHarmNobody() throws IOException {
        serve(TlsOptions.of(mine), TlsServerTest::greet, server -> {
            try (SocketStream stream = Net.connect(server.address())) {
                stream.write("GET / HTTP/1.1\r\n\r\n");
                stream.writeEnd();
                assertThat(Async.moveOnAfter(Duration.ofSeconds(5), () -> {
                    try {
                        stream.readAll(1_000);
                    } catch (IOException e) {
                        assertThat(e).hasMessageContaining("reset");
                    }
                })).isTrue();
            }
            Net.connect(server.address()).abort();
            try (SocketStream stream = Net.connect(server.address())) {
                stream.write(new byte[] {22, 3, 1, 2, 0, 1}); // the beginning of a record
            }
            assertThatThrownBy(() -> Net.connect("localhost", server.port(), TlsOptions.defaults()))
                    .isInstanceOf(SSLException.class);
            assertThat(ask(server)).isEqualTo("hello world");
            while (server.statistics().active() > 0) {
                Async.sleep(Duration.ofMillis(1));
            }
            assertThat(server.statistics().accepted() - server.statistics().failedHandshakes()).isBetween(1L, 2L);
            assertThat(server.statistics().failedHandlers()).isZero();
        });
        assertThat(reports).hasSize(1);
        reports.clear();
    }

    @Test
    void handlersThatFailResetTheirConnection() throws IOException {
        serve(TlsOptions.of(mine), stream -> {
            if ("fail".equals(stream.readLine())) {
                throw new IllegalStateException("as asked");
            }
        }, server -> {
            TlsStream stream = Net.connect("localhost", server.port(), TlsOptions.of(theirs));
            stream.writeLine("fail");
            assertThatThrownBy(() -> stream.read(1)).isInstanceOf(IOException.class);
            stream.abort();
            assertThat(server.statistics()).isEqualTo(new Server.Statistics(1, 0, 0, 0, 0, 1));
        });
        assertThat(reports.removeFirst().message()).contains("the handler of TlsStream[").contains("127.0.0.1:");
    }

    @Test
    @DisplayName("E8: a server has a certificate for each host, and one for clients that name none")
    void certificateIsChosenByName() throws IOException {
        List<String> asked = new ArrayList<>();
        Map<String, SSLContext> hosts = Map.of("host.example", other);
        TlsOptions choosing = TlsOptions.of(mine).withContextByName(name -> {
            asked.add(name);
            return hosts.get(name);
        });
        serve(choosing, stream -> stream.writeLine("welcome"), server -> {
            for (String name : List.of("Host.Example", "localhost", "127.0.0.1")) {
                SocketStream plain = Net.connect(server.address());
                try (TlsStream stream = TlsStream.client(plain, name, server.port(), TlsOptions.of(theirs))) { // checks the name
                    assertThat(stream.readLine()).isEqualTo("welcome");
                }
            }
        });
        // A name without a dot is not sent by the JDK, and neither is an address.
        assertThat(asked).hasSize(3).containsOnly("host.example", "");
    }

    @Test
    void aSupplierThatFailsDoesNotEndTheServer() throws IOException { // E10
        boolean[] broken = {true};
        TlsOptions reloading = TlsOptions.of(() -> {
            if (broken[0]) {
                throw new IllegalStateException("the file of keys is half written");
            }
            return mine;
        });
        serve(reloading, TlsServerTest::greet, server -> {
            assertThatThrownBy(() -> ask(server)).isInstanceOf(IOException.class);
            broken[0] = false;
            assertThat(ask(server)).isEqualTo("hello world");
        });
        assertThat(reports.removeFirst().exception()).hasMessage("the file of keys is half written");
    }

    @Test
    @DisplayName("T6: a client that reads nothing and ends nothing does not hold up the end of a server")
    void closeIsBounded() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, TlsOptions.of(mine), stream -> stream.write(new byte[64 << 20]));
            TlsStream stream = Net.connect("localhost", server.port(), TlsOptions.of(theirs));
            stream.read(1); // and no more
            Async.timeout(Duration.ofSeconds(10), server::close);
            stream.abort();
        }));
        assertThat(driver.open()).isZero();
    }

    private static void swallow(SocketStream stream) throws IOException {
        try {
            stream.readAll(100_000);
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("reset");
        }
    }

    private static void awaitConnection(Server server) {
        while (server.statistics().active() == 0) {
            Async.sleep(Duration.ofMillis(1));
        }
    }

    @Test
    void cancelledHandshakesLeaveNothingOpen() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (Server silent = Net.serve(group, LOOPBACK, TlsServerTest::swallow)) {
                Task<TlsStream> client = group.start(() -> Net.connect("localhost", silent.port(), TlsOptions.of(theirs)));
                awaitConnection(silent);
                client.cancelAndJoin("test");
            }
            Server server = Net.serve(group, LOOPBACK, TlsOptions.of(mine), TlsServerTest::greet);
            try (Socket _ = Async.<Socket, IOException>offload(() -> new Socket(LOOPBACK.getAddress(), server.port()))) {
                awaitConnection(server);
                server.close();
            }
            assertThat(server.statistics()).isEqualTo(new Server.Statistics(1, 0, 0, 0, 0, 0));
        }));
        await().untilAsserted(() -> assertThat(driver.open()).isZero());
    }

    @Test
    @DisplayName("T5: before TLS 1.3 the end of one direction is the end of both, and nobody takes it for a truncation")
    void endOfOneDirectionUnderTls12() throws IOException {
        serve(TlsOptions.of(mine).withProtocols("TLSv1.2"), stream -> {
            assertThat(stream.readAll(100)).asString().isEqualTo("there");
            assertThatThrownBy(() -> stream.write("and back")).isInstanceOf(StreamClosedException.class).hasMessageContaining("ended TLS");
        }, server -> {
            try (TlsStream stream = Net.connect("localhost", server.port(), TlsOptions.of(theirs))) {
                assertThat(stream.session().getProtocol()).isEqualTo("TLSv1.2");
                stream.write("there");
                stream.writeEnd();
                assertThat(stream.readAll(100)).isEmpty();
            }
        });
    }

    @Test
    @DisplayName("C11: one port serves who speaks TLS and who does not")
    void onePortServesBoth() throws IOException {
        inGroup(group -> {
            // @start region="sniff"
            VoidBodyWith<ByteStream, IOException> greeting = stream -> stream.writeLine("hello " + stream.readLine());
            Server server = Net.serve(group, LOOPBACK, plain -> {
                byte[] first = plain.peek(1);
                if (first.length > 0 && first[0] == 22) { // a handshake; no text begins so
                    try (TlsStream stream = TlsStream.server(plain, TlsOptions.of(mine))) {
                        greeting.run(stream);
                    }
                } else {
                    greeting.run(plain);
                }
            });
            // @end
            assertThat(ask(server)).isEqualTo("hello world");
            try (SocketStream stream = Net.connect(server.address())) {
                stream.writeLine("plain world");
                assertThat(stream.readLine()).isEqualTo("hello plain world");
            }
            server.close();
        });
    }

    @Test
    @DisplayName("E11: a client that comes back goes on with its session, and no certificate is sent again")
    void sessionsAreResumed() throws IOException {
        serve(TlsOptions.of(mine), TlsServerTest::greet, server -> {
            List<Long> created = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                try (TlsStream stream = Net.connect("localhost", server.port(), TlsOptions.of(theirs))) {
                    stream.writeLine("world");
                    assertThat(stream.readLine()).isEqualTo("hello world");
                    created.add(stream.session().getCreationTime());
                    if (i == 1) {
                        stream.session().invalidate();
                    }
                }
                Async.sleep(Duration.ofMillis(2)); // so that another session has another time
            }
            assertThat(created.get(1)).isEqualTo(created.get(0));
            assertThat(created.get(2)).as("after the session has become invalid").isGreaterThan(created.get(1));
        });
    }

    @Test
    @DisplayName("E13: both ends have a value in common that no other connection has, by which another protocol can be bound to it")
    void connectionsHaveAValueToBindTo() throws IOException {
        List<byte[]> known = new ArrayList<>();
        serve(TlsOptions.of(mine), stream -> {
            known.add(stream.channelBinding());
            stream.writeLine("done");
        }, server -> {
            for (int i = 0; i < 2; i++) {
                try (TlsStream stream = Net.connect("localhost", server.port(), TlsOptions.of(theirs))) {
                    assertThat(stream.readLine()).isEqualTo("done");
                    // @start region="binding"
                    byte[] binding = stream.channelBinding();
                    // @end
                    assertThat(binding).hasSize(32).isEqualTo(known.get(i));
                }
            }
            assertThat(known.get(0)).isNotEqualTo(known.get(1));
        });
    }
}
