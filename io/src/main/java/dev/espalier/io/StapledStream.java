package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.VoidBodyWith;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A reader and a writer that are one stream. Only that it was closed is its own state; all else they see to. */
final class StapledStream implements ByteStream {
    private static final Duration END_LIMIT = Duration.ofSeconds(10);

    private final StreamReader reader;
    private final StreamWriter writer;
    private boolean closed; // by the holder of the turn

    StapledStream(StreamReader reader, StreamWriter writer) {
        this.reader = reader;
        this.writer = writer;
    }

    private StreamReader in() throws StreamClosedException {
        checkOpen();
        return reader;
    }

    private StreamWriter out() throws StreamClosedException {
        checkOpen();
        return writer;
    }

    private void checkOpen() throws StreamClosedException {
        if (closed) {
            throw new StreamClosedException(this + " was closed on this side", null);
        }
    }

    // ---- reading

    @Override
    public byte[] read(int max) throws IOException {
        return in().read(max);
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return in().read(target);
    }

    @Override
    public byte[] readExactly(int count) throws IOException {
        return in().readExactly(count);
    }

    @Override
    public byte[] readUntil(byte[] separator, int max) throws IOException {
        return in().readUntil(separator, max);
    }

    @Override
    public @Nullable String readLine(int max) throws IOException {
        return in().readLine(max);
    }

    @Override
    public byte[] readAll(int max) throws IOException {
        return in().readAll(max);
    }

    @Override
    public boolean atEnd() throws IOException {
        return in().atEnd();
    }

    @Override
    public byte[] peek(int count) throws IOException {
        return in().peek(count);
    }

    @Override
    public byte @Nullable [] readFrame(Framing framing) throws IOException {
        return in().readFrame(framing);
    }

    @Override
    public long copyTo(StreamWriter target) throws IOException {
        return in().copyTo(target);
    }

    // ---- writing

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        out().write(bytes);
    }

    @Override
    public void write(String text) throws IOException {
        out().write(text);
    }

    @Override
    public void writeLine(String text) throws IOException {
        out().writeLine(text);
    }

    @Override
    public int tryWrite(byte[] bytes) throws IOException {
        return out().tryWrite(bytes);
    }

    @Override
    public void writeTogether(VoidBodyWith<? super StreamWriter, ? extends IOException> body) throws IOException {
        out().writeTogether(body);
    }

    @Override
    public long sendFile(AsyncFile file, long position, long count) throws IOException {
        return out().sendFile(file, position, count);
    }

    @Override
    public void awaitWritable() throws IOException {
        out().awaitWritable();
    }

    @Override
    public void flush() throws IOException {
        out().flush();
    }

    @Override
    public void writeEnd() throws IOException {
        out().writeEnd();
    }

    // ---- closing

    @Override
    public void close() throws IOException {
        closed = true;
        try {
            endOutput();
        } finally {
            if (reader instanceof ByteStream stream) {
                stream.close();
            }
        }
    }

    private void endOutput() throws IOException {
        if (writer instanceof ByteStream stream) {
            stream.close();
        } else {
            try {
                Async.moveOnAfter(END_LIMIT, writer::writeEnd);
            } catch (IOException e) {
                // Who reads has gone: nobody is left to tell.
            }
        }
    }

    @Override
    public void abort() {
        release(true);
    }

    /** Frees both at once; see {@link TwoWayStream#release}. */
    void release(boolean reset) {
        closed = true;
        if (writer instanceof ByteStream stream) {
            PassingStream.release(stream, reset);
        }
        if (reader instanceof ByteStream stream) {
            PassingStream.release(stream, reset);
        }
    }

    /** How many bytes were read ahead of a stream, as far as that is known. */
    static int buffered(StreamReader reader) {
        return switch (reader) {
            case PassingStream passing -> passing.buffered() + buffered(passing.plain);
            case BufferedInput input -> input.buffered();
            case StapledStream stapled -> buffered(stapled.reader);
            default -> 0;
        };
    }

    /** Gives back bytes that were read too far; false if the stream cannot take them. */
    static boolean unread(StreamReader reader, ByteBuffer bytes) {
        return switch (reader) {
            case BufferedInput input -> {
                input.unread(bytes);
                yield true;
            }
            case StapledStream stapled -> unread(stapled.reader, bytes);
            default -> false;
        };
    }

    @Override
    public String toString() {
        return "ByteStream[" + (closed ? "closed, " : "") + "reads " + reader + ", writes " + writer + "]";
    }
}
