package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.espalier.core.Async;
import dev.espalier.core.Promise;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS with another implementation at the other end; skipped where there is none. */
class OpenSslTest extends OnBothEngines {
    @TempDir
    private static Path folder;

    private static KeyStore server;
    private static Path certificate;
    private static TlsOptions serving;

    @BeforeAll
    static void certificates() throws Exception {
        Programs.assume("openssl");
        server = Certificates.of(folder, "localhost");
        serving = TlsOptions.of(Certificates.context(server));
        certificate = Certificates.pem(folder, "localhost", server);
    }

    private static String output(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void itsClientTalksToOurServer() throws IOException {
        for (String version : List.of("-tls1_2", "-tls1_3")) {
            this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
                try (Server listening = Net.serve(group, LOOPBACK, plain -> {
                    try (TlsStream stream = TlsStream.server(plain, TlsOptions.of(Certificates.context(server)))) {
                        stream.writeLine("hello " + stream.readLine() + " over " + stream.session().getProtocol());
                    }
                })) {
                    String output = Async.<String, IOException>offload(() -> {
                        Process client = new ProcessBuilder("openssl", "s_client", "-quiet", "-verify_return_error", version,
                                        "-CAfile", certificate.toString(), "-verify_hostname", "localhost", "-connect",
                                        "127.0.0.1:" + listening.port())
                                .redirectErrorStream(true)
                                .start();
                        client.getOutputStream().write("world\n".getBytes(StandardCharsets.UTF_8));
                        client.getOutputStream().flush();
                        try {
                            return output(client);
                        } finally {
                            client.destroyForcibly();
                        }
                    });
                    assertThat(output).contains("hello world over TLSv1." + version.charAt(version.length() - 1));
                }
            }));
        }
    }

    @Test
    @DisplayName("E13: it finds the same value to bind another protocol to")
    void itFindsTheSameChannelBinding() throws IOException {
        for (String version : List.of("-tls1_2", "-tls1_3")) {
            inGroup(group -> {
                Promise<String> ours = Promise.create();
                try (Server listening = Net.serve(group, LOOPBACK, serving, stream -> {
                    ours.succeed(HexFormat.of().withUpperCase().formatHex(stream.channelBinding()));
                    stream.readAll(100);
                })) {
                    String output = Async.<String, IOException>offload(() -> {
                        Process client = new ProcessBuilder("openssl", "s_client", version, "-keymatexport", "EXPORTER-Channel-Binding",
                                        "-keymatexportlen", "32", "-connect", "127.0.0.1:" + listening.port())
                                .redirectErrorStream(true)
                                .start();
                        client.getOutputStream().close();
                        return output(client);
                    });
                    assertThat(output).contains("Keying material: " + ours.await());
                }
            });
        }
    }

    @Test
    void ourClientTalksToItsServer() throws Exception {
        int port;
        try (var free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Process process = new ProcessBuilder("openssl", "s_server", "-rev", "-accept", "127.0.0.1:" + port, "-cert",
                        certificate.toString(), "-key", certificate.toString())
                .redirectErrorStream(true)
                .start();
        try {
            var output = process.inputReader();
            for (String line = output.readLine(); !"ACCEPT".equals(line); line = output.readLine()) {
                assertThat(line).as("the words of the server before it listens").isNotNull();
            }
            this.<Exception>run(() -> {
                TlsOptions options = TlsOptions.of(Certificates.context(server));
                try (TlsStream stream = TlsStream.client(Net.connect("127.0.0.1", port), "localhost", port, options)) {
                    stream.writeLine("stressed");
                    assertThat(stream.readLine()).isEqualTo("desserts");
                }
            });
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** A client that can be told to renew its keys, and says in a file what it was told of the protocol. */
    private record Renewing(Process process, Path messages) implements AutoCloseable {
        static Renewing connect(int port) throws IOException {
            Path messages = Files.createTempFile(folder, "messages", ".txt");
            return new Renewing(new ProcessBuilder("openssl", "s_client", "-tls1_3", "-CAfile", certificate.toString(), "-msg",
                            "-msgfile", messages.toString(), "-connect", "127.0.0.1:" + port)
                    .start(), messages);
        }

        void send(String text) throws IOException {
            process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        }

        /** Renews its keys and asks for new ones of the peer. */
        void renew(BufferedReader errors) throws IOException {
            send("K"); // a command if nothing else is read with it
            for (String line = errors.readLine(); !"KEYUPDATE".equals(line); line = errors.readLine()) {
                assertThat(line).as("the words of the client before it renews its keys").isNotNull();
            }
        }

        /** {@return how often the peer has told it of new keys} */
        long renewed() throws IOException {
            return Files.readString(messages).lines()
                    .filter(line -> line.startsWith("<<<") && line.endsWith("KeyUpdate"))
                    .count();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    @Test
    @DisplayName("T1: keys are renewed while bytes are written, and none is lost or torn")
    void keysAreRenewedWhileBytesAreWritten() throws IOException {
        int times = 6;
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Promise<Integer> last = Promise.create();
            try (Server listening = Net.serve(group, LOOPBACK, serving, stream -> {
                Task<String> reader = TaskGroup.call(inside -> {
                    Task<String> line = inside.start(() -> stream.readLine());
                    int number = 0;
                    while (line.state() instanceof Task.Pending) {
                        var block = new StringBuilder();
                        for (int i = 0; i < 5_000; i++) {
                            block.append("line ").append(number++).append('\n');
                        }
                        stream.write(block.toString());
                        Async.sleep(Duration.ofMillis(1));
                    }
                    last.succeed(number);
                    return line;
                });
                assertThat(reader.await()).isEqualTo("done");
            })) {
                List<String> lines = Async.<List<String>, IOException>offload(() -> {
                    try (Renewing client = Renewing.connect(listening.port());
                            BufferedReader errors = client.process().errorReader()) {
                        Thread renewing = Thread.ofPlatform().start(() -> renew(client, errors, times));
                        List<String> output = client.process().inputReader().lines().filter(line -> line.startsWith("line ")).toList();
                        renewing.interrupt();
                        assertThat(client.renewed()).as("told of new keys").isEqualTo(times);
                        return output;
                    }
                });
                int count = last.await();
                assertThat(lines).hasSize(count);
                for (int i = 0; i < count; i++) {
                    assertThat(lines.get(i)).isEqualTo("line " + i);
                }
            }
        }));
    }

    private static void renew(Renewing client, BufferedReader errors, int times) {
        try {
            for (int i = 0; i < times; i++) {
                client.renew(errors);
            }
            client.send("done\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @DisplayName("T1: a reader renews the keys though nobody writes, and can write afterwards")
    void aReaderRenewsTheKeys() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (Server listening = Net.serve(group, LOOPBACK, serving,
                    stream -> stream.writeLine("answer to " + stream.readLine()))) {
                Async.<IOException>offload(() -> {
                    try (Renewing client = Renewing.connect(listening.port());
                            BufferedReader errors = client.process().errorReader()) {
                        client.renew(errors);
                        await().untilAsserted(() -> assertThat(client.renewed()).isEqualTo(1));
                        client.renew(errors);
                        await().untilAsserted(() -> assertThat(client.renewed()).isEqualTo(2));
                        client.send("a question\n");
                        assertThat(output(client.process())).contains("answer to a question");
                    }
                });
            }
        }));
    }

    @Test
    @DisplayName("T12: a client that wants to shake hands again is refused, and what it sent before is not lost")
    void renegotiationIsRefused() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Promise<Throwable> refused = Promise.create();
            try (Server listening = Net.serve(group, LOOPBACK, serving.withProtocols("TLSv1.2"), stream -> {
                stream.writeLine("answer to " + stream.readLine());
                refused.succeed(catchThrowable(() -> stream.read(1)));
            })) {
                Process client = new ProcessBuilder("openssl", "s_client", "-tls1_2", "-CAfile", certificate.toString(), "-connect",
                                "127.0.0.1:" + listening.port())
                        .redirectErrorStream(true)
                        .start();
                try {
                    Async.<IOException>offload(() -> {
                        client.getOutputStream().write("a question\n".getBytes(StandardCharsets.UTF_8));
                        client.getOutputStream().flush();
                        var output = client.inputReader();
                        for (String line = output.readLine(); !"answer to a question".equals(line); line = output.readLine()) {
                            assertThat(line).as("the words of the client before the answer").isNotNull();
                        }
                        client.getOutputStream().write('R'); // a command if nothing else is read with it
                        client.getOutputStream().flush();
                    });
                    assertThat(refused.await()).isInstanceOf(SSLException.class).hasMessageContaining("shake hands again");
                } finally {
                    client.destroyForcibly();
                }
            }
        }));
    }
}
