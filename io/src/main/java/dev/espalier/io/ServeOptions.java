package dev.espalier.io;

import java.net.SocketAddress;
import java.net.SocketOption;
import java.time.Duration;
import java.util.Map;
import java.util.function.Predicate;

/**
 * How a server accepts connections.
 *
 * {@snippet class="dev.espalier.io.ServeOptionsTest" region="options"}
 *
 * @param backlog connections that the system queues before they are accepted, from 1; it cuts this to its own maximum
 * @param maxConnections connections at once, from 1. At the limit the server accepts no more until one ends: further ones wait in
 *     the queue of the system
 * @param reusePort whether other servers may listen on the same port, if they ask for it too; the system then spreads the
 *     connections over them
 * @param linger how long at most the server discards, when it closes a connection in good order, what the peer still sends, so that
 *     this does not destroy the answer under way; zero: not at all. Never more than 1 MiB is discarded
 * @param admission whether a peer with this address may connect; others are reset and counted. Asked before anything is read, in the
 *     task that accepts; it must not await. If it throws, the peer may not
 * @param maxPerAddress connections at once from one address of the network, from 1; further ones are reset and counted as refused. All
 *     addresses of IPv6 that share their first 64 bits count as one: whoever has one of them has them all
 * @param limits how slow the peer of a connection may be, under TLS from the handshake on; a bandwidth is that of all connections
 *     together. With any, what handlers get is a {@link LimitedStream} too, or lies over one: so a handler may be more or less patient
 * @param acceptRate connections in a second, from 1; {@link Integer#MAX_VALUE}: as they come. Faster ones wait in the queue of the
 *     system. After a pause a tenth of them may come at once
 * @param socketOptions what the listening sockets are told before they listen, see {@link #withOption}
 */
public record ServeOptions(
        int backlog,
        int maxConnections,
        boolean reusePort,
        Duration linger,
        Predicate<? super SocketAddress> admission,
        int maxPerAddress,
        StreamLimits limits,
        int acceptRate,
        Map<SocketOption<?>, Object> socketOptions) {
    /** Checks the numbers and the types of the values. */
    public ServeOptions {
        socketOptions = SocketSettings.checked(socketOptions);
        checkPositive("acceptRate", acceptRate);
        checkPositive("backlog", backlog);
        checkPositive("maxConnections", maxConnections);
        checkPositive("maxPerAddress", maxPerAddress);
        if (linger.isNegative()) {
            throw new IllegalArgumentException("linger must not be negative: " + linger + "; zero stands for none");
        }
    }

    private static void checkPositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, not " + value);
        }
    }

    /**
     * {@return the default: 65 535 in the queue, any number of connections at any rate, a port of one's own, two seconds, anybody may
     * connect, and no limits}
     */
    public static ServeOptions defaults() {
        return new ServeOptions(65_535, Integer.MAX_VALUE, false, ChannelStream.LINGER_LIMIT, _ -> true, Integer.MAX_VALUE,
                StreamLimits.none(), Integer.MAX_VALUE, Map.of());
    }

    /**
     * {@return these options with another queue}
     *
     * @param value how many connections it holds, from 1
     */
    public ServeOptions withBacklog(int value) {
        return new ServeOptions(value, maxConnections, reusePort, linger, admission, maxPerAddress, limits, acceptRate, socketOptions);
    }

    /**
     * {@return these options with another limit for connections}
     *
     * @param value how many at once, from 1
     */
    public ServeOptions withMaxConnections(int value) {
        return new ServeOptions(backlog, value, reusePort, linger, admission, maxPerAddress, limits, acceptRate, socketOptions);
    }

    /**
     * {@return these options with a port that others may listen on too, or not}
     *
     * @param value whether they may
     */
    public ServeOptions withReusePort(boolean value) {
        return new ServeOptions(backlog, maxConnections, value, linger, admission, maxPerAddress, limits, acceptRate, socketOptions);
    }

    /**
     * {@return these options with another time in which a closing server discards what still comes}
     *
     * @param value how long at most, not negative
     */
    public ServeOptions withLinger(Duration value) {
        return new ServeOptions(backlog, maxConnections, reusePort, value, admission, maxPerAddress, limits, acceptRate, socketOptions);
    }

    /**
     * {@return these options with another rule of who may connect}
     *
     * @param value says whether a peer with an address may; must not await
     */
    public ServeOptions withAdmission(Predicate<? super SocketAddress> value) {
        return new ServeOptions(backlog, maxConnections, reusePort, linger, value, maxPerAddress, limits, acceptRate, socketOptions);
    }

    /**
     * {@return these options with another limit for connections from one address}
     *
     * @param value how many at once, from 1; connections within this machine over paths have no address, and are not limited by it
     */
    public ServeOptions withMaxPerAddress(int value) {
        return new ServeOptions(backlog, maxConnections, reusePort, linger, admission, value, limits, acceptRate, socketOptions);
    }

    /**
     * {@return these options with other limits for each connection}
     *
     * @param value how slow its peer may be
     */
    public ServeOptions withLimits(StreamLimits value) {
        return new ServeOptions(backlog, maxConnections, reusePort, linger, admission, maxPerAddress, value, acceptRate, socketOptions);
    }

    /**
     * {@return these options with another limit for how fast connections are accepted} When a crowd comes back at once, after a restart
     * say, it is served one after the other and not by a loop that has time for none.
     *
     * @param value connections in a second, from 1
     */
    public ServeOptions withAcceptRate(int value) {
        return new ServeOptions(backlog, maxConnections, reusePort, linger, admission, maxPerAddress, limits, value, socketOptions);
    }

    /**
     * {@return these options with an option of the listening sockets} It is set before they listen. Connections inherit what the system
     * lets them inherit: on Linux {@link java.net.StandardSocketOptions#SO_RCVBUF}, which cannot be raised later for what a peer sends
     * first. An option that the system refuses fails {@code serve}.
     *
     * {@snippet class="dev.espalier.io.SocketOptionsTest" region="serve"}
     *
     * @param <T> the type of its value
     * @param option the option
     * @param value its value
     */
    public <T> ServeOptions withOption(SocketOption<T> option, T value) {
        return new ServeOptions(backlog, maxConnections, reusePort, linger, admission, maxPerAddress, limits, acceptRate,
                SocketSettings.with(socketOptions, option, value));
    }
}
