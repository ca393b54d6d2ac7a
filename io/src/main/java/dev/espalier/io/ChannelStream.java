package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.ChannelReadiness;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A connection over a socket of NIO.
 *
 * <p>A write goes to the system at once, and waits only for what the system did not take. A read waits at once if the one
 * before did not fill the buffer: then nothing was left, and trying would be a call in vain.
 *
 * <p>Its life, written and read by the holder of the turn:
 *
 * <pre>
 *   open     -> closing   close() was called: no new operation begins, writes under way go on
 *   closing  -> released  what was written has left and the peer has ended too, or a limit has passed, or close() was cancelled
 *   any      -> released  abort()
 * </pre>
 */
final class ChannelStream extends TwoWayStream implements SocketStream {
    /** Unless a server was told otherwise. */
    static final Duration LINGER_LIMIT = Duration.ofSeconds(2);

    private static final Duration LINGER_POLL = Duration.ofMillis(5);
    private static final long LINGER_BYTES = 1 << 20;

    /** Chunks that one write may send without letting others run: 1 MiB. */
    private static final int CHUNKS_PER_TURN = 16;

    private final SocketChannel channel;
    private final ChannelReadiness readiness;
    private final LoopShare share;
    private final Duration linger;
    private final ByteBuffer buffer;
    private final SocketAddress local;
    private final SocketAddress remote;

    // By the holder of the turn.
    private long received;
    private long sent;
    private boolean drained = true; // nothing was left in the socket when it was last read

    /** Takes a connected channel with its readiness. */
    ChannelStream(SocketChannel channel, ChannelReadiness readiness, LoopShare share, Duration linger) throws IOException {
        this.channel = channel;
        this.readiness = readiness;
        this.share = share;
        this.linger = linger;
        this.buffer = share.buffer();
        this.local = channel.getLocalAddress();
        this.remote = channel.getRemoteAddress();
    }

    // ---- reading

    @Override
    @Nullable ByteBuffer receiveMore() throws IOException {
        try {
            int count = receiveSome();
            inputEnded = count < 0;
            return inputEnded ? null : buffer.flip();
        } catch (ClosedChannelException e) {
            throw closed(e);
        } catch (IOException e) {
            inputFailure = e;
            throw e;
        }
    }

    private int receiveSome() throws IOException {
        int count;
        do {
            if (drained) {
                readiness.awaitReadable();
            } else {
                pass();
            }
            count = channel.read(buffer.clear());
            drained = buffer.hasRemaining();
        } while (count == 0); // readiness may be spurious
        received += Math.max(0, count);
        return count;
    }

    @Override
    void pass() {
        share.pass();
    }

    // ---- writing

    @Override
    int trySend(ByteBuffer bytes) throws IOException {
        boolean taken = true;
        while (taken && bytes.hasRemaining()) {
            taken = sendChunk(bytes);
        }
        return bytes.position();
    }

    @Override
    void awaitRoom() throws IOException {
        readiness.awaitWritable();
    }

    @Override
    void sendKept() {
        // Nothing is: who writes waits until the system has taken it.
    }

    @Override
    void sendEnd() throws IOException {
        outputEnded = true;
        channel.shutdownOutput();
    }

    @Override
    void sendAll(ByteBuffer bytes) throws IOException {
        int chunks = 0;
        while (true) {
            boolean taken = sendChunk(bytes);
            if (!bytes.hasRemaining()) {
                return;
            }
            if (!taken) {
                readiness.awaitWritable();
            } else if (++chunks % CHUNKS_PER_TURN == 0) {
                Async.checkpoint();
            }
        }
    }

    @Override
    void send(FilePart part) throws IOException {
        long taken = part.transferTo(channel);
        sent += taken;
        if (taken == 0) {
            readiness.awaitWritable();
        }
    }

    /**
     * Sends what the system takes of the next chunk, and says whether that is all of it. Through our buffer: for an array the
     * JDK would allocate one of its size.
     */
    private boolean sendChunk(ByteBuffer bytes) throws IOException {
        int position = bytes.position();
        int limit = bytes.limit();
        int end = position + Math.min(limit - position, LoopShare.CHUNK);
        bytes.limit(end);
        try {
            int taken = channel.write(bytes.isDirect() ? bytes : buffer.clear().put(bytes).flip());
            sent += taken;
            bytes.position(position + taken);
            return position + taken == end;
        } catch (IOException e) {
            bytes.position(position);
            throw e;
        } finally {
            bytes.limit(limit);
        }
    }

    // ---- closing

    @Override
    void afterEnd() throws IOException {
        Async.moveOnAfter(linger, this::linger);
    }

    /**
     * Discards what comes until the peer has ended too: a system that is left with unread bytes resets the connection, and
     * that could destroy on the peer's side what we have sent.
     */
    private void linger() throws IOException {
        boolean readerWaits = isReading();
        if (readerWaits) {
            readiness.close(); // wakes the reader; nothing tells us of bytes any more, so look now and then
        }
        long left = LINGER_BYTES;
        while (outputFailure == null && inputFailure == null && !inputEnded && !released && left > 0) {
            if (readerWaits) {
                Async.sleep(LINGER_POLL);
            } else {
                readiness.awaitReadable();
            }
            int count = channel.read(buffer.clear());
            received += Math.max(0, count);
            inputEnded = count < 0;
            left -= count;
        }
    }

    @Override
    void release(boolean reset) {
        if (released) {
            return;
        }
        readiness.close();
        released = true;
        try (channel) {
            if (reset) {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("closing " + this + " failed", e);
        }
    }

    // ---- properties

    @Override
    public long bytesReceived() {
        return received;
    }

    @Override
    public long bytesSent() {
        return sent;
    }

    @Override
    public SocketAddress localAddress() {
        return local;
    }

    @Override
    public SocketAddress remoteAddress() {
        return remote;
    }

    @Override
    public <T> T option(SocketOption<T> option) throws IOException {
        checkOpen();
        return channel.getOption(option);
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        checkOpen();
        channel.setOption(option, value);
    }

    @Override
    public String toString() {
        return "SocketStream[" + local + " to " + remote + (released ? ", closed" : closing != null ? ", closing" : "")
                + (isReading() ? ", a task reads" : "") + (writers.available() == 0 ? ", a task writes" : "")
                + (buffered() > 0 ? ", " + buffered() + " bytes unread" : "") + "]";
    }
}
