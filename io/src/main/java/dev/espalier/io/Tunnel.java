package dev.espalier.io;

import dev.espalier.core.Awaits;
import java.io.IOException;
import java.net.ConnectException;
import java.net.PasswordAuthentication;
import java.net.ProtocolException;

/**
 * Connections through a proxy. The proxy is connected to like any host, and then asked to connect further: from then on the stream leads
 * there, and TLS may begin on it.
 *
 * {@snippet class="dev.espalier.io.TunnelTest" region="tunnel"}
 *
 * <p>Through several proxies: ask the first for the second, the second for the host. Names are looked up by the proxy. There is no time
 * limit, so give it one with {@code timeout}. What a proxy tells of the client is read by {@link ProxyHeader}.
 *
 * <p><b>Cancellation.</b> Cancelled or failed, the stream is aborted: nobody knows what the proxy has understood.
 */
public final class Tunnel {
    private Tunnel() {}

    /**
     * Asks a proxy that speaks HTTP, by {@code CONNECT}.
     *
     * @param <S> what the stream is
     * @param proxy a stream to the proxy on which nothing was said yet, under TLS if the proxy wants that
     * @param host an IP address, or a name in ASCII
     * @param port the port, from 1 to 65535
     * @return the same stream, which leads to the host
     * @throws ConnectException if the proxy refuses; the message has its words
     * @throws ProtocolException if it does not speak HTTP
     * @throws IOException if the connection to the proxy breaks
     * @throws IllegalArgumentException if there is no such host or port
     */
    @Awaits
    public static <S extends ByteStream> S http(S proxy, String host, int port) throws IOException {
        return open(proxy, host, port, () -> new HttpTunnel(proxy, host, port).open(null));
    }

    /**
     * Asks a proxy that speaks HTTP, and tells it who asks; otherwise as {@link #http(ByteStream, String, int)}.
     *
     * @param <S> what the stream is
     * @param proxy a stream to the proxy; without TLS on it everybody on the way reads the password
     * @param host an IP address, or a name in ASCII
     * @param port the port, from 1 to 65535
     * @param credentials a name without a colon, and a password (the scheme {@code Basic}, in UTF-8)
     * @return the same stream, which leads to the host
     * @throws IOException as {@link #http(ByteStream, String, int)}
     */
    @Awaits
    public static <S extends ByteStream> S http(S proxy, String host, int port, PasswordAuthentication credentials)
            throws IOException {
        return open(proxy, host, port, () -> new HttpTunnel(proxy, host, port).open(credentials));
    }

    /**
     * Asks a proxy that speaks SOCKS in version 5 (RFC 1928).
     *
     * @param <S> what the stream is
     * @param proxy a stream to the proxy on which nothing was said yet
     * @param host an IP address, or a name in ASCII of at most 255 letters
     * @param port the port, from 1 to 65535
     * @return the same stream, which leads to the host
     * @throws ConnectException if the proxy refuses, or wants to know who asks
     * @throws ProtocolException if it does not speak SOCKS 5
     * @throws IOException if the connection to the proxy breaks
     * @throws IllegalArgumentException if there is no such host or port
     */
    @Awaits
    public static <S extends ByteStream> S socks5(S proxy, String host, int port) throws IOException {
        return open(proxy, host, port, () -> new SocksTunnel(proxy, host, port).open(null));
    }

    /**
     * Asks a proxy that speaks SOCKS in version 5, and tells it who asks, if it wants to know; otherwise as {@link #socks5(ByteStream,
     * String, int)}.
     *
     * @param <S> what the stream is
     * @param proxy a stream to the proxy; everybody on the way reads the password
     * @param host an IP address, or a name in ASCII of at most 255 letters
     * @param port the port, from 1 to 65535
     * @param credentials a name and a password, each of 1 to 255 bytes in UTF-8 (RFC 1929)
     * @return the same stream, which leads to the host
     * @throws IOException as {@link #socks5(ByteStream, String, int)}
     */
    @Awaits
    public static <S extends ByteStream> S socks5(S proxy, String host, int port, PasswordAuthentication credentials)
            throws IOException {
        return open(proxy, host, port, () -> new SocksTunnel(proxy, host, port).open(credentials));
    }

    /** Asks for a way. */
    @FunctionalInterface
    private interface Asking {
        @Awaits
        void ask() throws IOException;
    }

    private static <S extends ByteStream> S open(S proxy, String host, int port, Asking asking) throws IOException {
        try {
            check(host, port);
            asking.ask();
            return proxy;
        } catch (Throwable e) {
            proxy.abort();
            throw e;
        }
    }

    /** What may end a line, or part a name from what follows it, would let a host say something to the proxy. */
    private static void check(String host, int port) {
        if (host.isEmpty() || !host.chars().allMatch(c -> c > ' ' && c < 0x7f && "/\\?#@[]\"".indexOf(c) < 0)) {
            throw new IllegalArgumentException("a proxy is asked for an IP address or a name in ASCII, not '" + host
                    + "'; java.net.IDN.toASCII makes one of other names");
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("a port is from 1 to 65535, not " + port);
        }
    }
}
