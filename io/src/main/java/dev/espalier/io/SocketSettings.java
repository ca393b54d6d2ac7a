package dev.espalier.io;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.NetworkChannel;
import java.util.HashMap;
import java.util.Map;

/** Options of the system that a socket gets before it connects or listens. */
final class SocketSettings {
    private SocketSettings() {}

    /** A copy, in which each value has the type of its option. */
    static Map<SocketOption<?>, Object> checked(Map<SocketOption<?>, Object> settings) {
        settings.forEach((option, value) -> {
            if (!option.type().isInstance(value)) {
                throw new IllegalArgumentException("the socket option " + option.name() + " takes a " + option.type().getSimpleName()
                        + ", not " + value + ", which is a " + value.getClass().getSimpleName());
            }
        });
        return Map.copyOf(settings);
    }

    static <T> Map<SocketOption<?>, Object> with(Map<SocketOption<?>, Object> settings, SocketOption<T> option, T value) {
        var more = new HashMap<>(settings);
        more.put(option, value);
        return more;
    }

    static void apply(Map<SocketOption<?>, Object> settings, NetworkChannel channel) throws IOException {
        for (Map.Entry<SocketOption<?>, Object> each : settings.entrySet()) {
            set(channel, each.getKey(), each.getValue());
        }
    }

    private static <T> void set(NetworkChannel channel, SocketOption<T> option, Object value) throws IOException {
        try {
            channel.setOption(option, option.type().cast(value));
        } catch (UnsupportedOperationException | IllegalArgumentException e) {
            var failure = new SocketException("the socket option " + option.name() + " cannot be " + value + " here: " + e.getMessage()
                    + "; sockets of this kind have " + channel.supportedOptions());
            failure.initCause(e);
            throw failure;
        }
    }
}
