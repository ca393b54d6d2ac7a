package dev.espalier.io;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How many connections each address of the network has, if that is limited. Written and read by the holder of the turn. */
final class PerAddress {
    /** Bytes of an address of IPv6 that name a network. */
    private static final int NETWORK = 8;

    private final int most;
    private final Map<InetAddress, Integer> counts = new HashMap<>();

    PerAddress(int most) {
        this.most = most;
    }

    boolean allows(SocketAddress peer) {
        InetAddress address = addressOf(peer);
        return address == null || counts.getOrDefault(address, 0) < most;
    }

    void count(SocketAddress peer, int change) {
        InetAddress address = addressOf(peer);
        if (address != null && most < Integer.MAX_VALUE) {
            int now = counts.getOrDefault(address, 0) + change;
            if (now == 0) {
                counts.remove(address);
            } else {
                counts.put(address, now);
            }
        }
    }

    private static @Nullable InetAddress addressOf(SocketAddress peer) {
        return peer instanceof InetSocketAddress inet ? network(inet.getAddress()) : null;
    }

    /** What counts as one address: of IPv6 the first 64 bits, since whoever has one address has all that begin so. */
    static InetAddress network(InetAddress address) {
        if (address instanceof Inet4Address) {
            return address;
        }
        byte[] network = Arrays.copyOf(Arrays.copyOf(address.getAddress(), NETWORK), 16);
        try {
            return InetAddress.getByAddress(network);
        } catch (UnknownHostException e) {
            throw new AssertionError("sixteen bytes are an address", e);
        }
    }
}
