package dev.espalier.io;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The file of a listening socket in the file system, which the system does not delete when the socket is closed.
 *
 * @param path where it is; null if the socket has none
 * @param key tells it from another file that somebody has put there since; null where the system has no such key
 */
record SocketPath(@Nullable Path path, @Nullable Object key) {
    /** The file of a bound socket. */
    static SocketPath of(SocketAddress bound) throws IOException {
        return bound instanceof UnixDomainSocketAddress unix && !unix.getPath().toString().isEmpty()
                ? new SocketPath(unix.getPath(), attributes(unix.getPath()).fileKey())
                : new SocketPath(null, null);
    }

    /** Deletes it, if it is still the same. */
    void delete() throws IOException {
        if (path == null) {
            return;
        }
        try {
            if (Objects.equals(attributes(path).fileKey(), key)) {
                Files.delete(path);
            }
        } catch (NoSuchFileException _) {
            // Somebody was faster.
        }
    }

    /** Makes room for a new one: a socket that nobody listens at any more is deleted, and anything else is left alone. */
    static void clear(UnixDomainSocketAddress address) throws IOException {
        Path path = address.getPath();
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!attributes(path).isOther()) {
            throw new BindException(path + " exists and is no socket; delete it, or listen somewhere else");
        }
        if (isServed(address)) {
            throw new BindException("somebody listens at " + path + " already");
        }
        Files.delete(path);
    }

    private static boolean isServed(UnixDomainSocketAddress address) throws IOException {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false); // a server that is busy would make this wait
            probe.connect(address);
            return true;
        } catch (SocketException e) {
            return false; // refused: its server has died
        }
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }
}
