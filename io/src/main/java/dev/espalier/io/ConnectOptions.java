package dev.espalier.io;

import java.time.Duration;

/**
 * How a connection is made.
 *
 * @param resolver looks up the name of the host
 * @param attemptDelay how long each address has before the next one is tried beside it; zero: all at once. The first that answers
 *     wins (Happy Eyeballs, RFC 8305, which recommends 250 ms)
 */
public record ConnectOptions(Resolver resolver, Duration attemptDelay) {
    /** Checks the delay. */
    public ConnectOptions {
        if (attemptDelay.isNegative()) {
            throw new IllegalArgumentException("attemptDelay must not be negative: " + attemptDelay);
        }
    }

    /**
     * {@return the default: the resolver of the system, and 250 ms}
     */
    public static ConnectOptions defaults() {
        return new ConnectOptions(Resolver.system(), Duration.ofMillis(250));
    }

    /**
     * {@return these options with another resolver}
     *
     * @param value looks up the name
     */
    public ConnectOptions withResolver(Resolver value) {
        return new ConnectOptions(value, attemptDelay);
    }

    /**
     * {@return these options with another delay}
     *
     * @param value how long each address has before the next one is tried beside it, not negative
     */
    public ConnectOptions withAttemptDelay(Duration value) {
        return new ConnectOptions(resolver, value);
    }
}
