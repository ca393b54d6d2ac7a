package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.Body;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What a child process writes, read ahead by a thread, by no more than fits into a ring and one chunk. */
final class PipeReader extends BufferedInput {
    private static final int CHUNK = 16 << 10;

    private final PipeThread thread;
    private final ByteRing ring;
    private final LoopShare share;

    // By the holder of the turn.
    private boolean closed;
    private boolean inputEnded;

    PipeReader(String name, LoopShare share) {
        this.thread = new PipeThread(name);
        this.ring = thread.ring;
        this.share = share;
    }

    /** Starts the thread, which opens the pipe and says so. */
    void start(Body<InputStream, IOException> opening, Runnable opened) {
        thread.start(() -> readAhead(opening, opened));
    }

    /**
     * On the pipe's thread. It holds the monitor of the JDK's stream all the time, by which it keeps the JDK from emptying and
     * closing the pipe when the child ends: its children may still have something to say.
     */
    private void readAhead(Body<InputStream, IOException> opening, Runnable opened) throws IOException {
        try (InputStream pipe = opening.run()) {
            byte[] chunk = new byte[CHUNK];
            synchronized (pipe) {
                opened.run();
                int count = pipe.read(chunk);
                while (count >= 0 && ring.putAll(ByteBuffer.wrap(chunk, 0, count))) {
                    count = pipe.read(chunk);
                }
            }
        }
        ring.end();
    }

    @Override
    @Nullable ByteBuffer receive() throws IOException {
        CompletableFuture<Boolean> more = inputEnded ? null : ring.untilTakeable();
        if (more == null) {
            share.pass();
        }
        for (; more != null; more = ring.untilTakeable()) {
            Async.await(more);
        }
        checkOpen();
        ByteBuffer buffer = share.buffer().clear(); // has room for all that a ring holds
        inputEnded = ring.take(buffer) < 0;
        return inputEnded ? null : buffer.flip();
    }

    @Override
    void pass() {
        share.pass();
    }

    @Override
    void checkOpen() throws IOException {
        if (closed) {
            throw new StreamClosedException("the " + this + " was closed on this side", null);
        }
    }

    CompletableFuture<Boolean> gone() {
        return thread.gone();
    }

    /** A reader is told; the thread closes the pipe when it has woken, or the child writes, or has ended. */
    void close() {
        closed = true;
        ring.close();
        thread.closeIdle(null);
    }

    @Override
    public String toString() {
        return thread.name;
    }
}
