package dev.espalier.io;

import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.CancelledError;
import dev.espalier.core.Promise;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What our streams have in common around their own reading and writing: one writer at a time, first come, first served; and what has
 * ended or failed stays so.
 *
 * <p>Its fields are written and read by the holder of the turn.
 */
abstract class TwoWayStream extends BufferedInput implements ByteStream {
    final AsyncSemaphore writers = AsyncSemaphore.of(1);

    boolean inputEnded;
    boolean outputEnded;
    @Nullable IOException inputFailure;
    @Nullable IOException outputFailure;
    @Nullable Promise<Boolean> closing; // ends when released
    boolean released;

    /** Sends all of it. By the holder of the writers' permit. */
    abstract void sendAll(ByteBuffer bytes) throws IOException;

    /** Sends what leaves at once; how many bytes that are. By the holder of the writers' permit. */
    abstract int trySend(ByteBuffer bytes) throws IOException;

    /** Sends what is kept back, if anything is. By the holder of the writers' permit. */
    abstract void sendKept() throws IOException;

    /** Ends this side's direction, once. By the holder of the writers' permit. */
    abstract void sendEnd() throws IOException;

    /** Sends what a cancelled {@link #sendEnd} has not. By the holder of the writers' permit. */
    void sendRestOfEnd() throws IOException {
        assert outputEnded : this; // at once, unless said otherwise
    }

    @Override
    final void checkOpen() throws IOException {
        if (closing != null || released) {
            throw closed(null);
        }
    }

    /** Before a read: how an earlier one failed. */
    final void checkReadable() throws StreamClosedException {
        if (inputFailure != null) {
            throw new StreamClosedException("reading " + this + " failed before: " + inputFailure, inputFailure);
        }
    }

    private void checkWritable() throws StreamClosedException {
        if (outputFailure != null) {
            throw new StreamClosedException("writing " + this + " failed before: " + outputFailure, outputFailure);
        }
        if (released) {
            throw closed(null);
        }
        if (outputEnded) {
            throw new StreamClosedException("the writing side of " + this + " was ended by writeEnd()", null);
        }
    }

    private IOException failed(IOException failure) {
        if (released || failure instanceof ClosedChannelException) {
            return closed(failure);
        }
        if (outputFailure == null && !(failure instanceof StreamClosedException)) {
            outputFailure = failure;
        }
        return failure;
    }

    final StreamClosedException closed(@Nullable Throwable cause) {
        return new StreamClosedException(this + " was closed on this side", cause);
    }

    @Override
    public final void write(ByteBuffer bytes) throws IOException {
        checkOpen();
        writers.acquire();
        int start = bytes.position();
        try {
            checkWritable();
            sendAll(bytes);
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

    @Override
    public final void write(String text) throws IOException {
        write(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public final void writeLine(String text) throws IOException {
        write(text + '\n');
    }

    @Override
    public final int tryWrite(byte[] bytes) throws IOException {
        checkOpen();
        if (!writers.tryAcquire()) {
            return 0;
        }
        try {
            checkWritable();
            return trySend(ByteBuffer.wrap(bytes));
        } catch (IOException e) {
            throw failed(e);
        } finally {
            writers.release();
        }
    }

    @Override
    public final void flush() throws IOException {
        checkOpen();
        writers.acquire();
        try {
            checkWritable();
            sendKept();
        } catch (IOException e) {
            throw failed(e);
        } finally {
            writers.release();
        }
    }

    @Override
    public final void writeEnd() throws IOException {
        checkOpen();
        writers.acquire();
        try {
            if (!outputEnded) {
                checkWritable();
                sendEnd();
            } else if (outputFailure == null) {
                sendRestOfEnd();
            }
        } catch (IOException e) {
            throw failed(e);
        } finally {
            writers.release();
        }
    }
}
