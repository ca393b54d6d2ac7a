package dev.espalier.io;

import dev.espalier.core.Awaits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What a proxy or load balancer tells a server of the client whose connection it passes on: the header of the PROXY protocol, in its
 * versions 1 and 2.
 *
 * {@snippet class="dev.espalier.io.ProxyHeaderTest" region="proxy"}
 *
 * <p>Whoever sends this header can claim anything: serve only the addresses of proxies, see {@link ServeOptions#admission()}. TLS begins
 * after it.
 *
 * @param source the client; null if the proxy speaks for itself, does not know, or the client has no port: then the address of the
 *     connection counts
 * @param destination where the client connected to; null together with {@code source}
 * @see <a href="https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt">the specification</a>
 */
public record ProxyHeader(@Nullable InetSocketAddress source, @Nullable InetSocketAddress destination) {
    private static final byte[] SIGNATURE = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a"); // of version 2
    private static final byte[] END = {'\r', '\n'};
    private static final int LONGEST_LINE = 107; // of version 1, with its end
    private static final int LONGEST_BLOCK = 4096; // of version 2: far more than addresses and what is added to them need

    private static final int STREAM_OVER_IPV4 = 0x11;
    private static final int STREAM_OVER_IPV6 = 0x21;

    private static final ProxyHeader NONE = new ProxyHeader(null, null);

    /**
     * Reads the header, which must be what the stream begins with. What a proxy adds to the addresses is skipped. Give it a limit with
     * {@code timeout}.
     *
     * <p><b>Cancellation.</b> Cancelled in the middle, a part of the header may have been read: close the stream then.
     *
     * @param stream the stream; what follows the header stays in it
     * @return the header
     * @throws ProtocolException if the stream begins with something else
     * @throws IncompleteReadException if it ends before
     * @throws IOException if reading fails
     */
    @Awaits
    public static ProxyHeader read(StreamReader stream) throws IOException {
        byte[] beginning = stream.readExactly(SIGNATURE.length); // shorter than any header
        if (Arrays.equals(beginning, SIGNATURE)) {
            return readBlock(stream);
        }
        String start = new String(beginning, StandardCharsets.US_ASCII);
        if (!start.startsWith("PROXY ")) {
            throw new ProtocolException(stream + " begins with no header of the PROXY protocol, but with the bytes "
                    + HexFormat.of().formatHex(beginning) + "; does the peer send one?");
        }
        byte[] rest = stream.readUntil(END, LONGEST_LINE - END.length - beginning.length);
        return ofLine(start + new String(rest, StandardCharsets.US_ASCII));
    }

    // ---- version 1

    private static ProxyHeader ofLine(String line) throws ProtocolException {
        String[] words = line.split(" ", -1);
        if (words[1].equals("UNKNOWN")) {
            return NONE;
        }
        boolean ipv6 = words[1].equals("TCP6");
        if (words.length != 6 || (!ipv6 && !words[1].equals("TCP4"))) {
            throw malformed(line, null);
        }
        try {
            return new ProxyHeader(address(words[2], words[4], ipv6), address(words[3], words[5], ipv6));
        } catch (IllegalArgumentException e) {
            throw malformed(line, e);
        }
    }

    private static InetSocketAddress address(String host, String port, boolean ipv6) {
        byte[] bytes = InetAddress.ofLiteral(host).getAddress();
        if ((bytes.length != 4 && !ipv6) || !port.matches("[0-9]{1,5}")) {
            throw new IllegalArgumentException(host + " and " + port);
        }
        return new InetSocketAddress(host, Integer.parseInt(port));
    }

    private static ProtocolException malformed(String line, @Nullable Throwable cause) {
        var failure = new ProtocolException("the header of the PROXY protocol is malformed: '" + line
                + "'; it reads PROXY TCP4 or TCP6, source, destination, port, port");
        failure.initCause(cause);
        return failure;
    }

    // ---- version 2

    private static ProxyHeader readBlock(StreamReader stream) throws IOException {
        ByteBuffer head = ByteBuffer.wrap(stream.readExactly(4));
        int command = Byte.toUnsignedInt(head.get());
        int family = Byte.toUnsignedInt(head.get());
        int length = Short.toUnsignedInt(head.getShort());
        if ((command != 0x20 && command != 0x21) || length > LONGEST_BLOCK) {
            throw new ProtocolException("the header of the PROXY protocol has the version and command " + Integer.toHexString(command)
                    + " and " + length + " bytes; known are 20 and 21, and at most " + LONGEST_BLOCK + " bytes");
        }
        ByteBuffer block = ByteBuffer.wrap(stream.readExactly(length));
        int size = family == STREAM_OVER_IPV4 ? 4 : family == STREAM_OVER_IPV6 ? 16 : 0;
        if (command == 0x20 || size == 0) {
            return NONE;
        }
        if (length < 2 * size + 4) {
            throw new ProtocolException("the header of the PROXY protocol has " + length + " bytes for addresses, and they need "
                    + (2 * size + 4));
        }
        byte[] source = new byte[size];
        byte[] destination = new byte[size];
        block.get(source).get(destination);
        return new ProxyHeader(address(source, block.getShort()), address(destination, block.getShort()));
    }

    private static InetSocketAddress address(byte[] host, short port) throws IOException {
        return new InetSocketAddress(InetAddress.getByAddress(host), Short.toUnsignedInt(port));
    }
}
