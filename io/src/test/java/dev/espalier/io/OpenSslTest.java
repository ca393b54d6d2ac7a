package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS with another implementation at the other end; skipped where there is none. */
class OpenSslTest extends OnBothEngines {
    @TempDir
    private static Path folder;

    private static KeyStore server;
    private static Path certificate;

    @BeforeAll
    static void certificates() throws Exception {
        assumeTrue(isInstalled(), "openssl is not installed");
        server = Certificates.of(folder, "localhost");
        certificate = folder.resolve("certificate.pem");
        Files.writeString(certificate, "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder().encodeToString(server.getCertificate("localhost").getEncoded())
                + "\n-----END CERTIFICATE-----\n");
    }

    private static boolean isInstalled() throws InterruptedException {
        try {
            return new ProcessBuilder("openssl", "version").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
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
    void ourClientTalksToItsServer() throws Exception {
        int port;
        try (var free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Path key = folder.resolve("key.pem");
        assertThat(new ProcessBuilder("openssl", "pkcs12", "-in", Certificates.fileOf(folder, "localhost").toString(), "-nodes",
                                "-passin", "pass:password", "-out", key.toString())
                        .start()
                        .waitFor())
                .isZero();
        Process process = new ProcessBuilder("openssl", "s_server", "-rev", "-accept", "127.0.0.1:" + port, "-cert",
                        key.toString(), "-key", key.toString())
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
}
