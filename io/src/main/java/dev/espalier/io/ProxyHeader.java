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
    private static final int HEAD = SIGNATURE.length + 4; // of version 2, before the addresses
    private static final Framing LINE = Framing.delimited(105, new byte[] {'\r', '\n'}); // of version 1
    private static final int LONGEST_BLOCK = 4096; // of version 2: far more than addresses and what is added to them need

    private static final int ITSELF = 0x20; // version and command
    private static final int FOR_A_CLIENT = 0x21;
    private static final int STREAM_OVER_IPV4 = 0x11;
    private static final int STREAM_OVER_IPV6 = 0x21;

    private static final ProxyHeader NONE = new ProxyHeader(null, null);

    /**
     * Reads the header, which must be what the stream begins with. What a proxy adds to the addresses is skipped. Give it a limit with
     * {@code timeout}.
     *
     * <p><b>Cancellation.</b> Cancelled, it has taken nothing.
     *
     * @param stream the stream; what follows the header stays in it
     * @return the header
     * @throws ProtocolException if the stream begins with something else
     * @throws ReadLimitException if the header is a line of more than 105 bytes
     * @throws IncompleteReadException if it ends before
     * @throws IOException if reading fails
     */
    @Awaits
    public static ProxyHeader read(StreamReader stream) throws IOException {
        byte[] header = stream.readFrame(ProxyHeader::look);
        if (header == null) {
            throw new IncompleteReadException(stream + " ended before a header of the PROXY protocol", 0);
        }
        return header[0] == SIGNATURE[0] ? ofBlock(ByteBuffer.wrap(header)) : ofLine(new String(header, StandardCharsets.US_ASCII));
    }

    private static Framing.Look look(ByteBuffer bytes, int seen) throws IOException {
        if (bytes.limit() < SIGNATURE.length) { // no header is shorter
            return new Framing.More(SIGNATURE.length);
        }
        byte[] beginning = new byte[SIGNATURE.length];
        bytes.get(0, beginning);
        if (Arrays.equals(beginning, SIGNATURE)) {
            return bytes.limit() < HEAD ? new Framing.More(HEAD) : new Framing.Frame(HEAD + checkedLength(bytes));
        }
        if (new String(beginning, StandardCharsets.US_ASCII).startsWith("PROXY ")) {
            return LINE.look(bytes, 0); // the first bytes were seen, but not looked through for an end
        }
        throw new ProtocolException("there is no header of the PROXY protocol, but the bytes "
                + HexFormat.of().formatHex(beginning) + "; does the peer send one?");
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

    /** How much follows the head. */
    private static int checkedLength(ByteBuffer header) throws ProtocolException {
        int command = Byte.toUnsignedInt(header.get(SIGNATURE.length));
        int length = Short.toUnsignedInt(header.getShort(HEAD - 2));
        if ((command != ITSELF && command != FOR_A_CLIENT) || length > LONGEST_BLOCK) {
            throw new ProtocolException("the header of the PROXY protocol has the version and command " + Integer.toHexString(command)
                    + " and " + length + " bytes; known are 20 and 21, and at most " + LONGEST_BLOCK + " bytes");
        }
        return length;
    }

    private static ProxyHeader ofBlock(ByteBuffer header) throws IOException {
        int family = header.get(SIGNATURE.length + 1);
        int size = family == STREAM_OVER_IPV4 ? 4 : family == STREAM_OVER_IPV6 ? 16 : 0;
        if (header.get(SIGNATURE.length) == ITSELF || size == 0) {
            return NONE;
        }
        ByteBuffer block = header.position(HEAD);
        if (block.remaining() < 2 * size + 4) {
            throw new ProtocolException("the header of the PROXY protocol has " + block.remaining()
                    + " bytes for addresses, and they need " + (2 * size + 4));
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
