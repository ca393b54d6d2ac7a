package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The PROXY protocol: row C10. */
class ProxyHeaderTest {
    private static final InetSocketAddress LOOPBACK = OnBothEngines.LOOPBACK;
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

    @TempDir
    Path folder;

    private static ProxyHeader read(byte[] bytes) throws IOException {
        return Async.<ProxyHeader, IOException>run(() -> {
            ByteBuffer left = ByteBuffer.wrap(bytes);
            StreamReader reader = StreamReader.of(target -> {
                Async.checkpoint();
                if (!left.hasRemaining()) {
                    return -1;
                }
                target.put(left.get()); // cut everywhere
                return 1;
            });
            ProxyHeader header = ProxyHeader.read(reader);
            assertThat(reader.readAll(100)).asString().isEqualTo("rest");
            return header;
        });
    }

    private static ProxyHeader line(String line) throws IOException {
        return read((line + "rest").getBytes(StandardCharsets.US_ASCII));
    }

    private static ProxyHeader block(String hex) throws IOException {
        return read(HexFormat.of().parseHex(SIGNATURE + hex + "72657374"));
    }

    @Test
    void theFirstVersionIsALine() throws IOException {
        ProxyHeader header = line("PROXY TCP4 192.168.0.1 10.0.0.7 56324 443\r\n");
        assertThat(header.source()).isEqualTo(new InetSocketAddress("192.168.0.1", 56324));
        assertThat(header.destination()).isEqualTo(new InetSocketAddress("10.0.0.7", 443));
        assertThat(line("PROXY TCP6 2001:db8::1 ::1 1 65535\r\n").source()).isEqualTo(new InetSocketAddress("2001:db8::1", 1));
        assertThat(line("PROXY UNKNOWN\r\n").source()).isNull();
        assertThat(line("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n").destination()).isNull();
    }

    @Test
    void theSecondVersionIsABlock() throws IOException {
        ProxyHeader header = block("2111000c" + "c0a80001" + "0a000007" + "dc04" + "01bb");
        assertThat(header).isEqualTo(line("PROXY TCP4 192.168.0.1 10.0.0.7 56324 443\r\n"));
        String ipv6 = "20010db8000000000000000000000001" + "00000000000000000000000000000001" + "0001" + "ffff";
        assertThat(block("21210024" + ipv6)).isEqualTo(line("PROXY TCP6 2001:db8::1 ::1 1 65535\r\n"));
        assertThat(block("21210029" + ipv6 + "0400020000").source()).as("with something added").isNotNull();
        assertThat(block("20000000").source()).as("the proxy itself").isNull();
        assertThat(block("21310002" + "0000").source()).as("a family without ports").isNull();
    }

    @Test
    void aReadThatIsBrokenOffHasTakenNothing() throws IOException {
        for (byte[] header : List.of("PROXY TCP4 1.2.3.4 4.3.2.1 1 2\r\n".getBytes(StandardCharsets.US_ASCII),
                HexFormat.of().parseHex(SIGNATURE + "2111000c" + "01020304" + "04030201" + "0001" + "0002"))) {
            Script script = new Script(header, List.of(13, 0, 2, 0, 5, 0));
            assertThat(Script.persist(() -> ProxyHeader.read(script)).source()).isEqualTo(new InetSocketAddress("1.2.3.4", 1));
        }
    }

    @Test
    void whatIsNoHeaderIsRefused() {
        for (String line : List.of("PROXY TCP4 192.168.0.1 10.0.0.7 56324\r\n", "PROXY TCP4 host.example 10.0.0.7 1 2\r\n",
                "PROXY TCP4 ::1 ::1 1 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n",
                "PROXY SCTP 1.2.3.4 1.2.3.4 1 2\r\n", "GET / HTTP/1.1\r\n\r\n")) {
            assertThatThrownBy(() -> line(line)).as(line).isInstanceOf(ProtocolException.class);
        }
        assertThatThrownBy(() -> line("PROXY UNKNOWN" + " ".repeat(100) + "\r\n")).isInstanceOf(ReadLimitException.class);
        assertThatThrownBy(() -> line("PROXY")).isInstanceOf(IncompleteReadException.class);
        for (String block : List.of("3111000c", "2211000c", "2111ffff", "21110004" + "c0a80001")) {
            assertThatThrownBy(() -> block(block)).as(block).isInstanceOf(ProtocolException.class);
        }
    }

    @Property
    void anyBytesAreReadOrRefused(@ForAll @Size(max = 60) byte[] bytes, @ForAll boolean second) {
        byte[] start = second ? HexFormat.of().parseHex(SIGNATURE + "2111") : "PROXY TCP4 1.".getBytes(StandardCharsets.US_ASCII);
        byte[] all = ByteBuffer.allocate(start.length + bytes.length).put(start).put(bytes).array();
        try {
            Async.<IOException>run(() -> {
                ByteBuffer left = ByteBuffer.wrap(all);
                ProxyHeader.read(StreamReader.of(target -> {
                    int count = Math.min(left.remaining(), target.remaining());
                    target.put(left.slice(left.position(), count));
                    left.position(left.position() + count);
                    return count == 0 ? -1 : count;
                }));
            });
        } catch (IOException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    @Test
    @DisplayName("T11: TLS begins after the header, also if both come together")
    void tlsBeginsAfterTheHeader() throws Exception {
        KeyStore key = Certificates.of(folder, "localhost");
        TlsOptions tls = TlsOptions.of(Certificates.context(key));
        Async.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            // @start region="proxy"
            Server server = Net.serve(group, LOOPBACK, plain -> {
                ProxyHeader header = Async.timeout(Duration.ofSeconds(5), () -> ProxyHeader.read(plain));
                try (TlsStream stream = TlsStream.server(plain, tls)) {
                    stream.writeLine("hello " + (header.source() == null ? plain.remoteAddress() : header.source()));
                }
            });
            // @end
            SocketStream plain = Net.connect(server.address());
            plain.write("PROXY TCP4 192.168.0.1 10.0.0.7 56324 443\r\n");
            try (TlsStream stream = TlsStream.client(plain, "localhost", 443, tls)) {
                assertThat(stream.readLine()).isEqualTo("hello /192.168.0.1:56324");
            }
            server.close();
        }));
    }
}
