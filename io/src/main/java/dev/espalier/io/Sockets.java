package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.ChannelReadiness;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Making sockets of NIO and connecting them. */
final class Sockets {
    /** Connections that the system queues before they are accepted; it cuts this to its own maximum. */
    private static final int BACKLOG = 65_535;

    private Sockets() {}

    // ---- names

    static List<InetAddress> resolve(String host) throws UnknownHostException {
        InetAddress literal = literal(host);
        return literal != null
                ? List.of(literal)
                : Async.<List<InetAddress>, UnknownHostException>offload(() -> List.of(InetAddress.getAllByName(host)));
    }

    /** The address that the text is; null if it is a name. */
    private static @Nullable InetAddress literal(String host) {
        if (host.isEmpty()) {
            throw new IllegalArgumentException("a host is needed to connect to, and an empty text names none");
        }
        if (host.indexOf(':') < 0 && Character.digit(host.charAt(host.length() - 1), 10) < 0) {
            return null; // no literal ends like this
        }
        try {
            return InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    // ---- connecting

    static SocketStream connect(String target, List<InetSocketAddress> addresses) throws IOException {
        var failures = new ArrayList<IOException>();
        for (InetSocketAddress address : addresses) {
            try {
                return connect(address);
            } catch (IOException e) {
                failures.add(e);
            }
        }
        throw unreachable(target, addresses, failures);
    }

    private static ConnectException unreachable(
            String target, List<InetSocketAddress> addresses, List<IOException> failures) {
        var message = new StringBuilder("cannot connect to " + target + ":");
        for (int i = 0; i < failures.size(); i++) {
            message.append(i == 0 ? " " : "; ").append(addresses.get(i)).append(": ").append(failures.get(i).getMessage());
        }
        var failure = new ConnectException(message.toString());
        failure.initCause(failures.getFirst());
        failures.stream().skip(1).forEach(failure::addSuppressed);
        return failure;
    }

    private static ChannelStream connect(InetSocketAddress address) throws IOException {
        LoopShare share = LoopShare.current();
        return stream(SocketChannel.open(), share, (channel, readiness) -> {
            connect(channel, readiness, address);
            checkNotItself(channel);
        });
    }

    private static void connect(SocketChannel channel, ChannelReadiness readiness, SocketAddress address)
            throws IOException {
        if (!channel.connect(address)) {
            do {
                readiness.awaitWritable();
            } while (!channel.finishConnect());
        }
    }

    /** Within one machine, over a path of the file system. */
    static SocketStream connect(UnixDomainSocketAddress address) throws IOException {
        LoopShare share = LoopShare.current();
        share.pass();
        try {
            return stream(SocketChannel.open(StandardProtocolFamily.UNIX), share,
                    (channel, readiness) -> connect(channel, readiness, address));
        } catch (SocketException e) {
            var failure = new ConnectException("cannot connect to " + address + ": " + e.getMessage());
            failure.initCause(e);
            throw failure;
        }
    }

    /** Within one machine a socket may meet itself, if the system gives it the very port it looks for: nobody listens there. */
    private static void checkNotItself(SocketChannel channel) throws IOException {
        if (channel.getLocalAddress().equals(channel.getRemoteAddress())) {
            throw new ConnectException("Connection refused (it met itself)");
        }
    }

    // ---- accepting

    /** Makes a stream of an accepted channel, or closes it. */
    static ChannelStream accepted(SocketChannel channel, LoopShare share) throws IOException {
        return stream(channel, share, (_, _) -> {});
    }

    static ServerSocketChannel listen(SocketAddress address) throws IOException {
        ServerSocketChannel listener = address instanceof UnixDomainSocketAddress
                ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                : ServerSocketChannel.open();
        try {
            listener.configureBlocking(false);
            listener.bind(address, BACKLOG);
            return listener;
        } catch (Throwable e) {
            listener.close();
            throw e;
        }
    }

    // ---- both

    /** What comes between the registration of a channel and its stream. */
    @FunctionalInterface
    private interface Connecting {
        void connect(SocketChannel channel, ChannelReadiness readiness) throws IOException;
    }

    private static ChannelStream stream(SocketChannel channel, LoopShare share, Connecting connecting) throws IOException {
        ChannelReadiness readiness = null;
        try {
            channel.configureBlocking(false);
            if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            readiness = ChannelReadiness.of(channel);
            connecting.connect(channel, readiness);
            return new ChannelStream(channel, readiness, share);
        } catch (Throwable e) {
            release(channel, readiness, e);
            throw e;
        }
    }

    private static void release(SocketChannel channel, @Nullable ChannelReadiness readiness, Throwable why) {
        if (readiness != null) {
            readiness.close();
        }
        try {
            channel.close();
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }
}
