package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.CancelledError;
import dev.espalier.core.Promise;
import dev.espalier.core.VoidBody;
import dev.espalier.core.VoidBodyWith;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What our streams have in common around their own reading and writing: one writer at a time, first come, first served; and what has
 * ended or failed stays so.
 *
 * <p>Its fields are written and read by the holder of the turn.
 */
abstract class TwoWayStream extends BufferedInput implements ByteStream {
    private static final Duration FLUSH_LIMIT = Duration.ofSeconds(10);

    final AsyncSemaphore writers = AsyncSemaphore.of(1);

    boolean inputEnded;
    boolean outputEnded;
    @Nullable IOException inputFailure;
    @Nullable IOException outputFailure;
    @Nullable Promise<Boolean> closing; // ends when released
    boolean released;
    private @Nullable WriteBatch batch; // that holds the writers' permit

    /** Waits for bytes that have not come yet; null at the end, of which it takes note. */
    abstract @Nullable ByteBuffer receiveMore() throws IOException;

    /** Sends all of it. By the holder of the writers' permit. */
    abstract void sendAll(ByteBuffer bytes) throws IOException;

    /** Sends what leaves at once; how many bytes that are. By the holder of the writers' permit. */
    abstract int trySend(ByteBuffer bytes) throws IOException;

    /** Waits until something would leave at once. By the holder of the writers' permit. */
    abstract void awaitRoom() throws IOException;

    /** Sends what is kept back, if anything is. By the holder of the writers' permit. */
    abstract void sendKept() throws IOException;

    /** Ends this side's direction, once. By the holder of the writers' permit. */
    abstract void sendEnd() throws IOException;

    /** Sends what a cancelled {@link #sendEnd} has not. By the holder of the writers' permit. */
    void sendRestOfEnd() throws IOException {
        assert outputEnded : this; // at once, unless said otherwise
    }

    @Override
    final @Nullable ByteBuffer receive() throws IOException {
        if (inputEnded) {
            pass();
            return null;
        }
        checkReadable();
        return receiveMore();
    }

    @Override
    final void checkOpen() throws IOException {
        if (closing != null || released) {
            throw closed(null);
        }
    }

    private void checkReadable() throws StreamClosedException {
        if (inputFailure != null) {
            throw new StreamClosedException("reading " + this + " failed before: " + inputFailure, inputFailure);
        }
    }

    final void checkWritable() throws StreamClosedException {
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

    final IOException failed(IOException failure) {
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
        takeTurn();
        int start = bytes.position();
        try {
            checkWritable();
            sendAll(bytes);
        } catch (CancelledError e) {
            int sent = bytes.position() - start;
            if (sent > 0) {
                torn(e, sent + " of " + (sent + bytes.remaining()) + " bytes");
            }
            throw e;
        } catch (IOException e) {
            throw failed(e);
        } finally {
            writers.release();
        }
    }

    private void torn(CancelledError e, String sent) {
        tear(e, "a write to " + this + " was cancelled after " + sent + "; its output is torn");
    }

    /** What was written is not all that belongs together: no write may follow. */
    final void tear(Throwable e, String what) {
        if (outputFailure == null) {
            var torn = new StreamClosedException(what, null);
            outputFailure = torn;
            e.addSuppressed(torn);
        }
    }

    @Override
    public final void writeTogether(VoidBodyWith<? super StreamWriter, ? extends IOException> body) throws IOException {
        checkOpen();
        pass();
        new WriteBatch(this).run(body);
    }

    final void beginBatch(WriteBatch begun) {
        takeTurn();
        batch = begun;
    }

    final void endBatch() {
        batch = null;
        writers.release();
    }

    private void takeTurn() {
        if (batch != null) {
            batch.checkNotMine();
        }
        writers.acquire();
    }

    @Override
    public final long sendFile(AsyncFile file, long position, long count) throws IOException {
        var part = new FilePart(file, position, count);
        checkOpen();
        takeTurn();
        try {
            checkWritable();
            while (!part.isSent()) {
                send(part);
            }
            return part.sent();
        } catch (CancelledError e) {
            if (part.sent() > 0) {
                torn(e, part.toString());
            }
            throw e;
        } catch (IOException e) {
            throw part.isUnreadable() ? e : failed(e);
        } finally {
            writers.release();
        }
    }

    /** Sends more of a file. By the holder of the writers' permit. */
    void send(FilePart part) throws IOException {
        ByteBuffer piece = part.next(LoopShare.CHUNK);
        try {
            sendAll(piece);
        } finally {
            part.passed(piece.position());
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
    public final void awaitWritable() throws IOException {
        inTurn(this::awaitRoom);
    }

    @Override
    public final void flush() throws IOException {
        inTurn(this::sendKept);
    }

    private void inTurn(VoidBody<IOException> what) throws IOException {
        checkOpen();
        takeTurn();
        try {
            checkWritable();
            what.run();
        } catch (IOException e) {
            throw failed(e);
        } finally {
            writers.release();
        }
    }

    @Override
    public final void writeEnd() throws IOException {
        checkOpen();
        takeTurn();
        try {
            if (!outputEnded) {
                checkWritable();
            }
            endOutput();
        } catch (IOException e) {
            throw failed(e);
        } finally {
            writers.release();
        }
    }

    /** Ends this side's direction, or goes on with that, unless it is in vain. By the holder of the writers' permit. */
    private void endOutput() throws IOException {
        if (outputFailure != null || released) {
            return;
        }
        if (outputEnded) {
            sendRestOfEnd();
        } else {
            sendEnd();
        }
    }

    // ---- closing

    @Override
    public final void close() throws IOException {
        Promise<Boolean> end = closing;
        if (end != null) {
            end.await();
            return;
        }
        if (released) {
            return;
        }
        Promise<Boolean> mine = Promise.create();
        boolean alone = writers.tryAcquire();
        closing = mine;
        try {
            if (Async.moveOnAfter(endLimit(), () -> endInTurn(alone)) && outputEnded) {
                afterEnd();
            }
        } catch (IOException e) {
            // The peer is gone, or has broken the protocol: nobody is left to say goodbye to.
            outputFailure = e;
        } finally {
            release(!outputEnded);
            mine.trySucceed(true);
        }
    }

    /**
     * Writes under way go first. Without any, only sending the end may await, so that a cancelled close still ends the output of a
     * socket.
     */
    private void endInTurn(boolean alone) throws IOException {
        if (!alone) {
            writers.acquire();
        }
        try {
            endOutput();
        } finally {
            writers.release();
        }
    }

    @Override
    public final void abort() {
        release(true);
    }

    /** How long a close waits until writes under way and the end have left. */
    Duration endLimit() {
        return FLUSH_LIMIT;
    }

    /** What a close does after the end was sent: waits for the peer's. Not if the output is torn: that the peer must learn. */
    abstract void afterEnd() throws IOException;

    /**
     * Frees everything, if that was not done yet.
     *
     * @param reset whether to tell the peer of a reset, unless it knows of a good end
     */
    abstract void release(boolean reset);
}
