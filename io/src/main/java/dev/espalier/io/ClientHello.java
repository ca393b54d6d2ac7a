package dev.espalier.io;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The first message of a client, of which a server must know the host it asks for before there is an engine. Only looked into: what
 * is wrong with it the engine says, and tells the peer. No byte is looked at twice, however small the pieces in which it comes.
 *
 * <p>RFC 8446, 4.1.2 and 5.1, and RFC 6066, 3.
 */
final class ClientHello {
    /** Longer messages are not looked into. */
    static final int LIMIT = 16 << 10;

    private static final int RECORD_HEADER = 5;
    private static final int HANDSHAKE = 22; // type of a record
    private static final int CLIENT_HELLO = 1; // type of a message
    private static final int SERVER_NAME = 0; // type of an extension
    private static final int HOST_NAME = 0; // type of a name

    private final ByteBuffer message = ByteBuffer.allocate(4 + LIMIT); // what the records held, from 0 to position
    private int at; // up to where the connection was looked at
    private int left; // bytes of the record there that have not come

    /**
     * The host that is asked for, in lower case; empty if none is, or if this is no such message; null if there must be more bytes to
     * say.
     *
     * @param received what a connection begins with, from 0 to position, each time with more; left as it is
     */
    @Nullable String hostName(ByteBuffer received) {
        boolean more = collect(received);
        if (message.position() >= 4) {
            int head = message.getInt(0);
            int length = head & 0xFF_FFFF;
            if (head >>> 24 != CLIENT_HELLO || length > LIMIT) {
                return "";
            }
            if (message.position() - 4 >= length) {
                return nameIn(message.slice(4, length));
            }
        }
        return more ? null : "";
    }

    /** Collects what records hold, which may cut a message anywhere; false if something else follows. */
    private boolean collect(ByteBuffer received) {
        int end = received.position();
        while (at < end) {
            if (left == 0) {
                if (received.get(at) != HANDSHAKE) {
                    return false;
                }
                if (end - at < RECORD_HEADER) {
                    return true;
                }
                left = Short.toUnsignedInt(received.getShort(at + 3));
                at += RECORD_HEADER;
            }
            int there = Math.min(left, end - at);
            message.put(received.slice(at, Math.min(there, message.remaining())));
            at += there;
            left -= there;
        }
        return true;
    }

    private static String nameIn(ByteBuffer hello) {
        try {
            skip(hello, 2 + 32); // version, random
            skip(hello, Byte.toUnsignedInt(hello.get())); // session
            skip(hello, Short.toUnsignedInt(hello.getShort())); // cipher suites
            skip(hello, Byte.toUnsignedInt(hello.get())); // compression
            for (ByteBuffer extensions = next(hello); extensions.hasRemaining(); ) {
                int type = Short.toUnsignedInt(extensions.getShort());
                ByteBuffer extension = next(extensions);
                if (type == SERVER_NAME) {
                    ByteBuffer names = next(extension);
                    return names.get() == HOST_NAME ? text(next(names)) : "";
                }
            }
            return "";
        } catch (BufferUnderflowException e) {
            return ""; // it has no extensions, or is no message
        }
    }

    private static void skip(ByteBuffer bytes, int count) {
        slice(bytes, count);
    }

    /** What follows its length in two bytes. */
    private static ByteBuffer next(ByteBuffer bytes) {
        return slice(bytes, Short.toUnsignedInt(bytes.getShort()));
    }

    private static ByteBuffer slice(ByteBuffer bytes, int count) {
        if (count > bytes.remaining()) {
            throw new BufferUnderflowException();
        }
        ByteBuffer slice = bytes.slice(bytes.position(), count);
        bytes.position(bytes.position() + count);
        return slice;
    }

    private static String text(ByteBuffer name) {
        return StandardCharsets.US_ASCII.decode(name).toString().toLowerCase(Locale.ROOT);
    }
}
