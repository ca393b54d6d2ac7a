package dev.espalier.io;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The first message of a client, of which a server must know the host it asks for before there is an engine. Only looked into: what
 * is wrong with it the engine says, and tells the peer.
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

    private ClientHello() {}

    /**
     * The host that is asked for, in lower case; empty if none is, or if this is no such message; null if there must be more bytes to
     * say.
     *
     * @param received what a connection begins with, from position to limit; left as it is
     */
    static @Nullable String hostName(ByteBuffer received) {
        ByteBuffer message = ByteBuffer.allocate(received.remaining());
        boolean more = collect(received.duplicate(), message);
        message.flip();
        if (message.remaining() >= 4) {
            int head = message.getInt();
            int length = head & 0xFF_FFFF;
            if (head >>> 24 != CLIENT_HELLO || length > LIMIT) {
                return "";
            }
            if (message.remaining() >= length) {
                return nameIn(message.limit(message.position() + length));
            }
        }
        return more ? null : "";
    }

    /** Collects what records hold, which may cut a message anywhere; false if something else follows. */
    private static boolean collect(ByteBuffer records, ByteBuffer message) {
        while (records.hasRemaining()) {
            if (records.get(records.position()) != HANDSHAKE) {
                return false;
            }
            if (records.remaining() < RECORD_HEADER) {
                return true;
            }
            int length = Short.toUnsignedInt(records.getShort(records.position() + 3));
            records.position(records.position() + RECORD_HEADER);
            int there = Math.min(length, records.remaining());
            message.put(records.slice(records.position(), there));
            records.position(records.position() + there);
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
