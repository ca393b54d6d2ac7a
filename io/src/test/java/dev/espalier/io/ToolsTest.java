package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tools that everybody uses, at the other end: socat and curl. */
class ToolsTest extends OnBothEngines {
    @TempDir
    private static Path folder;

    private static Path certificate;
    private static TlsOptions tls;
    private static byte[] much;

    @BeforeAll
    static void prepare() throws Exception {
        KeyStore localhost = Certificates.of(folder, "localhost");
        KeyStore host = Certificates.of(folder, "host.example");
        certificate = Certificates.pem(folder, "host.example", host);
        tls = TlsOptions.of(Certificates.context(localhost))
                .withContextByName(Map.of("host.example", Certificates.context(host))::get);
        much = new byte[6 << 20];
        new Random(7).nextBytes(much);
    }

    private void socat(SocketAddress address, String target) throws IOException {
        Programs.assume("socat");
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, address, OnBothEngines::echo);
            Command command = Command.of("socat", "-t", "20", "-", target.replace("PORT", "" + server.port()));
            Subprocess.Completed answer = Subprocess.run(command, much, much.length);
            assertThat(answer.stdout()).as(answer.errorText()).isEqualTo(much); // after it has ended its side
            server.stop();
            server.join();
            assertThat(server.statistics()).isEqualTo(new Server.Statistics(1, 0, 0, 0, 0, 0));
        }));
    }

    @Test
    void socatTalksToOurServer() throws IOException { // A1, B7
        socat(LOOPBACK, "TCP:127.0.0.1:PORT");
    }

    @Test
    void socatTalksToOurServerOnAPath() throws IOException { // F5
        Path path = folder.resolve("socket-" + engine);
        socat(UnixDomainSocketAddress.of(path), "UNIX-CONNECT:" + path);
    }

    @Test
    void ourClientTalksToSocat() throws Exception {
        Programs.assume("socat");
        int port;
        try (var free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Process process = new ProcessBuilder("socat", "-d", "-d", "-t", "20", "TCP-LISTEN:" + port + ",bind=127.0.0.1", "EXEC:cat")
                .start();
        try (var words = process.errorReader()) {
            for (String line = words.readLine(); !line.contains("listening on"); line = words.readLine()) {
                assertThat(line).as("the words of socat before it listens").isNotNull();
            }
            this.<IOException>run(() -> {
                try (SocketStream stream = Net.connect("127.0.0.1", port)) {
                    TaskGroup.<IOException>run(group -> {
                        group.start(() -> {
                            stream.write(much);
                            stream.writeEnd();
                        });
                        assertThat(stream.readAll(much.length)).isEqualTo(much);
                    });
                }
            });
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    /** One request of HTTP/1.1, answered with what was sent. */
    private static void answer(ByteStream stream) throws IOException {
        String request = stream.readLine();
        int length = 0;
        for (String line = stream.readLine(); line != null && !line.isEmpty(); line = stream.readLine()) {
            if (line.startsWith("Content-Length: ")) {
                length = Integer.parseInt(line.substring(16));
            }
            if (line.equals("Expect: 100-continue")) {
                stream.write("HTTP/1.1 100 Continue\r\n\r\n");
            }
        }
        byte[] body = length == 0 ? ("" + request).getBytes(StandardCharsets.US_ASCII) : stream.readExactly(length);
        stream.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + body.length + "\r\n\r\n");
        stream.write(body);
    }

    private void curl(boolean secure) throws IOException {
        Programs.assume("curl");
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = secure ? Net.serve(group, LOOPBACK, tls, ToolsTest::answer) : Net.serve(group, LOOPBACK, ToolsTest::answer);
            String url = (secure ? "https" : "http") + "://host.example:" + server.port() + "/page";
            List<String> get = List.of("curl", "-sS", "--noproxy", "*", "--resolve", "host.example:" + server.port() + ":127.0.0.1",
                    "--cacert", certificate.toString(), url);
            Subprocess.Completed page = Subprocess.run(get.toArray(String[]::new));
            assertThat(page.text()).as(page.errorText()).isEqualTo("GET /page HTTP/1.1");
            String[] upload = Stream.concat(get.stream(), Stream.of("--data-binary", "@-")).toArray(String[]::new);
            Subprocess.Completed echoed = Subprocess.run(Command.of(upload), much, much.length);
            assertThat(echoed.stdout()).as(echoed.errorText()).isEqualTo(much);
            server.stop();
            server.join();
            assertThat(server.statistics()).isEqualTo(new Server.Statistics(2, 0, 0, 0, 0, 0));
        }));
    }

    @Test
    void curlTalksToOurServer() throws IOException {
        curl(false);
    }

    @Test
    void curlTalksToOurServerUnderTls() throws IOException { // E8: by the name it asks for
        curl(true);
    }
}
