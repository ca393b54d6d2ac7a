package dev.espalier.testing;

import dev.espalier.core.Async;
import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.CancelledError;
import dev.espalier.io.ByteStream;
import dev.espalier.io.Framing;
import dev.espalier.io.StreamClosedException;
import dev.espalier.io.StreamReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** One end of two streams in memory. Its state is written and read by the holder of the turn. */
final class MemoryStream implements ByteStream {
    private final String name;
    private final MemoryPipe in;
    private final MemoryPipe out;
    private final StreamReader reader = StreamReader.of(new Input());
    private final AsyncSemaphore writers = AsyncSemaphore.of(1);

    private boolean closed;
    private boolean outputEnded;
    private @Nullable IOException outputFailure;

    MemoryStream(String name, MemoryPipe in, MemoryPipe out) {
        this.name = name;
        this.in = in;
        this.out = out;
    }

    // ---- reading

    private final class Input implements StreamReader.Source {
        @Override
        public int read(ByteBuffer target) throws IOException {
            try {
                int count = in.read(target);
                checkOpen();
                return count;
            } catch (IOException e) {
                throw closed ? new StreamClosedException(this + " was closed on this side", e) : e;
            }
        }

        @Override
        public void checkOpen() throws IOException {
            MemoryStream.this.checkOpen();
        }

        @Override
        public String toString() {
            return MemoryStream.this.toString();
        }
    }

    private void checkOpen() throws IOException {
        if (closed) {
            throw new StreamClosedException(this + " was closed on this side", null);
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return reader.read(target);
    }

    @Override
    public byte[] read(int max) throws IOException {
        return reader.read(max);
    }

    @Override
    public byte[] readExactly(int count) throws IOException {
        return reader.readExactly(count);
    }

    @Override
    public byte[] readUntil(byte[] separator, int max) throws IOException {
        return reader.readUntil(separator, max);
    }

    @Override
    public @Nullable String readLine(int max) throws IOException {
        return reader.readLine(max);
    }

    @Override
    public byte[] readAll(int max) throws IOException {
        return reader.readAll(max);
    }

    @Override
    public boolean atEnd() throws IOException {
        return reader.atEnd();
    }

    @Override
    public byte[] peek(int count) throws IOException {
        return reader.peek(count);
    }

    @Override
    public byte @Nullable [] readFrame(Framing framing) throws IOException {
        return reader.readFrame(framing);
    }

    // ---- writing

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        checkOpen();
        writers.acquire();
        int start = bytes.position();
        try {
            checkWritable();
            out.write(bytes);
        } catch (CancelledError e) {
            int sent = bytes.position() - start;
            if (sent > 0) {
                var torn = new StreamClosedException("a write to " + this + " was cancelled after " + sent + " of "
                        + (sent + bytes.remaining()) + " bytes; its output is torn", null);
                outputFailure = torn;
                e.addSuppressed(torn);
            }
            throw e;
        } catch (IOException e) {
            throw failed(e);
        } finally {
            writers.release();
        }
    }

    private IOException failed(IOException failure) {
        if (closed && !(failure instanceof StreamClosedException)) {
            return new StreamClosedException(this + " was closed on this side", failure);
        }
        if (outputFailure == null) {
            outputFailure = failure;
        }
        return failure;
    }

    private void checkWritable() throws StreamClosedException {
        if (outputFailure != null) {
            throw new StreamClosedException("writing " + this + " failed before: " + outputFailure, outputFailure);
        }
        if (closed || outputEnded) {
            throw new StreamClosedException(
                    closed ? this + " was closed on this side" : "the writing side of " + this + " was ended by writeEnd()", null);
        }
    }

    @Override
    public void write(String text) throws IOException {
        write(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void writeLine(String text) throws IOException {
        write(text + '\n');
    }

    @Override
    public int tryWrite(byte[] bytes) throws IOException {
        checkOpen();
        if (!writers.tryAcquire()) {
            return 0;
        }
        try {
            checkWritable();
            return out.take(ByteBuffer.wrap(bytes));
        } catch (IOException e) {
            throw failed(e);
        } finally {
            writers.release();
        }
    }

    @Override
    public void flush() throws IOException {
        checkOpen();
        writers.acquire();
        writers.release();
        checkWritable();
    }

    @Override
    public void writeEnd() throws IOException {
        checkOpen();
        writers.acquire();
        try {
            if (!outputEnded) {
                checkWritable();
                outputEnded = true;
                out.end();
            }
        } finally {
            writers.release();
        }
    }

    // ---- closing

    /** Writes under way fail: there is no system below that could go on with them. */
    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            in.refuse();
            in.end(); // wakes a reader of ours
            out.end();
        }
        Async.checkpoint();
    }

    @Override
    public void abort() {
        if (!closed) {
            closed = true;
            in.reset();
            out.reset();
        }
    }

    @Override
    public String toString() {
        String end = out.state();
        return "MemoryStream[" + name + (closed ? ", closed" : end == null ? "" : ", " + end) + ", " + in.size() + " bytes to read]";
    }
}
