package dev.espalier.io;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.PasswordAuthentication;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The request {@code CONNECT} of SOCKS 5 (RFC 1928), with a name and a password (RFC 1929). */
final class SocksTunnel {
    private static final int VERSION = 5;
    private static final int CONNECT = 1;
    private static final int LONGEST = 255;

    // How who asks says who it is.
    private static final int NOT_AT_ALL = 0;
    private static final int PASSWORD = 2;
    private static final int PASSWORD_VERSION = 1;

    // Kinds of addresses.
    private static final int IPV4 = 1;
    private static final int NAME = 3;
    private static final int IPV6 = 4;

    private static final String[] REFUSALS = {
        "it was done", "general failure", "its rules do not allow it", "network unreachable", "host unreachable", "connection refused",
        "time to live expired", "it knows no such command", "it knows no such kind of address"
    };

    private final ByteStream proxy;
    private final String host;
    private final int port;

    SocksTunnel(ByteStream proxy, String host, int port) {
        this.proxy = proxy;
        this.host = host;
        this.port = port;
    }

    void open(@Nullable PasswordAuthentication credentials) throws IOException {
        byte[] request = request();
        byte[] who = credentials == null ? null : who(credentials);
        proxy.write(who == null ? new byte[] {VERSION, 1, NOT_AT_ALL} : new byte[] {VERSION, 2, NOT_AT_ALL, PASSWORD});
        byte[] choice = answer(2);
        if (who != null && choice[1] == PASSWORD) {
            authenticate(who);
        } else if (choice[1] != NOT_AT_ALL) {
            throw refused(who == null ? "it wants to know who asks: give credentials" : "it takes no name and password");
        }
        proxy.write(request);
        readReply();
    }

    private void authenticate(byte[] who) throws IOException {
        proxy.write(who);
        if (proxy.readExactly(2)[1] != 0) { // its first byte is a version, which proxies get wrong
            throw refused("it does not accept the name and password");
        }
    }

    private static byte[] who(PasswordAuthentication credentials) {
        byte[] name = credentials.getUserName().getBytes(StandardCharsets.UTF_8);
        byte[] password = new String(credentials.getPassword()).getBytes(StandardCharsets.UTF_8);
        if (name.length == 0 || name.length > LONGEST || password.length == 0 || password.length > LONGEST) {
            throw new IllegalArgumentException("a name and a password for SOCKS have 1 to 255 bytes each, not " + name.length + " and "
                    + password.length);
        }
        return ByteBuffer.allocate(3 + name.length + password.length)
                .put((byte) PASSWORD_VERSION)
                .put((byte) name.length).put(name)
                .put((byte) password.length).put(password)
                .array();
    }

    private byte[] request() {
        InetAddress literal = Names.literal(host);
        byte[] address = literal == null ? host.getBytes(StandardCharsets.US_ASCII) : literal.getAddress();
        if (address.length > LONGEST) {
            throw new IllegalArgumentException("a name for SOCKS has at most 255 letters, and '" + host + "' has " + address.length);
        }
        ByteBuffer request = ByteBuffer.allocate(7 + address.length).put(new byte[] {VERSION, CONNECT, 0});
        if (literal == null) {
            request.put((byte) NAME).put((byte) address.length);
        } else {
            request.put((byte) (address.length == 4 ? IPV4 : IPV6));
        }
        request.put(address).putShort((short) port).flip();
        byte[] bytes = new byte[request.remaining()];
        request.get(bytes);
        return bytes;
    }

    /** Together with the address from which the proxy connects, which says nothing to us. */
    private void readReply() throws IOException {
        byte[] reply = answer(4);
        int result = Byte.toUnsignedInt(reply[1]);
        if (result != 0) {
            throw refused(result < REFUSALS.length ? REFUSALS[result] : "it gives the unknown reason " + result);
        }
        int length = switch (reply[3]) {
            case IPV4 -> 4;
            case IPV6 -> 16;
            case NAME -> proxy.readUnsignedByte();
            default -> throw new ProtocolException("the proxy at the end of " + proxy + " tells an address of the unknown kind "
                    + reply[3]);
        };
        proxy.readExactly(length + Short.BYTES);
    }

    private byte[] answer(int count) throws IOException {
        byte[] answer = proxy.readExactly(count);
        if (answer[0] != VERSION) {
            throw new ProtocolException("the proxy at the end of " + proxy + " does not answer in SOCKS 5, but begins with the byte "
                    + Byte.toUnsignedInt(answer[0]));
        }
        return answer;
    }

    private ConnectException refused(String why) {
        return new ConnectException("the proxy at the end of " + proxy + " does not connect to " + host + ":" + port + ": " + why);
    }
}
