package dev.espalier.io;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What arrives: pieces of the content, and breaks between them, for which a size of 0 stands. */
final class Script extends BufferedInput {
    private final ByteBuffer content;
    private final Iterator<Integer> cuts;

    Script(byte[] content, List<Integer> cuts) {
        this.content = ByteBuffer.wrap(content);
        this.cuts = cuts.iterator();
    }

    @Override
    @Nullable ByteBuffer receive() throws IOException {
        int size = cuts.hasNext() ? cuts.next() : 5;
        if (size == 0) {
            throw new InterruptedIOException();
        }
        if (!content.hasRemaining()) {
            return null;
        }
        byte[] piece = new byte[Math.min(size, content.remaining())];
        content.get(piece);
        return ByteBuffer.wrap(piece);
    }

    @Override
    void pass() {}

    @Override
    void checkOpen() {}

    @Override
    public String toString() {
        return "Script";
    }

    @FunctionalInterface
    interface Read<T extends @Nullable Object> {
        T run() throws IOException;
    }

    /** Tries again whenever a read is broken off, as a caller whose read was cancelled does. */
    static <T extends @Nullable Object> T persist(Read<T> read) throws IOException {
        while (true) {
            try {
                return read.run();
            } catch (InterruptedIOException _) {
                continue;
            }
        }
    }
}
