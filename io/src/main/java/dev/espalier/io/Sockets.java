package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.Body;
import dev.espalier.core.ChannelReadiness;
import dev.espalier.core.GroupException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Making sockets of NIO and connecting them. */
final class Sockets {
    private Sockets() {}

    // ---- connecting

    /** Tries the addresses in order, each for a while before the next one is tried beside it. */
    static SocketStream connect(String target, List<InetSocketAddress> addresses, ConnectOptions options) throws IOException {
        var failures = new @Nullable IOException[addresses.size()];
        try {
            if (addresses.size() == 1) {
                return attempt(addresses, 0, options, failures).stream;
            }
            var attempts = new ArrayList<Body<Attempt, IOException>>();
            for (int i = 0; i < addresses.size(); i++) {
                int index = i;
                attempts.add(() -> attempt(addresses, index, options, failures));
            }
            return Async.<Attempt>staggeredRace(options.attemptDelay(), attempts).stream;
        } catch (AttemptFailed | GroupException e) {
            throw unreachable(target, addresses, Arrays.stream(failures).filter(Objects::nonNull).toList());
        }
    }

    private static Attempt attempt(
            List<InetSocketAddress> addresses, int index, ConnectOptions options, @Nullable IOException[] failures)
            throws AttemptFailed {
        try {
            return new Attempt(connect(addresses.get(index), options));
        } catch (IOException e) {
            failures[index] = e;
            throw new AttemptFailed(e);
        }
    }

    /** A connection that may have come second: then nobody has used it, and nobody is told goodbye. */
    private record Attempt(ChannelStream stream) implements AutoCloseable {
        @Override
        public void close() {
            stream.abort();
        }
    }

    private static final class AttemptFailed extends IOException {
        private static final long serialVersionUID = 1;

        private AttemptFailed(IOException cause) {
            super(cause);
        }
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

    private static ChannelStream connect(InetSocketAddress address, ConnectOptions options) throws IOException {
        InetSocketAddress local = options.localAddress();
        LoopShare share = LoopShare.current();
        return stream(SocketChannel.open(), share, ChannelStream.LINGER_LIMIT, (channel, readiness) -> {
            SocketSettings.apply(options.socketOptions(), channel);
            if (local != null) {
                bind(channel, local);
            }
            connect(channel, readiness, address);
            checkNotItself(channel);
        });
    }

    private static void bind(SocketChannel channel, InetSocketAddress local) throws IOException {
        try {
            channel.bind(local);
        } catch (IOException | UnsupportedAddressTypeException | UnresolvedAddressException e) {
            throw new BindException("cannot connect from " + local + ": " + e);
        }
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
            return stream(SocketChannel.open(StandardProtocolFamily.UNIX), share, ChannelStream.LINGER_LIMIT,
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
    static ChannelStream accepted(SocketChannel channel, LoopShare share, Duration linger) throws IOException {
        return stream(channel, share, linger, (_, _) -> {});
    }

    static ServerSocketChannel listen(SocketAddress address, ServeOptions options) throws IOException {
        ServerSocketChannel listener = address instanceof UnixDomainSocketAddress
                ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                : ServerSocketChannel.open();
        try {
            listener.configureBlocking(false);
            if (options.reusePort()) {
                listener.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            SocketSettings.apply(options.socketOptions(), listener);
            listener.bind(address, options.backlog());
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

    private static ChannelStream stream(SocketChannel channel, LoopShare share, Duration linger, Connecting connecting)
            throws IOException {
        ChannelReadiness readiness = null;
        try {
            channel.configureBlocking(false);
            if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            readiness = ChannelReadiness.of(channel);
            connecting.connect(channel, readiness);
            return new ChannelStream(channel, readiness, share, linger);
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
