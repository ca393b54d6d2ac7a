package dev.espalier.io;

import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a connection is made.
 *
 * @param resolver looks up the name of the host
 * @param attemptDelay how long each address has before the next one is tried beside it; zero: all at once. The first that answers
 *     wins (Happy Eyeballs, RFC 8305, which recommends 250 ms)
 * @param localAddress from which address of this machine; null: the system chooses one
 * @param socketOptions what the socket is told before it connects, see {@link #withOption}
 */
public record ConnectOptions(
        Resolver resolver,
        Duration attemptDelay,
        @Nullable InetSocketAddress localAddress,
        Map<SocketOption<?>, Object> socketOptions) {
    /** Checks the delay and the types of the values. */
    public ConnectOptions {
        socketOptions = SocketSettings.checked(socketOptions);
        if (attemptDelay.isNegative()) {
            throw new IllegalArgumentException("attemptDelay must not be negative: " + attemptDelay);
        }
    }

    /**
     * {@return the default: the resolver of the system, 250 ms, and any address of this machine}
     */
    public static ConnectOptions defaults() {
        return new ConnectOptions(Resolver.system(), Duration.ofMillis(250), null, Map.of());
    }

    /**
     * {@return these options with another resolver}
     *
     * @param value looks up the name
     */
    public ConnectOptions withResolver(Resolver value) {
        return new ConnectOptions(value, attemptDelay, localAddress, socketOptions);
    }

    /**
     * {@return these options with another delay}
     *
     * @param value how long each address has before the next one is tried beside it, not negative
     */
    public ConnectOptions withAttemptDelay(Duration value) {
        return new ConnectOptions(resolver, value, localAddress, socketOptions);
    }

    /**
     * {@return these options with an address of this machine to connect from} Addresses of the other family then cannot be reached.
     *
     * @param value the address, and the port, or 0 for any
     */
    public ConnectOptions withLocalAddress(InetSocketAddress value) {
        return new ConnectOptions(resolver, attemptDelay, value, socketOptions);
    }

    /**
     * {@return these options with an option of the socket} It is set before the socket connects, which matters for some: {@link
     * java.net.StandardSocketOptions#SO_RCVBUF} decides how much the peer is told it may send ahead. Those that can be set later may be
     * set here too. One that the system refuses fails the connection.
     *
     * {@snippet class="dev.espalier.io.SocketOptionsTest" region="connect"}
     *
     * @param <T> the type of its value
     * @param option the option; {@link java.net.StandardSocketOptions#TCP_NODELAY} is set unless it is switched off here
     * @param value its value
     */
    public <T> ConnectOptions withOption(SocketOption<T> option, T value) {
        return new ConnectOptions(resolver, attemptDelay, localAddress, SocketSettings.with(socketOptions, option, value));
    }
}
