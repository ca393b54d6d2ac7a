package dev.espalier.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.ProtocolException;
import java.net.Proxy;
import java.net.Socket;
import java.nio.ByteOrder;
import java.util.Base64;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Connections through proxies: row F16. */
class TunnelTest extends OnBothEngines {
    private static final PasswordAuthentication ME = new PasswordAuthentication("me", "sécret".toCharArray());

    // ---- proxies

    private static void relay(ByteStream client, String host, int port) throws IOException {
        try (SocketStream further = Net.connect(host, port)) {
            ByteStream.relay(client, further);
        }
    }

    private static void httpProxy(ByteStream client) throws IOException {
        String head = new String(client.readUntil("\r\n\r\n".getBytes(US_ASCII), 1000), ISO_8859_1);
        String[] target = head.split(" ")[1].split(":");
        assertThat(head).startsWith("CONNECT " + target[0] + ":" + target[1] + " HTTP/1.1\r\nHost: " + target[0] + ":" + target[1]);
        if (target[0].equals("localhost")) { // for them it wants to know who asks
            String expected = Base64.getEncoder().encodeToString("me:sécret".getBytes(UTF_8));
            assertThat(head).endsWith("\r\nProxy-Authorization: Basic " + expected);
        }
        client.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 Connection established\r\nVia: me\r\n\r\n");
        relay(client, target[0], Integer.parseInt(target[1]));
    }

    private static void socksProxy(ByteStream client) throws IOException {
        socksProxy(client, false);
    }

    private static void askingSocksProxy(ByteStream client) throws IOException {
        socksProxy(client, true);
    }

    private static void socksProxy(ByteStream client, boolean asks) throws IOException {
        assertThat(client.readByte()).isEqualTo((byte) 5);
        assertThat(client.readExactly(client.readUnsignedByte())).contains(asks ? 2 : 0);
        client.write(new byte[] {5, (byte) (asks ? 2 : 0)});
        if (asks) {
            assertThat(client.readByte()).isEqualTo((byte) 1);
            assertThat(client.readString(client.readUnsignedByte())).isEqualTo("me");
            assertThat(client.readString(client.readUnsignedByte())).isEqualTo("sécret");
            client.write(new byte[] {1, 0});
        }
        assertThat(client.readExactly(3)).containsExactly(5, 1, 0);
        int kind = client.readByte();
        String host = kind == 3 ? client.readString(client.readUnsignedByte())
                : InetAddress.getByAddress(client.readExactly(kind == 1 ? 4 : 16)).getHostAddress();
        int port = client.readUnsignedShort(ByteOrder.BIG_ENDIAN);
        client.write(new byte[] {5, 0, 0, 3, 1, 'x', 0, 1});
        relay(client, host, port);
    }

    private interface Asking {
        SocketStream ask(SocketStream proxy, Server host) throws IOException;
    }

    private void through(VoidBodyWith<ByteStream, IOException> handler, Asking asking) throws IOException {
        inGroup(group -> {
            Server host = Net.serve(group, LOOPBACK, OnBothEngines::echo);
            Server proxy = Net.serve(group, LOOPBACK, handler);
            try (SocketStream stream = asking.ask(Net.connect(proxy.address()), host)) {
                stream.writeLine("through");
                assertThat(stream.readLine()).isEqualTo("through");
            }
            proxy.close();
            host.close();
        });
        assertThat(driver.open()).isZero();
    }

    @Test
    @DisplayName("F16: a proxy that speaks HTTP leads to a host, and one to the next")
    void httpLeadsToAHost() throws IOException {
        through(TunnelTest::httpProxy, (proxy, host) -> Tunnel.http(proxy, "127.0.0.1", host.port()));
        through(TunnelTest::httpProxy, (proxy, host) -> Tunnel.http(proxy, "localhost", host.port(), ME));
        through(TunnelTest::httpProxy, (proxy, host) -> {
            int port = ((InetSocketAddress) proxy.remoteAddress()).getPort();
            return Tunnel.http(Tunnel.http(proxy, "127.0.0.1", port), "127.0.0.1", host.port());
        });
    }

    @Test
    @DisplayName("F16: a proxy that speaks SOCKS leads to a host, by its name or address")
    void socksLeadsToAHost() throws IOException {
        through(TunnelTest::socksProxy, (proxy, host) -> {
            // @start region="tunnel"
            SocketStream stream = Tunnel.socks5(proxy, "localhost", host.port());
            // @end
            return stream;
        });
        through(TunnelTest::askingSocksProxy, (proxy, host) -> Tunnel.socks5(proxy, "127.0.0.1", host.port(), ME));
    }

    @Test
    @DisplayName("F16: the proxy of these tests is one for the client of the JDK too")
    void theProxyIsOneForOthers() throws IOException {
        inGroup(group -> {
            Server host = Net.serve(group, LOOPBACK, OnBothEngines::echo);
            Server proxy = Net.serve(group, LOOPBACK, TunnelTest::socksProxy);
            Async.<IOException>offload(() -> {
                try (Socket socket = new Socket(new Proxy(Proxy.Type.SOCKS, proxy.address()))) {
                    socket.connect(host.address());
                    socket.getOutputStream().write('x');
                    assertThat(socket.getInputStream().read()).isEqualTo('x');
                }
            });
            proxy.close();
            host.close();
        });
    }

    /** Asks a proxy that answers so whatever it is asked. */
    private void refused(byte[] answer, Asking asking, Class<? extends IOException> kind, String message) throws IOException {
        inGroup(group -> {
            Server host = Net.serve(group, LOOPBACK, client -> {
                client.write(answer);
                client.atEnd();
            });
            SocketStream proxy = Net.connect(host.address());
            assertThatThrownBy(() -> asking.ask(proxy, host)).isInstanceOf(kind).hasMessageContaining(message);
            assertThatThrownBy(() -> proxy.read(1)).isInstanceOf(StreamClosedException.class);
            host.close();
        });
        reports.clear(); // of resets
        assertThat(driver.open()).isZero();
    }

    @Test
    @DisplayName("F16: a proxy that refuses, or is none, is told of in its own words")
    void refusalsAreTold() throws IOException {
        Asking http = (proxy, _) -> Tunnel.http(proxy, "host.example", 443);
        refused(line("HTTP/1.1 403 Forbidden"), http, ConnectException.class, "to host.example:443: 'HTTP/1.1 403 Forbidden'");
        refused(line("HTTP/1.1 407 Who?"), http, ConnectException.class, "it wants credentials");
        refused(line("220 mail.example"), http, ProtocolException.class, "but: '220 mail.example'");
        refused(new byte[20_000], http, ReadLimitException.class, "16384");
        Asking socks = (proxy, _) -> Tunnel.socks5(proxy, "host.example", 443);
        refused(new byte[] {5, (byte) 0xff}, socks, ConnectException.class, "give credentials");
        refused(new byte[] {5, 0, 5, 5, 0, 1}, socks, ConnectException.class, "to host.example:443: connection refused");
        refused(new byte[] {5, 0, 5, 99, 0, 1}, socks, ConnectException.class, "reason 99");
        refused(new byte[] {5, 0, 5, 0, 0, 7}, socks, ProtocolException.class, "kind 7");
        refused(new byte[] {4, 0}, socks, ProtocolException.class, "byte 4");
        Asking known = (proxy, _) -> Tunnel.socks5(proxy, "::1", 443, ME);
        refused(new byte[] {5, 2, 1, 1}, known, ConnectException.class, "the name and password");
        refused(new byte[] {5, 1}, known, ConnectException.class, "takes no name");
    }

    private static byte[] line(String line) {
        return (line + "\r\n\r\n").getBytes(US_ASCII);
    }

    @Test
    @DisplayName("F16: a host cannot say anything else to the proxy, and an address of IPv6 is written as such")
    void hostsAreChecked() throws IOException {
        inGroup(group -> {
            for (String host : new String[] {"", "a b", "a\r\nX: y", "über", "a/b", "user@a", "[::1]"}) {
                ByteStream proxy = ByteStream.pair(1000).left();
                assertThatIllegalArgumentException().isThrownBy(() -> Tunnel.http(proxy, host, 80));
                assertThatThrownBy(() -> proxy.read(1)).isInstanceOf(StreamClosedException.class);
            }
            assertThatIllegalArgumentException().isThrownBy(() -> Tunnel.socks5(ByteStream.pair(9).left(), "a", 65_536));
            assertThatIllegalArgumentException().isThrownBy(() -> Tunnel.socks5(ByteStream.pair(9).left(), "a".repeat(256), 1));
            PasswordAuthentication colon = new PasswordAuthentication("a:b", new char[] {'c'});
            assertThatIllegalArgumentException().isThrownBy(() -> Tunnel.http(ByteStream.pair(9).left(), "a", 80, colon));
            PasswordAuthentication empty = new PasswordAuthentication("a", new char[0]);
            assertThatIllegalArgumentException().isThrownBy(() -> Tunnel.socks5(ByteStream.pair(9).left(), "a", 80, empty));
            asksForIpv6(group);
        });
    }

    private static void asksForIpv6(TaskGroup group) throws IOException {
        ByteStream.Pair pair = ByteStream.pair(1000);
        group.start("proxy", () -> {
            assertThat(pair.right().readUntil(new byte[] {'\r', '\n'}, 100)).asString(US_ASCII).isEqualTo("CONNECT [2001:db8::1]:80 HTTP/1.1");
            pair.right().write("HTTP/1.1 200\r\n\r\nfrom the host");
        });
        assertThat(Tunnel.http(pair.left(), "2001:db8::1", 80).readExactly(13)).asString(US_ASCII).isEqualTo("from the host");
    }
}
