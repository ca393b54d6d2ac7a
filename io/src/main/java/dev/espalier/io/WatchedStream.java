package dev.espalier.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A stream with limits.
 *
 * <p>A limit that is broken aborts the stream below, which wakes the tasks that wait there; here they learn why.
 */
sealed class WatchedStream extends PassingStream implements LimitedStream permits LimitedSocket {
    private final StreamWatch watch;

    WatchedStream(ByteStream plain, StreamLimits limits) {
        super(plain);
        this.watch = new StreamWatch(share.loop, plain, limits);
    }

    private IOException failure(IOException e) {
        IOException broken = watch.broken();
        if (broken == null) {
            return released ? closed(e) : e;
        }
        broken.initCause(e);
        return broken;
    }

    // ---- reading

    @Override
    @Nullable ByteBuffer receiveMore() throws IOException {
        try {
            Bandwidth bandwidth = watch.limits().readBandwidth().orElse(null);
            ByteBuffer received = bandwidth == null ? receive(ANY) : receive(bandwidth);
            inputEnded = received == null;
            return received;
        } catch (IOException e) {
            inputFailure = failure(e);
            throw inputFailure;
        }
    }

    /** Waits for the peer first: what is not there takes nothing from the others. */
    private @Nullable ByteBuffer receive(Bandwidth bandwidth) throws IOException {
        watch.reading.begin(null);
        try {
            if (plain.atEnd()) {
                return null;
            }
        } finally {
            watch.reading.end(0);
        }
        int allowed = bandwidth.take(ROOM);
        ByteBuffer received = null;
        try {
            received = receive(allowed);
        } finally {
            bandwidth.giveBack(allowed - (received == null ? 0 : received.remaining()));
        }
        return received;
    }

    private @Nullable ByteBuffer receive(int most) throws IOException {
        ByteBuffer received = null;
        watch.reading.begin(null);
        try {
            received = receivePlain(most);
        } finally {
            watch.reading.end(received == null ? 0 : received.remaining());
        }
        return received;
    }

    // ---- writing

    @Override
    void sendAll(ByteBuffer bytes) throws IOException {
        Bandwidth bandwidth = watch.limits().writeBandwidth().orElse(null);
        try {
            if (bandwidth == null) {
                sendWatched(bytes);
            } else {
                send(bytes, bandwidth);
            }
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private void sendWatched(ByteBuffer bytes) throws IOException {
        watch.writing.begin(bytes);
        try {
            plain.write(bytes);
        } finally {
            watch.writing.end(0);
        }
    }

    private void send(ByteBuffer bytes, Bandwidth bandwidth) throws IOException {
        int limit = bytes.limit();
        while (bytes.hasRemaining()) {
            int allowed = bandwidth.take(bytes.remaining());
            int end = bytes.position() + allowed;
            bytes.limit(end);
            try {
                sendWatched(bytes);
            } finally {
                bandwidth.giveBack(end - bytes.position());
                bytes.limit(limit);
            }
        }
    }

    @Override
    int trySend(ByteBuffer bytes) throws IOException {
        Bandwidth bandwidth = watch.limits().writeBandwidth().orElse(null);
        int allowed = bandwidth == null ? bytes.remaining() : bandwidth.tryTake(bytes.remaining());
        byte[] some = new byte[allowed];
        bytes.get(some);
        int sent = 0;
        watch.writing.begin(null);
        try {
            sent = plain.tryWrite(some);
            return sent;
        } catch (IOException e) {
            throw failure(e);
        } finally {
            watch.writing.end(sent);
            if (bandwidth != null) {
                bandwidth.giveBack(allowed - sent);
            }
        }
    }

    @Override
    void awaitRoom() throws IOException {
        Bandwidth bandwidth = watch.limits().writeBandwidth().orElse(null);
        if (bandwidth != null) {
            bandwidth.giveBack(bandwidth.take(1));
        }
        watch.writing.begin(null);
        try {
            plain.awaitWritable();
        } catch (IOException e) {
            throw failure(e);
        } finally {
            watch.writing.end(0);
        }
    }

    @Override
    void sendKept() throws IOException {
        plain.flush();
    }

    @Override
    void sendEnd() throws IOException {
        outputEnded = true;
        sendRestOfEnd();
    }

    @Override
    void sendRestOfEnd() throws IOException {
        watch.writing.begin(null); // under TLS the end is something to send
        try {
            plain.writeEnd();
        } catch (IOException e) {
            throw failure(e);
        } finally {
            watch.writing.end(0);
        }
    }

    // ---- closing

    @Override
    void release(boolean reset) {
        released = true;
        watch.stop();
        releasePlain(reset);
    }

    // ---- properties

    @Override
    public StreamLimits limits() {
        return watch.limits();
    }

    @Override
    public void setLimits(StreamLimits limits) {
        share.loop.checkTurn(this);
        watch.setLimits(limits);
    }

    @Override
    public String toString() {
        return "LimitedStream[" + (isReading() ? "a task reads, " : "") + (writers.available() == 0 ? "a task writes, " : "")
                + (buffered() > 0 ? buffered() + " bytes unread, " : "") + "over " + plain + "]";
    }
}
