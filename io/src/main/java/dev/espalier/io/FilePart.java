package dev.espalier.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** What is being sent of a file, and how far that has got. By the task that sends it. */
final class FilePart {
    private final AsyncFile file;
    private final long position;
    private final long count;
    private long sent;
    private boolean ended; // the file has no more
    private boolean unreadable;

    FilePart(AsyncFile file, long position, long count) {
        AsyncFile.checkNotNegative("position", position);
        AsyncFile.checkNotNegative("count", count);
        this.file = file;
        this.position = position;
        this.count = count;
    }

    boolean isSent() {
        return ended || sent == count;
    }

    long sent() {
        return sent;
    }

    /** Whether it failed before anything was sent, so that no stream has taken harm. */
    boolean isUnreadable() {
        return unreadable;
    }

    /** Reads what comes next, to be sent by the caller and {@linkplain #passed noted}. */
    ByteBuffer next(int most) throws IOException {
        byte[] bytes;
        try {
            bytes = file.read(position + sent, (int) Math.min(most, count - sent));
        } catch (IOException e) {
            unreadable = sent == 0;
            throw e;
        }
        ended = bytes.length == 0;
        return ByteBuffer.wrap(bytes);
    }

    void passed(int bytes) {
        sent += bytes;
    }

    /** Sends without a copy, as much as the channel takes at once; how many bytes that were. */
    long transferTo(WritableByteChannel target) throws IOException {
        long passed = file.transferTo(position + sent, count - sent, target);
        ended = passed < 0;
        sent += Math.max(0, passed);
        return passed;
    }

    @Override
    public String toString() {
        return sent + " of " + count + " bytes of " + file;
    }
}
