package dev.espalier.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where one child connects, once: a Unix-domain socket in the pool's directory; on Windows, where those have had bugs,
 * a port of the loopback address (written for it, and not tried there). The token guards both.
 */
final class WorkerDoor {
    private static final boolean UNIX = !System.getProperty("os.name",
            "").toLowerCase(Locale.ROOT).startsWith("windows");

    private final ServerSocketChannel server;
    private final SocketAddress address;
    private final @Nullable Path file;

    private WorkerDoor(ServerSocketChannel server, SocketAddress address, @Nullable Path file) {
        this.server = server;
        this.address = address;
        this.file = file;
    }

    static WorkerDoor open(Path file) throws IOException {
        return UNIX ? unix(file) : loopback();
    }

    static WorkerDoor unix(Path file) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        return bound(server, UnixDomainSocketAddress.of(file), file);
    }

    static WorkerDoor loopback() throws IOException {
        return bound(ServerSocketChannel.open(), new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), null);
    }

    private static WorkerDoor bound(ServerSocketChannel server, SocketAddress wish, @Nullable Path file)
            throws IOException {
        try {
            server.bind(wish, 1).configureBlocking(false);
            return new WorkerDoor(server, server.getLocalAddress(), file);
        } catch (IOException | RuntimeException failed) {
            server.close();
            throw failed;
        }
    }

    ServerSocketChannel server() {
        return server;
    }

    String place() {
        return Ticket.placeOf(address);
    }

    /** Nobody can connect from now on, and nothing is left in the file system. */
    void close() throws IOException {
        server.close();
        if (file != null) {
            Files.deleteIfExists(file);
        }
    }
}
