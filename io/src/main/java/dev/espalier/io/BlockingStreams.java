package dev.espalier.io;

import dev.espalier.core.Body;
import dev.espalier.core.CancelledError;
import dev.espalier.core.Portal;
import dev.espalier.core.TaskCancelledException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;

/** Streams of tasks for threads that block: each call goes through a portal. */
final class BlockingStreams {
    private BlockingStreams() {}

    private static <T> T call(Portal portal, Body<T, IOException> body) throws IOException {
        try {
            return portal.<T, IOException>call(body);
        } catch (CancelledError e) {
            var interrupted = new InterruptedIOException("the thread was interrupted; " + e.getMessage());
            interrupted.initCause(e);
            throw interrupted;
        } catch (TaskCancelledException | RejectedExecutionException e) {
            throw new StreamClosedException("nothing can be read or written any more through " + portal, e);
        }
    }

    /** Reads as its reader does. Closing it closes nothing else. */
    static final class Input extends InputStream {
        private final StreamReader reader;
        private final Portal portal;
        private volatile boolean closed; // by any thread

        Input(StreamReader reader, Portal portal) {
            this.reader = reader;
            this.portal = portal;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, target.length);
            if (closed) {
                throw new StreamClosedException(this + " was closed", null);
            }
            return length == 0 ? 0 : call(portal, () -> reader.read(ByteBuffer.wrap(target, offset, length)));
        }

        @Override
        public void close() {
            closed = true;
        }

        @Override
        public String toString() {
            return "InputStream of " + reader;
        }
    }

    /** Writes as its writer does. Closing it ends the writer. */
    static final class Output extends OutputStream {
        private final StreamWriter writer;
        private final Portal portal;

        Output(StreamWriter writer, Portal portal) {
            this.writer = writer;
            this.portal = portal;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value});
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
            call(portal, () -> {
                writer.write(buffer);
                return true;
            });
        }

        @Override
        public void flush() throws IOException {
            call(portal, () -> {
                writer.flush();
                return true;
            });
        }

        @Override
        public void close() throws IOException {
            call(portal, () -> {
                writer.writeEnd();
                return true;
            });
        }

        @Override
        public String toString() {
            return "OutputStream of " + writer;
        }
    }
}
