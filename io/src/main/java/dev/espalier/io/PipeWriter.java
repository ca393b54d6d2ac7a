package dev.espalier.io;

import static java.util.Objects.requireNonNull;

import dev.espalier.core.Async;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What a child process reads: a stream whose reading side has ended. Its thread, started by the first write, brings what is put
 * into a ring to the pipe.
 */
final class PipeWriter extends WritingStream {
    private static final int CHUNK = 16 << 10;

    private final PipeThread thread;
    private final ByteRing ring;
    private @Nullable OutputStream pipe; // by who makes the child

    PipeWriter(String name, LoopShare share) {
        super(share);
        this.thread = new PipeThread(name);
        this.ring = thread.ring;
    }

    void open(OutputStream made) {
        pipe = made;
    }

    // ---- writing

    @Override
    void sendAll(ByteBuffer bytes) throws IOException {
        send(bytes);
        while (bytes.hasRemaining()) {
            awaitIfAny(ring.untilRoom());
            send(bytes);
        }
    }

    @Override
    int trySend(ByteBuffer bytes) throws IOException {
        send(bytes);
        return bytes.position();
    }

    private void send(ByteBuffer bytes) throws IOException {
        if (bytes.hasRemaining() && !thread.isStarted()) {
            thread.start(this::bring);
        }
        try {
            if (released) {
                throw closed(null);
            }
            ring.put(bytes);
        } catch (IOException e) {
            throw refused(e);
        }
    }

    @Override
    void awaitRoom() throws IOException {
        awaitIfAny(ring.untilRoom());
        send(ByteBuffer.allocate(0)); // tells of a failure
    }

    @Override
    void sendKept() throws IOException {
        for (CompletableFuture<Boolean> change = ring.untilEmpty(); change != null; change = ring.untilEmpty()) {
            Async.await(change);
        }
        try {
            ring.put(ByteBuffer.allocate(0)); // tells of a failure
        } catch (IOException e) {
            throw refused(e);
        }
    }

    @Override
    void sendEnd() throws IOException {
        sendKept();
        outputEnded = true;
        ring.end();
        thread.closeIdle(pipe);
    }

    private static void awaitIfAny(@Nullable CompletableFuture<Boolean> change) {
        if (change != null) {
            Async.await(change);
        }
    }

    private StreamClosedException refused(IOException cause) {
        return cause instanceof StreamClosedException known ? known
                : new StreamClosedException(this + " was closed by the child, or the child has ended; "
                        + ring.size() + " bytes that were written before have not reached it", cause);
    }

    /** On the pipe's thread. Bytes leave the ring when the system has taken them. */
    private void bring() throws IOException {
        byte[] chunk = new byte[CHUNK];
        try (OutputStream to = requireNonNull(pipe)) {
            for (int count = ring.peek(chunk); count >= 0; count = ring.peek(chunk)) {
                to.write(chunk, 0, count);
                to.flush();
                ring.taken(count);
            }
        }
    }

    // ---- the end

    /** The child has ended, and with it who could read. */
    void childEnded() {
        ring.fail(new IOException("the child has ended"));
        thread.closeIdle(pipe);
    }

    /** A writer is told; the thread closes the pipe when the system lets it go. */
    @Override
    void release(boolean reset) {
        released = true;
        ring.close();
        thread.closeIdle(pipe);
    }

    CompletableFuture<Boolean> gone() {
        return thread.gone();
    }

    @Override
    public String toString() {
        return thread.name;
    }
}
