package dev.espalier.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One end of two streams in memory.
 *
 * <p>Its life, written and read by the holder of the turn:
 *
 * <pre>
 *   open     -> closing   close() was called: no new operation begins, writes under way go on
 *   closing  -> released  what was written is in the pipe, or a limit has passed, or close() was cancelled
 *   any      -> released  abort()
 * </pre>
 */
final class MemoryStream extends TwoWayStream {
    private final String name;
    private final MemoryPipe in;
    private final MemoryPipe out;
    private final LoopShare share;

    private MemoryStream(String name, MemoryPipe in, MemoryPipe out, LoopShare share) {
        this.name = name;
        this.in = in;
        this.out = out;
        this.share = share;
    }

    static ByteStream.Pair pair(int capacity) {
        var there = new MemoryPipe(capacity);
        var back = new MemoryPipe(capacity);
        LoopShare share = LoopShare.current();
        return new ByteStream.Pair(
                new MemoryStream("left", back, there, share), new MemoryStream("right", there, back, share));
    }

    // ---- reading

    @Override
    @Nullable ByteBuffer receiveMore() throws IOException {
        if (in.size() > 0) {
            pass();
        } else {
            in.awaitChange();
        }
        checkOpen();
        try {
            ByteBuffer taken = in.take();
            inputEnded = taken == null;
            return taken;
        } catch (IOException e) {
            inputFailure = e;
            throw e;
        }
    }

    @Override
    void pass() {
        share.pass();
    }

    // ---- writing

    @Override
    void sendAll(ByteBuffer bytes) throws IOException {
        out.putAll(bytes);
    }

    @Override
    int trySend(ByteBuffer bytes) throws IOException {
        out.put(bytes);
        return bytes.position();
    }

    @Override
    void awaitRoom() throws IOException {
        out.awaitRoom();
    }

    @Override
    void sendKept() {
        // Nothing is: who writes waits until there is room.
    }

    @Override
    void sendEnd() {
        outputEnded = true;
        out.end();
    }

    // ---- closing

    @Override
    void afterEnd() {
        pass(); // what the peer has written is refused: nobody need wait for it
    }

    @Override
    void release(boolean reset) {
        if (released) {
            return;
        }
        released = true;
        in.refuse();
        out.end(); // a close that was cancelled may not have come to that
        if (reset) {
            in.reset();
            out.reset();
        }
    }

    @Override
    public String toString() {
        return "MemoryStream[" + name + (released ? ", closed" : closing != null ? ", closing" : "") + ", " + in + " to read, " + out
                + " to be read by the peer]";
    }
}
