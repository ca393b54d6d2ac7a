package dev.espalier.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** All reads of a user's source. */
final class SourceReader extends BufferedInput {
    private final StreamReader.Source source;
    private final LoopShare share;

    SourceReader(StreamReader.Source source, LoopShare share) {
        this.source = source;
        this.share = share;
    }

    @Override
    @Nullable ByteBuffer receive() throws IOException {
        // One of its own: while the source waits, others use that of the loop.
        ByteBuffer buffer = ByteBuffer.allocate(8192);
        return source.read(buffer) < 0 ? null : buffer.flip();
    }

    @Override
    void pass() {
        share.pass();
    }

    @Override
    void checkOpen() throws IOException {
        source.checkOpen();
    }

    @Override
    public String toString() {
        return source.toString();
    }
}
