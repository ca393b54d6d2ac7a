package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Body;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Python's asyncio at the other end, plain and under TLS: echoes, large transfers, half closes, resets. */
class AsyncioTest extends OnBothEngines {
    @TempDir
    private static Path folder;

    private static String script;
    private static Path certificate;
    private static TlsOptions tls;

    @BeforeAll
    static void prepare() throws Exception {
        Programs.assume("python3");
        try (InputStream bytes = AsyncioTest.class.getResourceAsStream("/peer.py")) {
            script = new String(bytes.readAllBytes(), StandardCharsets.UTF_8);
        }
        KeyStore key = Certificates.of(folder, "localhost");
        certificate = Certificates.pem(folder, "localhost", key);
        tls = TlsOptions.of(Certificates.context(key));
    }

    /** Our side of the protocol in the script. */
    private static void handle(ByteStream stream) throws IOException {
        for (String line = stream.readLine(); line != null && !line.equals("quit"); line = stream.readLine()) {
            if (line.startsWith("echo ")) {
                for (int left = Integer.parseInt(line.substring(5)); left > 0; ) {
                    byte[] some = stream.read(left);
                    if (some.length == 0) {
                        return;
                    }
                    stream.write(some);
                    left -= some.length;
                }
            } else if (line.equals("half")) {
                stream.writeLine(stream.readAll(1_000_000).length + " came");
                return;
            } else {
                stream.abort();
                return;
            }
        }
    }

    private static String[] command(String role, int port, boolean secure) {
        var command = new ArrayList<>(List.of("python3", "-c", script, role, "" + port));
        if (secure) {
            command.add(certificate.toString());
        }
        return command.toArray(String[]::new);
    }

    private void itsClient(boolean secure) throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = secure
                    ? Net.serve(group, LOOPBACK, tls, AsyncioTest::handle)
                    : Net.serve(group, LOOPBACK, AsyncioTest::handle);
            Subprocess.Completed answer = Subprocess.run(command("client", server.port(), secure));
            assertThat(answer.text()).as(answer.errorText()).isEqualTo("all is well\n");
            server.close();
        }));
        assertThat(reports).as("of the connection that the client resets").hasSize(1);
        assertThat(reports.removeFirst().exception()).isInstanceOf(IOException.class);
        assertThat(driver.open()).isZero();
    }

    @Test
    void itsClientTalksToOurServer() throws IOException {
        itsClient(false);
    }

    @Test
    void itsClientTalksToOurServerUnderTls() throws IOException {
        itsClient(true);
    }

    private void itsServer(boolean secure) throws Exception {
        Process process = new ProcessBuilder(command("server", 0, secure)).redirectError(folder.resolve("errors").toFile()).start();
        try (var output = process.inputReader()) {
            String port = output.readLine();
            assertThat(port).as(() -> errors()).isNotNull();
            this.<IOException>run(() -> ask(secure, () -> connect(Integer.parseInt(port), secure)));
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(driver.open()).isZero();
    }

    private static String errors() {
        try {
            return Files.readString(folder.resolve("errors"));
        } catch (IOException e) {
            return "nothing was said: " + e;
        }
    }

    private static ByteStream connect(int port, boolean secure) throws IOException {
        return secure ? Net.connect("localhost", port, tls) : Net.connect("localhost", port);
    }

    private static void ask(boolean secure, Body<ByteStream, IOException> connect) throws IOException {
        try (ByteStream stream = connect.run()) {
            for (int size : new int[] {0, 1, 16_384, 100_003, 5_000_000}) {
                byte[] sent = new byte[size];
                new Random(size).nextBytes(sent);
                stream.writeLine("echo " + size);
                TaskGroup.<IOException>run(group -> {
                    Task<Void> writer = group.start(() -> stream.write(sent));
                    assertThat(stream.readExactly(size)).isEqualTo(sent);
                    writer.join();
                });
            }
            stream.writeLine("quit");
            assertThat(stream.read(1)).isEmpty();
        }
        if (!secure) { // asyncio cannot end one direction under TLS
            try (ByteStream stream = connect.run()) {
                stream.writeLine("half");
                stream.write(new byte[70_000]);
                stream.writeEnd();
                assertThat(stream.readAll(100)).asString(StandardCharsets.US_ASCII).isEqualTo("70000 came\n");
            }
        }
        ByteStream reset = connect.run();
        reset.writeLine("abort");
        assertThatThrownBy(() -> reset.read(1)).isInstanceOf(IOException.class).hasMessageContaining("reset");
        reset.abort();
        ByteStream left = connect.run();
        left.writeLine("echo 1000000");
        left.write(new byte[100_000]);
        left.readExactly(1);
        left.abort();
    }

    @Test
    void ourClientTalksToItsServer() throws Exception {
        itsServer(false);
    }

    @Test
    void ourClientTalksToItsServerUnderTls() throws Exception {
        itsServer(true);
    }
}
