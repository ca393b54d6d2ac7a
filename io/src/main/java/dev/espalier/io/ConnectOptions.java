package dev.espalier.io;

import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a connection is made.
 *
 * @param resolver looks up the name of the host
 * @param attemptDelay how long each address has before the next one is tried beside it; zero: all at once. The first that answers
 *     wins (Happy Eyeballs, RFC 8305, which recommends 250 ms)
 * @param localAddress from which address of this machine; null: the system chooses one
 */
public record ConnectOptions(Resolver resolver, Duration attemptDelay, @Nullable InetSocketAddress localAddress) {
    /** Checks the delay. */
    public ConnectOptions {
        if (attemptDelay.isNegative()) {
            throw new IllegalArgumentException("attemptDelay must not be negative: " + attemptDelay);
        }
    }

    /**
     * {@return the default: the resolver of the system, 250 ms, and any address of this machine}
     */
    public static ConnectOptions defaults() {
        return new ConnectOptions(Resolver.system(), Duration.ofMillis(250), null);
    }

    /**
     * {@return these options with another resolver}
     *
     * @param value looks up the name
     */
    public ConnectOptions withResolver(Resolver value) {
        return new ConnectOptions(value, attemptDelay, localAddress);
    }

    /**
     * {@return these options with another delay}
     *
     * @param value how long each address has before the next one is tried beside it, not negative
     */
    public ConnectOptions withAttemptDelay(Duration value) {
        return new ConnectOptions(resolver, value, localAddress);
    }

    /**
     * {@return these options with an address of this machine to connect from} Addresses of the other family then cannot be reached.
     *
     * @param value the address, and the port, or 0 for any
     */
    public ConnectOptions withLocalAddress(InetSocketAddress value) {
        return new ConnectOptions(resolver, attemptDelay, value);
    }
}
