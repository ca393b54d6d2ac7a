package dev.espalier.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** All reads of a user's source. */
final class SourceReader extends BufferedInput {
    private final StreamReader.Source source;
    private final LoopShare share;
    private final ByteBuffer buffer; // one of its own: while the source waits, others use the loop's

    SourceReader(StreamReader.Source source, LoopShare share, int room) {
        this.source = source;
        this.share = share;
        this.buffer = ByteBuffer.allocate(room);
    }

    @Override
    @Nullable ByteBuffer receive() throws IOException {
        return source.read(buffer.clear()) < 0 ? null : buffer.flip();
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
