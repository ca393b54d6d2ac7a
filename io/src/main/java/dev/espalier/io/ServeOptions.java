package dev.espalier.io;

import java.net.SocketAddress;
import java.time.Duration;
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
 * @param maxPerAddress connections at once from one address of the network, from 1; further ones are reset and counted as refused
 * @param limits how slow the peer of a connection may be, under TLS from the handshake on; a bandwidth is that of all connections
 *     together. With any, what handlers get is a {@link LimitedStream} too, or lies over one: so a handler may be more or less patient
 */
public record ServeOptions(
        int backlog,
        int maxConnections,
        boolean reusePort,
        Duration linger,
        Predicate<? super SocketAddress> admission,
        int maxPerAddress,
        StreamLimits limits) {
    /** Checks the numbers. */
    public ServeOptions {
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
     * {@return the default: 65 535 in the queue, any number of connections, a port of one's own, two seconds, anybody may connect, and no
     * limits}
     */
    public static ServeOptions defaults() {
        return new ServeOptions(65_535, Integer.MAX_VALUE, false, ChannelStream.LINGER_LIMIT, _ -> true, Integer.MAX_VALUE, StreamLimits.none());
    }

    /**
     * {@return these options with another queue}
     *
     * @param value how many connections it holds, from 1
     */
    public ServeOptions withBacklog(int value) {
        return new ServeOptions(value, maxConnections, reusePort, linger, admission, maxPerAddress, limits);
    }

    /**
     * {@return these options with another limit for connections}
     *
     * @param value how many at once, from 1
     */
    public ServeOptions withMaxConnections(int value) {
        return new ServeOptions(backlog, value, reusePort, linger, admission, maxPerAddress, limits);
    }

    /**
     * {@return these options with a port that others may listen on too, or not}
     *
     * @param value whether they may
     */
    public ServeOptions withReusePort(boolean value) {
        return new ServeOptions(backlog, maxConnections, value, linger, admission, maxPerAddress, limits);
    }

    /**
     * {@return these options with another time in which a closing server discards what still comes}
     *
     * @param value how long at most, not negative
     */
    public ServeOptions withLinger(Duration value) {
        return new ServeOptions(backlog, maxConnections, reusePort, value, admission, maxPerAddress, limits);
    }

    /**
     * {@return these options with another rule of who may connect}
     *
     * @param value says whether a peer with an address may; must not await
     */
    public ServeOptions withAdmission(Predicate<? super SocketAddress> value) {
        return new ServeOptions(backlog, maxConnections, reusePort, linger, value, maxPerAddress, limits);
    }

    /**
     * {@return these options with another limit for connections from one address}
     *
     * @param value how many at once, from 1; connections within this machine over paths have no address, and are not limited by it
     */
    public ServeOptions withMaxPerAddress(int value) {
        return new ServeOptions(backlog, maxConnections, reusePort, linger, admission, value, limits);
    }

    /**
     * {@return these options with other limits for each connection}
     *
     * @param value how slow its peer may be
     */
    public ServeOptions withLimits(StreamLimits value) {
        return new ServeOptions(backlog, maxConnections, reusePort, linger, admission, maxPerAddress, value);
    }
}
