package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.Promise;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS by an {@link SSLEngine}. The engine only changes bytes: {@code wrap} makes a record of what is written, {@code unwrap} opens
 * one that was read, and between them it asks for a record of its own to be sent or read, or for a task to be run.
 *
 * <p>Its buffers hold a record each and may have to grow: how large a record is depends on what was agreed on, which may change.
 * Sizes are therefore asked for when a buffer has proved too small, never before.
 *
 * <p>Records leave in the order in which they were made, so who wraps holds {@code writers}. The reader wraps too, when the engine
 * wants to answer; if somebody writes, that answer leaves with what is written, and the reader does not wait for it. A record that
 * was made and has not left is the beginning of {@code out}, and leaves before any other.
 *
 * <p>Its life, written and read by the holder of the turn:
 *
 * <pre>
 *   shaking hands -> open      both sides agree
 *   open          -> closing   close() was called: no new operation begins, writes under way go on
 *   closing       -> released  the end was sent and the stream below closed, or a limit has passed, or close() was cancelled
 *   any           -> released  abort(), and a failed handshake
 * </pre>
 */
final class TlsEngineStream extends TwoWayStream implements TlsStream {
    private static final Duration END_LIMIT = Duration.ofSeconds(3);
    private static final Duration TASK_LIMIT = Duration.ofSeconds(30);
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** Records that leave in one write to the stream below. */
    private static final int RECORDS = 4;

    private final ByteStream plain;
    private final SSLEngine engine;
    private final TlsOptions options;
    private final LoopShare share = LoopShare.current();

    // By the holder of the turn.
    private ByteBuffer in; // read and not opened, from position to limit
    private ByteBuffer opened; // emptied by the caller of receive
    private ByteBuffer out; // made and not sent, from 0 to position
    private boolean open; // hands were shaken

    private TlsEngineStream(ByteStream plain, SSLEngine engine, TlsOptions options) {
        this.plain = plain;
        this.engine = engine;
        this.options = options;
        int record = engine.getSession().getPacketBufferSize();
        in = ByteBuffer.allocate(2 * record).limit(0);
        opened = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
        out = ByteBuffer.allocate(RECORDS * record);
    }

    static TlsStream client(ByteStream plain, String host, int port, TlsOptions options) throws IOException {
        SSLEngine engine = options.context().get().createSSLEngine(host, port);
        engine.setUseClientMode(true);
        int early = plain instanceof BufferedInput input ? input.buffered() : 0;
        if (early > 0) {
            plain.abort();
            throw new IOException(early + " bytes came from " + host + ":" + port + " before TLS began, and nobody has read them: "
                    + "somebody may have put them there; read the answer to the end before TLS begins");
        }
        return shakeHands(plain, engine, options);
    }

    static TlsStream server(ByteStream plain, TlsOptions options) throws IOException {
        SSLEngine engine = options.context().get().createSSLEngine();
        engine.setUseClientMode(false);
        return shakeHands(plain, engine, options);
    }

    private static TlsStream shakeHands(ByteStream plain, SSLEngine engine, TlsOptions options) throws IOException {
        TlsParameters.apply(engine, options);
        var stream = new TlsEngineStream(plain, engine, options);
        try {
            Async.timeout(options.handshakeTimeout(), stream::handshake);
            return stream;
        } catch (Throwable e) {
            stream.abort();
            throw e;
        }
    }

    // ---- the handshake

    private void handshake() throws IOException {
        try {
            engine.beginHandshake();
            while (step(engine.getHandshakeStatus())) {
                assert !open;
            }
            open = true;
        } catch (SSLException e) {
            sendAlert(e);
            throw e;
        }
    }

    /** Does what the engine asks for; false if it asks for nothing. */
    private boolean step(HandshakeStatus asked) throws IOException {
        switch (asked) {
            case NEED_TASK -> runTasks();
            case NEED_WRAP -> {
                wrap(NOTHING);
                send();
            }
            case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                SSLEngineResult result = unwrap();
                if (result == null || result.getStatus() == Status.CLOSED) {
                    throw new SSLException("the peer of " + plain + " ended the connection during the handshake");
                }
            }
            case FINISHED, NOT_HANDSHAKING -> {
                return false;
            }
        }
        return true;
    }

    /** Not given up in the middle: the engine is theirs until they are done. */
    private void runTasks() throws IOException {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            Runnable next = task;
            Async.shield(TASK_LIMIT, () -> Async.offload(next::run));
        }
    }

    /** The peer learns why, if it still listens. */
    private void sendAlert(SSLException why) {
        try {
            engine.closeOutbound();
            while (!engine.isOutboundDone() && wrap(NOTHING).bytesProduced() > 0) {
                send();
            }
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }

    // ---- reading

    @Override
    @Nullable ByteBuffer receive() throws IOException {
        if (inputEnded) {
            pass();
            return null;
        }
        checkReadable();
        try {
            opened.clear();
            while (opened.position() == 0 && !inputEnded) {
                receiveRecord();
            }
            return opened.position() == 0 ? null : opened.flip();
        } catch (IOException e) {
            if (!released) {
                inputFailure = e;
            }
            throw released ? closed(e) : e;
        }
    }

    private void receiveRecord() throws IOException {
        SSLEngineResult result = unwrap();
        if (result == null || result.getStatus() == Status.CLOSED) {
            inputEnded = true;
            return;
        }
        if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK && !isNewest()) {
            throw new SSLException("the peer of " + this + " wants to shake hands again, which is refused");
        }
        if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
            runTasks();
        }
        if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && writers.tryAcquire()) {
            try {
                wrap(NOTHING);
                send();
            } finally {
                writers.release();
            }
        }
    }

    private boolean isNewest() {
        return engine.getSession().getProtocol().equals("TLSv1.3");
    }

    /** Opens one record, and reads until there is one; null if the stream below ends first, and may do so. */
    private @Nullable SSLEngineResult unwrap() throws IOException {
        while (true) {
            SSLEngineResult result = engine.unwrap(in, opened);
            switch (result.getStatus()) {
                case BUFFER_UNDERFLOW -> {
                    if (!fill()) {
                        return null;
                    }
                }
                case BUFFER_OVERFLOW -> opened = larger(opened, engine.getSession().getApplicationBufferSize());
                default -> {
                    return result;
                }
            }
        }
    }

    private boolean fill() throws IOException {
        int record = engine.getSession().getPacketBufferSize();
        if (in.capacity() < record) {
            ByteBuffer more = ByteBuffer.allocate(2 * record);
            in = more.put(in).flip();
        }
        in.compact();
        int count;
        try {
            count = plain.read(in);
        } finally {
            in.flip();
        }
        if (count < 0 && !(open && options.truncationAllowed() && !in.hasRemaining())) {
            throw new SSLException(plain + " ended without the message that ends TLS"
                    + (open ? ": what was received may not be all that was sent" : ", during the handshake"));
        }
        return count >= 0;
    }

    private static ByteBuffer larger(ByteBuffer full, int wanted) {
        return ByteBuffer.allocate(Math.max(wanted, full.capacity()) + full.position()).put(full.flip());
    }

    @Override
    void pass() {
        share.pass();
    }

    // ---- writing

    /** What has become a record counts as sent: it leaves before any other. */
    @Override
    void sendAll(ByteBuffer bytes) throws IOException {
        do {
            while (bytes.hasRemaining() && out.remaining() >= engine.getSession().getPacketBufferSize()) {
                wrap(bytes);
            }
            send();
        } while (bytes.hasRemaining());
    }

    /** Makes one record at the end of {@code out}. */
    private SSLEngineResult wrap(ByteBuffer bytes) throws IOException {
        while (true) {
            SSLEngineResult result = engine.wrap(bytes, out);
            if (result.getStatus() == Status.BUFFER_OVERFLOW) {
                out = larger(out, engine.getSession().getPacketBufferSize());
            } else if (result.getStatus() == Status.CLOSED && bytes.hasRemaining()) {
                throw new StreamClosedException("the peer of " + this + " has ended TLS, and takes nothing any more", null);
            } else {
                return result;
            }
        }
    }

    /** Sends what was made. */
    private void send() throws IOException {
        out.flip();
        try {
            plain.write(out);
        } finally {
            out.compact(); // nothing, or what a cancelled write has left
        }
    }

    @Override
    int trySend(ByteBuffer bytes) throws IOException {
        trySend();
        if (out.position() > 0 || !bytes.hasRemaining()) {
            return 0;
        }
        wrap(bytes);
        trySend(); // what the system does not take of this record leaves before the next
        return bytes.position();
    }

    private void trySend() throws IOException {
        byte[] made = new byte[out.position()];
        out.flip().get(made);
        int sent = made.length == 0 ? 0 : plain.tryWrite(made);
        out.clear().put(made, sent, made.length - sent);
    }

    @Override
    void sendKept() throws IOException {
        send();
        plain.flush();
    }

    @Override
    void sendEnd() throws IOException {
        endOutput();
    }

    /** By the holder of the writers' permit. A wrap that makes nothing ends it too: some engines never say that they are done. */
    private void endOutput() throws IOException {
        if (outputEnded || outputFailure != null || released) {
            return;
        }
        outputEnded = true;
        engine.closeOutbound();
        while (!engine.isOutboundDone() && wrap(NOTHING).bytesProduced() > 0) {
            assert outputEnded;
        }
        send();
    }

    // ---- closing

    @Override
    public void close() throws IOException {
        Promise<Boolean> end = closing;
        if (end != null) {
            end.await();
            return;
        }
        if (released) {
            return;
        }
        Promise<Boolean> mine = Promise.create();
        closing = mine;
        try {
            if (Async.moveOnAfter(END_LIMIT, this::endInTurn)) {
                plain.close();
            }
        } catch (IOException e) {
            // The peer is gone, or has broken the protocol: nobody is left to say goodbye to.
            assert mine == closing : e;
        } finally {
            abort();
            mine.trySucceed(true);
        }
    }

    private void endInTurn() throws IOException {
        writers.acquire();
        try {
            endOutput();
        } finally {
            writers.release();
        }
    }

    /** After a close in order the stream below is closed, and this does nothing to it. */
    @Override
    public void abort() {
        if (!released) {
            released = true;
            plain.abort();
        }
    }

    // ---- properties

    @Override
    public SSLSession session() {
        return engine.getSession();
    }

    @Override
    public String applicationProtocol() {
        String chosen = engine.getApplicationProtocol();
        return chosen == null ? "" : chosen;
    }

    @Override
    public String toString() {
        return "TlsStream[" + (open ? engine.getSession().getProtocol() : "shaking hands")
                + (released ? ", closed" : closing != null ? ", closing" : "") + ", over " + plain + "]";
    }
}
