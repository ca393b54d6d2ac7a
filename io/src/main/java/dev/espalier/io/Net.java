package dev.espalier.io;

import dev.espalier.core.Awaits;
import dev.espalier.core.DeadlineExceededException;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;

/**
 * Connections and servers over TCP, and over sockets in the file system of one machine.
 *
 * {@snippet class="dev.espalier.io.SnippetsTest" region="echo"}
 */
public final class Net {
    private Net() {}

    /**
     * Connects to a host with the {@linkplain ConnectOptions#defaults() default options}; as {@link #connect(String, int,
     * ConnectOptions)}.
     *
     * @param host an IP address or a name
     * @param port the port, from 1 to 65535
     * @return the connection, to be closed by the caller
     * @throws UnknownHostException if the name has no address
     * @throws ConnectException if no address answers; its message says how each failed
     * @throws IOException if the system has no socket left
     */
    @Awaits
    public static SocketStream connect(String host, int port) throws IOException {
        return connect(host, port, ConnectOptions.defaults());
    }

    /**
     * Connects to a host. Its addresses are tried one after the other, each for a while before the next one is tried beside it, and
     * the first that answers is taken; the families of addresses take turns. There is no time limit but the system's, so give it one
     * with {@code timeout}.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, there is no connection.
     *
     * @param host an IP address or a name
     * @param port the port, from 1 to 65535
     * @param options how
     * @return the connection, to be closed by the caller
     * @throws UnknownHostException if the name has no address
     * @throws ConnectException if no address answers; its message says how each failed, in the order of the addresses
     * @throws IOException if the system has no socket left
     */
    @Awaits
    public static SocketStream connect(String host, int port, ConnectOptions options) throws IOException {
        checkPort(port, 1);
        return Sockets.connect(host + ":" + port, Names.inTurns(options.resolver().resolve(host), port), options);
    }

    /**
     * Connects to a host and begins TLS with it; as {@link #connect(String, int, ConnectOptions, TlsOptions)}.
     *
     * {@snippet class="dev.espalier.io.TlsServerTest" region="tls"}
     *
     * @param host a name, which the certificate must bear, or an IP address
     * @param port the port, from 1 to 65535
     * @param tls how TLS is spoken
     * @return the connection, to be closed by the caller
     * @throws UnknownHostException if the name has no address
     * @throws SSLException if the peer cannot be trusted, or speaks no TLS
     * @throws IOException if no address answers, or the connection broke
     */
    @Awaits
    public static TlsStream connect(String host, int port, TlsOptions tls) throws IOException {
        return connect(host, port, ConnectOptions.defaults(), tls);
    }

    /**
     * Connects to a host and begins TLS with it. The handshake has the limit of its options; connecting has the system's.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, there is no connection.
     *
     * @param host a name, which the certificate must bear, or an IP address
     * @param port the port, from 1 to 65535
     * @param options how to connect
     * @param tls how TLS is spoken
     * @return the connection, to be closed by the caller
     * @throws UnknownHostException if the name has no address
     * @throws SSLException if the peer cannot be trusted, or speaks no TLS
     * @throws IOException if no address answers, or the connection broke
     * @throws DeadlineExceededException if the handshake took longer than {@link TlsOptions#handshakeTimeout()}
     */
    @Awaits
    public static TlsStream connect(String host, int port, ConnectOptions options, TlsOptions tls) throws IOException {
        return TlsStream.client(connect(host, port, options), host, port, tls);
    }

    /**
     * Connects to an address; as {@link #connect(String, int)}.
     *
     * <p>At the other end of a {@link UnixDomainSocketAddress} is a process of this machine; where the system tells who it is, the
     * option {@code SO_PEERCRED} of {@code jdk.net.ExtendedSocketOptions} does.
     *
     * @param address the address and port, such as {@link Server#address()} of a server on one address, or the path of a socket
     * @return the connection, to be closed by the caller
     * @throws ConnectException if nobody answers there
     * @throws IOException if it cannot be reached
     * @throws IllegalArgumentException if the address is of another kind
     */
    @Awaits
    public static SocketStream connect(SocketAddress address) throws IOException {
        if (address instanceof UnixDomainSocketAddress unix) {
            return Sockets.connect(unix);
        }
        InetSocketAddress inet = inet(address);
        return inet.isUnresolved()
                ? connect(inet.getHostString(), inet.getPort())
                : Sockets.connect(inet.toString(), List.of(inet), ConnectOptions.defaults());
    }

    /**
     * Makes a stream of a channel that is connected already, such as {@link System#inheritedChannel()}, or one of another library.
     *
     * @param channel a connected channel, which is the stream's from now on, also if this fails
     * @return the stream, to be closed by the caller
     * @throws IOException if the channel is closed
     * @throws IllegalArgumentException if it is not connected
     */
    public static SocketStream adopt(SocketChannel channel) throws IOException {
        if (channel.isOpen() && !channel.isConnected()) {
            channel.close();
            throw new IllegalArgumentException("a stream needs a connected channel; connect it first, or call Net.connect");
        }
        return Sockets.accepted(channel, LoopShare.current(), ChannelStream.LINGER_LIMIT);
    }

    /**
     * Listens on an address and runs a handler for each connection, in a task of its own.
     *
     * <p><b>Cancellation.</b> Cancelled, nothing listens. Cancelling the group ends the server and its handlers.
     *
     * <p>A {@link UnixDomainSocketAddress} makes a socket in the file system. One that a server which has died left behind is
     * replaced; it is deleted when this server stops. Who may connect is decided by the permissions of its folder.
     *
     * @param group the server lives in it: the group does not end before the server does
     * @param address the address and port, port 0 for any free one, see {@link Server#port()}; or the path of a socket
     * @param handler gets each connection, which is closed when it returns; what it throws goes to the loop's error sink
     * @return the server, which listens already
     * @throws BindException if the address is not of this machine, the port is taken, or at the path is something else than a
     *     socket that nobody listens at
     * @throws IOException if the system has no socket left
     * @throws IllegalArgumentException if the address is of another kind
     */
    @Awaits
    public static Server serve(TaskGroup group, SocketAddress address, VoidBodyWith<? super SocketStream, ?> handler)
            throws IOException {
        return serve(group, address, ServeOptions.defaults(), handler);
    }

    /**
     * Listens on an address; as {@link #serve(TaskGroup, List, ServeOptions, VoidBodyWith)}.
     *
     * @param group the server lives in it
     * @param address the address and port, or the path of a socket
     * @param options how
     * @param handler gets each connection
     * @return the server, which listens already
     * @throws IOException if it cannot listen
     * @throws IllegalArgumentException if the address is of another kind, or has no ports, and the options ask for sharing one
     */
    @Awaits
    public static Server serve(
            TaskGroup group, SocketAddress address, ServeOptions options, VoidBodyWith<? super SocketStream, ?> handler)
            throws IOException {
        return serve(group, List.of(address), options, handler);
    }

    /**
     * Listens on several addresses, which may be of different kinds; as {@link #serve(TaskGroup, SocketAddress, VoidBodyWith)}. All
     * that say port 0 get the same port.
     *
     * <p>The wildcard address, {@code new InetSocketAddress(port)}, stands for all addresses of this machine, of both families.
     *
     * <p><b>Cancellation.</b> Cancelled or failed, nothing listens.
     *
     * @param group the server lives in it: the group does not end before the server does
     * @param addresses the addresses, at least one; of a name, the first address of it
     * @param options how
     * @param handler gets each connection, which is closed when it returns; what it throws goes to the loop's error sink
     * @return the server, which listens already
     * @throws BindException if one of them is not of this machine or taken
     * @throws IOException if the system has no socket left
     * @throws IllegalArgumentException if there is no address, if one is of another kind, or if one has no ports and the options ask
     *     for sharing one
     */
    @Awaits
    public static Server serve(
            TaskGroup group,
            List<? extends SocketAddress> addresses,
            ServeOptions options,
            VoidBodyWith<? super SocketStream, ?> handler)
            throws IOException {
        return Net.<SocketStream>serve(group, addresses, options, plain -> plain, handler);
    }

    /**
     * Listens on an address for connections under TLS; as {@link #serve(TaskGroup, List, ServeOptions, TlsOptions, VoidBodyWith)}.
     *
     * @param group the server lives in it
     * @param address the address and port, or the path of a socket
     * @param tls how TLS is spoken; its context needs a certificate
     * @param handler gets each connection after the handshake
     * @return the server, which listens already
     * @throws IOException if it cannot listen
     */
    @Awaits
    public static Server serve(
            TaskGroup group, SocketAddress address, TlsOptions tls, VoidBodyWith<? super TlsStream, ?> handler)
            throws IOException {
        return serve(group, List.of(address), ServeOptions.defaults(), tls, handler);
    }

    /**
     * Listens on several addresses for connections under TLS; as {@link #serve(TaskGroup, List, ServeOptions, VoidBodyWith)}.
     *
     * <p>Hands are shaken in the task of the connection, within the limit of {@link TlsOptions#handshakeTimeout()}: a client that is
     * silent or speaks no TLS holds up nobody else. It counts for {@link ServeOptions#maxConnections()}. Failed handshakes are
     * counted, and told to the loop's error sink once a minute.
     *
     * @param group the server lives in it
     * @param addresses the addresses, at least one
     * @param options how to accept
     * @param tls how TLS is spoken; its context needs a certificate
     * @param handler gets each connection after the handshake; it is closed when the handler returns
     * @return the server, which listens already
     * @throws IOException if it cannot listen
     */
    @Awaits
    public static Server serve(
            TaskGroup group,
            List<? extends SocketAddress> addresses,
            ServeOptions options,
            TlsOptions tls,
            VoidBodyWith<? super TlsStream, ?> handler)
            throws IOException {
        return Net.<TlsStream>serve(group, addresses, options, plain -> TlsStream.server(plain, tls), handler);
    }

    /**
     * Serves a channel that listens already, such as {@link System#inheritedChannel()} of a program that is started when somebody
     * connects; as {@link #serve(TaskGroup, List, ServeOptions, VoidBodyWith)}.
     *
     * @param group the server lives in it
     * @param channel a bound channel, which is the server's from now on, also if this fails; the file of its socket, if it has one, is
     *     not deleted
     * @param options how; what concerns binding is without effect
     * @param handler gets each connection
     * @return the server
     * @throws IOException if the channel is closed
     * @throws IllegalArgumentException if it is not bound
     */
    public static Server serve(
            TaskGroup group, ServerSocketChannel channel, ServeOptions options, VoidBodyWith<? super SocketStream, ?> handler)
            throws IOException {
        return Net.<SocketStream>start(group, List.of(Listener.adopt(channel)), options, plain -> plain, handler);
    }

    private static <S extends ByteStream> Server serve(
            TaskGroup group,
            List<? extends SocketAddress> addresses,
            ServeOptions options,
            ChannelServer.Upgrade<S> upgrade,
            VoidBodyWith<? super S, ?> handler)
            throws IOException {
        List<SocketAddress> local = local(addresses, options);
        LoopShare.current().pass();
        return start(group, Listener.open(local, options), options, upgrade, handler);
    }

    private static <S extends ByteStream> Server start(
            TaskGroup group,
            List<Listener> listeners,
            ServeOptions options,
            ChannelServer.Upgrade<S> upgrade,
            VoidBodyWith<? super S, ?> handler) {
        try {
            return new ChannelServer<>(group, listeners, options, upgrade, handler);
        } catch (Throwable e) {
            listeners.forEach(Listener::stop);
            throw e;
        }
    }

    private static List<SocketAddress> local(List<? extends SocketAddress> addresses, ServeOptions options) throws IOException {
        if (addresses.isEmpty()) {
            throw new IllegalArgumentException("a server needs at least one address to listen on");
        }
        List<SocketAddress> local = new ArrayList<>();
        for (SocketAddress address : addresses) {
            boolean unix = address instanceof UnixDomainSocketAddress;
            if (unix && options.reusePort()) {
                throw new IllegalArgumentException("reusePort is for ports, and " + address + " has none");
            }
            local.add(unix ? address : resolved(inet(address)));
        }
        return local;
    }

    /**
     * Listens on a port of all addresses of this machine; as {@link #serve(TaskGroup, SocketAddress, VoidBodyWith)}.
     *
     * @param group the server lives in it
     * @param port the port, from 0 to 65535; 0 for any free one
     * @param handler gets each connection
     * @return the server, which listens already
     * @throws IOException if it cannot listen
     */
    @Awaits
    public static Server serve(TaskGroup group, int port, VoidBodyWith<? super SocketStream, ?> handler)
            throws IOException {
        checkPort(port, 0);
        return serve(group, new InetSocketAddress(port), handler);
    }

    private static InetSocketAddress resolved(InetSocketAddress address) throws IOException {
        return address.isUnresolved()
                ? new InetSocketAddress(Names.resolve(address.getHostString()).getFirst(), address.getPort())
                : address;
    }

    private static InetSocketAddress inet(SocketAddress address) {
        if (address instanceof InetSocketAddress inet) {
            return inet;
        }
        throw new IllegalArgumentException("an InetSocketAddress or a UnixDomainSocketAddress is needed, not a "
                + address.getClass().getSimpleName() + ": " + address);
    }

    private static void checkPort(int port, int least) {
        if (port < least || port > 65_535) {
            throw new IllegalArgumentException("a port is from " + least + " to 65535, not " + port);
        }
    }
}
