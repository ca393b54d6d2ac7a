package dev.espalier.io;

import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One packet of UDP.
 *
 * @param address who sent it, or whom it is for
 * @param bytes what is in it, up to 65 507 bytes over IPv4; none is a packet too. Not copied: who makes a datagram gives its array away
 */
public record Datagram(SocketAddress address, byte[] bytes) {
    /**
     * {@return a packet with a text in UTF-8}
     *
     * @param address whom it is for
     * @param text what is in it
     */
    public static Datagram of(SocketAddress address, String text) {
        return new Datagram(address, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * {@return what is in it, as a text in UTF-8}
     */
    public String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Datagram(var sender, var content) && sender.equals(address) && Arrays.equals(content, bytes);
    }

    @Override
    public int hashCode() {
        return 31 * address.hashCode() + Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "Datagram[" + address + ", " + bytes.length + " bytes]";
    }
}
