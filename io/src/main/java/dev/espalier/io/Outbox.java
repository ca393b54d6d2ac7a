package dev.espalier.io;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Bytes that a stream has made of what was written, on their way to the stream below. They leave before any others; what a cancelled
 * write has left is kept. Written and read by the holder of the writers' permit.
 */
final class Outbox {
    private final StreamWriter plain;
    private ByteBuffer made; // and not sent, from 0 to position

    Outbox(StreamWriter plain, int capacity) {
        this.plain = plain;
        this.made = ByteBuffer.allocate(capacity);
    }

    /** To put more into. */
    ByteBuffer buffer() {
        return made;
    }

    boolean isEmpty() {
        return made.position() == 0;
    }

    /** Takes a larger buffer, in which what was made is already. */
    void replace(ByteBuffer larger) {
        made = larger;
    }

    void send() throws IOException {
        made.flip();
        try {
            plain.write(made);
        } finally {
            made.compact(); // nothing, or what a cancelled write has left
        }
    }

    /** Sends what leaves at once; whether anything did. */
    boolean trySend() throws IOException {
        byte[] all = new byte[made.position()];
        made.get(0, all);
        int sent = all.length == 0 ? 0 : plain.tryWrite(all);
        made.clear().put(all, sent, all.length - sent);
        return sent > 0;
    }

    /** Sends everything in parts, so that a cancellation tears nothing: what has not left is kept. */
    void sendInParts() throws IOException {
        while (!isEmpty()) {
            plain.awaitWritable();
            if (!trySend()) {
                send(); // the stream below takes nothing without waiting
            }
        }
    }
}
