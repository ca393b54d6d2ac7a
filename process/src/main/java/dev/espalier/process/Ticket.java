package dev.espalier.process;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.HexFormat;

/**
 * The one line that a child reads from its standard input: what must not stand on a command line, where every user of
 * the machine can read it.
 *
 * @param token 256 random bits, known to parent and child alone
 * @param parent process id of the parent
 * @param depth how many pools are above the child
 * @param place {@code unix} and a path, or {@code tcp} and a port
 */
record Ticket(byte[] token, long parent, int depth, String place) {
    static Ticket parse(String line) {
        String[] parts = line.split(" ", 4);
        if (parts.length != 4) {
            throw new IllegalArgumentException("This program is started by a ProcessPool, which tells it on standard"
                    + " input where to connect; nothing usable came.");
        }
        return new Ticket(HexFormat.of().parseHex(parts[0]), Long.parseLong(parts[1]), Integer.parseInt(parts[2]),
                parts[3]);
    }

    String line() {
        return HexFormat.of().formatHex(token) + ' ' + parent + ' ' + depth + ' ' + place + '\n';
    }

    SocketAddress address() {
        if (place.startsWith("unix:")) {
            return UnixDomainSocketAddress.of(place.substring(5));
        }
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(place.substring(4)));
    }

    static String placeOf(SocketAddress address) {
        return switch (address) {
            case UnixDomainSocketAddress unix -> "unix:" + unix.getPath();
            case InetSocketAddress tcp -> "tcp:" + tcp.getPort();
            default -> throw new IllegalArgumentException("neither a Unix-domain nor a TCP address: " + address);
        };
    }
}
