package dev.espalier.io;

import dev.espalier.core.Async;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Names of hosts and their addresses. */
final class Names {
    private Names() {}

    /** By the system. */
    static List<InetAddress> resolve(String host) throws UnknownHostException {
        LoopShare share = LoopShare.current();
        InetAddress literal = literal(host);
        if (literal != null) {
            share.pass();
            return List.of(literal);
        }
        return share.lookups.<List<InetAddress>, UnknownHostException>withPermit(
                () -> Async.<List<InetAddress>, UnknownHostException>offload(() -> List.of(InetAddress.getAllByName(host))));
    }

    /** The address that the text is; null if it is a name. */
    static @Nullable InetAddress literal(String host) {
        if (host.isEmpty()) {
            throw new IllegalArgumentException("a host is needed to connect to, and an empty text names none");
        }
        if (host.indexOf(':') < 0 && Character.digit(host.charAt(host.length() - 1), 10) < 0) {
            return null; // no literal ends like this
        }
        try {
            return InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** In the order of RFC 8305: the families take turns, and the one that is preferred begins. */
    static List<InetSocketAddress> inTurns(List<InetAddress> addresses, int port) {
        Class<?> preferred = addresses.get(0).getClass();
        var these = new ArrayList<>(addresses.stream().filter(preferred::isInstance).toList());
        var those = new ArrayList<>(addresses.stream().filter(address -> !preferred.isInstance(address)).toList());
        var order = new ArrayList<InetSocketAddress>();
        while (!these.isEmpty() || !those.isEmpty()) {
            if (!these.isEmpty()) {
                order.add(new InetSocketAddress(these.remove(0), port));
            }
            if (!those.isEmpty()) {
                order.add(new InetSocketAddress(those.remove(0), port));
            }
        }
        return order;
    }
}
