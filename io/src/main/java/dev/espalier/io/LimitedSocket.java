package dev.espalier.io;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;

/** A connection of a server with limits. */
final class LimitedSocket extends WatchedStream implements SocketStream {
    private final SocketStream socket;

    LimitedSocket(SocketStream socket, StreamLimits limits) {
        super(socket, limits);
        this.socket = socket;
    }

    @Override
    public SocketAddress localAddress() {
        return socket.localAddress();
    }

    @Override
    public SocketAddress remoteAddress() {
        return socket.remoteAddress();
    }

    @Override
    public long bytesReceived() {
        return socket.bytesReceived();
    }

    @Override
    public long bytesSent() {
        return socket.bytesSent();
    }

    @Override
    public <T> T option(SocketOption<T> option) throws IOException {
        return socket.option(option);
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        socket.setOption(option, value);
    }
}
