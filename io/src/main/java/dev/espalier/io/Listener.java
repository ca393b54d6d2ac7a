package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.ChannelReadiness;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A listening socket of a server. */
final class Listener {
    /** Connections accepted at once, before others run. */
    private static final int BATCH = 64;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /** How often a common port is looked for, when one that was free at one address is taken at another. */
    private static final int PORTS_TRIED = 8;

    final SocketAddress address;
    private final ServerSocketChannel channel;
    private final SocketPath path; // of a socket in the file system
    private final ChannelReadiness readiness;

    // By the holder of the turn.
    private boolean stopped;
    private Duration pause = FIRST_PAUSE; // after the next failure to accept

    private Listener(ServerSocketChannel channel, SocketAddress address, SocketPath path) throws IOException {
        this.channel = channel;
        this.address = address;
        this.path = path;
        this.readiness = ChannelReadiness.of(channel);
    }

    // ---- listening

    /** Listens on all addresses or on none. Those that leave the port to the system get the same one. */
    static List<Listener> open(List<SocketAddress> addresses, ServeOptions options) throws IOException {
        List<Listener> open = new ArrayList<>();
        for (int tried = 1; true; tried++) {
            int port = 0;
            try {
                for (SocketAddress address : addresses) {
                    Listener next = open(withPort(address, port), options);
                    open.add(next);
                    port = port == 0 && portOf(address) == 0 ? portOf(next.address) : port;
                }
                return open;
            } catch (Throwable e) {
                open.forEach(Listener::stop);
                open.clear();
                if (!(e instanceof BindException) || port == 0 || tried == PORTS_TRIED) {
                    throw e;
                }
            }
        }
    }

    private static int portOf(SocketAddress address) {
        return address instanceof InetSocketAddress inet ? inet.getPort() : -1;
    }

    private static SocketAddress withPort(SocketAddress address, int port) {
        return address instanceof InetSocketAddress inet && inet.getPort() == 0
                ? new InetSocketAddress(inet.getAddress(), port)
                : address;
    }

    private static Listener open(SocketAddress address, ServeOptions options) throws IOException {
        try {
            if (address instanceof UnixDomainSocketAddress unix) {
                SocketPath.clear(unix);
            }
            ServerSocketChannel channel = Sockets.listen(address, options);
            try {
                SocketAddress real = channel.getLocalAddress();
                return new Listener(channel, real, SocketPath.of(real));
            } catch (Throwable e) {
                channel.close();
                throw e;
            }
        } catch (BindException e) {
            var failure = new BindException("cannot listen on " + address + ": " + e.getMessage());
            failure.initCause(e);
            throw failure;
        }
    }

    /** Takes a channel that listens already, or closes it. The file of its socket, if it has one, is somebody else's. */
    static Listener adopt(ServerSocketChannel channel) throws IOException {
        try {
            SocketAddress address = channel.getLocalAddress();
            if (address == null) {
                throw new IllegalArgumentException(channel + " is not bound, so nobody can connect to it; call bind first");
            }
            channel.configureBlocking(false);
            return new Listener(channel, address, new SocketPath(null, null));
        } catch (Throwable e) {
            channel.close();
            throw e;
        }
    }

    // ---- accepting, in a task of its own

    void accept(ChannelServer<?> server, TaskGroup group) {
        while (!stopped) {
            try {
                server.awaitRoom();
                server.awaitPace();
                readiness.awaitReadable();
                acceptBatch(server, group);
                pause = FIRST_PAUSE;
            } catch (ClosedChannelException e) {
                assert stopped : e;
            } catch (IOException e) {
                server.acceptFailed(e);
                rest();
            }
        }
    }

    private void acceptBatch(ChannelServer<?> server, TaskGroup group) throws IOException {
        for (int i = 0; i < BATCH && server.hasRoom() && server.keepsPace(); i++) {
            SocketChannel accepted = channel.accept();
            if (accepted == null) {
                return;
            }
            server.deliver(group, accepted);
        }
    }

    /** Before the server stops: whoever is in the queue of the system has connected already, and would be reset. */
    void acceptQueued(ChannelServer<?> server, TaskGroup group) {
        try {
            acceptBatch(server, group);
        } catch (IOException e) {
            server.acceptFailed(e);
        }
    }

    /**
     * The system has no file or memory for one more connection, which stays queued. The socket would be reported as ready
     * for ever, so it is not looked at for a while.
     */
    private void rest() {
        Async.sleep(pause);
        Duration twice = pause.multipliedBy(2);
        pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }

    /** Does nothing the second time. */
    void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        readiness.close();
        try (channel) {
            path.delete(); // before the close, so that whoever listens there next does not lose its own
        } catch (IOException e) {
            throw new UncheckedIOException("closing " + this + " failed", e);
        }
    }

    @Override
    public String toString() {
        return "Listener[" + address + (stopped ? ", stopped]" : "]");
    }
}
