package dev.espalier.io;

import dev.espalier.core.CancelledError;
import dev.espalier.core.Task;
import dev.espalier.core.VoidBodyWith;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Writes that are one. They are collected, up to one chunk; a full chunk is sent, which waits as any write, and from then on until the
 * end nobody else writes. A chunk of a large write is not collected.
 *
 * <p>Written and read by the task that writes.
 */
final class WriteBatch implements StreamWriter {
    private static final int FIRST = 256;

    private final TwoWayStream stream;
    private final Task<?> task = Task.current();

    private ByteBuffer collected = ByteBuffer.allocate(FIRST); // from 0 to position
    private long sent;
    private boolean holds; // the writers' permit
    private boolean broken; // a write of it failed or was cancelled: nothing may follow
    private boolean ended;

    WriteBatch(TwoWayStream stream) {
        this.stream = stream;
    }

    // ---- by the stream

    /** Runs the body, and sends what it has written. */
    void run(VoidBodyWith<? super StreamWriter, ? extends IOException> body) throws IOException {
        try {
            body.run(this);
            checkWhole();
            sendCollected();
        } catch (Throwable e) {
            if (sent > 0) {
                tear(e);
            }
            throw e;
        } finally {
            ended = true;
            if (holds) {
                stream.endBatch();
            }
        }
    }

    private void tear(Throwable e) {
        String what = "writes that belong together were " + (e instanceof CancelledError ? "cancelled" : "broken off") + " after "
                + sent + " bytes to " + stream + "; its output is torn";
        stream.tear(e, what);
    }

    /** The stream's own methods would wait for the end of this batch. */
    void checkNotMine() {
        if (Task.current() == task) {
            throw new IllegalStateException("task '" + task.name() + "' writes to " + stream
                    + " within writeTogether, which would wait for itself; write to the writer that the body was given");
        }
    }

    // ---- by the body

    private void enter() throws IOException {
        if (ended) {
            throw new StreamClosedException(this + " has ended", null);
        }
        checkWhole();
        stream.pass();
        stream.checkOpen();
    }

    /** A body may go on after a write that failed, or whose time was up. */
    private void checkWhole() throws StreamClosedException {
        if (broken) {
            throw new StreamClosedException("one of the " + this + ", has failed or was cancelled, so nothing can follow it", null);
        }
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        enter();
        while (bytes.hasRemaining()) {
            if (collected.position() == 0 && bytes.remaining() >= LoopShare.CHUNK) {
                send(bytes);
            } else if (collect(bytes) == 0) {
                sendCollected();
            }
        }
    }

    /** How many bytes there was room for. */
    private int collect(ByteBuffer bytes) {
        int needed = Math.min(LoopShare.CHUNK, collected.position() + bytes.remaining());
        if (needed > collected.capacity()) {
            int capacity = Math.min(LoopShare.CHUNK, Math.max(needed, 2 * collected.capacity()));
            collected = ByteBuffer.allocate(capacity).put(collected.flip());
        }
        int count = Math.min(collected.remaining(), bytes.remaining());
        collected.put(bytes.slice(bytes.position(), count));
        bytes.position(bytes.position() + count);
        return count;
    }

    private void sendCollected() throws IOException {
        if (collected.position() > 0) {
            collected.flip();
            send(collected);
            collected.clear();
        }
    }

    private void send(ByteBuffer bytes) throws IOException {
        int start = bytes.position();
        broken = true;
        try {
            hold();
            stream.sendAll(bytes);
            broken = false;
        } catch (IOException e) {
            throw stream.failed(e);
        } finally {
            sent += bytes.position() - start;
        }
    }

    private void hold() throws IOException {
        if (!holds) {
            stream.beginBatch(this);
            holds = true;
            stream.checkWritable();
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
        enter();
        return collect(ByteBuffer.wrap(bytes));
    }

    @Override
    public void writeTogether(VoidBodyWith<? super StreamWriter, ? extends IOException> body) throws IOException {
        enter();
        body.run(this);
    }

    @Override
    public long sendFile(AsyncFile file, long position, long count) throws IOException {
        var part = new FilePart(file, position, count);
        enter();
        sendCollected();
        long before = sent;
        broken = true;
        try {
            hold();
            while (!part.isSent()) {
                stream.send(part);
            }
            broken = false;
        } catch (IOException e) {
            throw part.isUnreadable() ? e : stream.failed(e);
        } finally {
            sent = before + part.sent();
        }
        return part.sent();
    }

    /** There always is room: what is written is collected first. */
    @Override
    public void awaitWritable() throws IOException {
        enter();
    }

    @Override
    public void flush() throws IOException {
        enter();
        sendCollected();
    }

    @Override
    public void writeEnd() {
        throw new IllegalStateException("writeTogether has not ended, and may not go through: end the writing side of " + stream
                + " after it");
    }

    @Override
    public String toString() {
        return "writes that belong together, to " + stream;
    }
}
