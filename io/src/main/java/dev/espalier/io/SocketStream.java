package dev.espalier.io;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;

/**
 * A connection over a socket. {@link java.net.StandardSocketOptions#TCP_NODELAY} is set.
 *
 * {@snippet class="dev.espalier.io.SnippetsTest" region="client"}
 */
public interface SocketStream extends ByteStream {
    /**
     * {@return the address of this end, also after the stream was closed}
     */
    SocketAddress localAddress();

    /**
     * {@return the address of the peer, also after the stream was closed}
     */
    SocketAddress remoteAddress();

    /**
     * {@return how many bytes have come from the system so far, whether they were read or not; under TLS, encrypted ones}
     */
    long bytesReceived();

    /**
     * {@return how many bytes the system has taken so far, whether the peer has them or not; under TLS, encrypted ones}
     */
    long bytesSent();

    /**
     * {@return an option of the socket}
     *
     * @param <T> its type
     * @param option the option, such as {@link java.net.StandardSocketOptions#SO_RCVBUF}
     * @throws IOException if the stream is closed
     * @throws UnsupportedOperationException if this kind of socket has no such option
     */
    <T> T option(SocketOption<T> option) throws IOException;

    /**
     * Sets an option of the socket.
     *
     * @param <T> its type
     * @param option the option, such as {@link java.net.StandardSocketOptions#SO_RCVBUF}
     * @param value its value
     * @throws IOException if the system refuses it, or the stream is closed
     * @throws UnsupportedOperationException if this kind of socket has no such option
     */
    <T> void setOption(SocketOption<T> option, T value) throws IOException;
}
