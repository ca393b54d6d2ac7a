package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.Body;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLContext;
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
 * <p>Records leave in the order in which they were made, so who wraps holds {@code writers}. The reader wraps too, when the engine
 * wants to answer; if somebody writes, that answer leaves with what is written, and the reader does not wait for it. It answers only
 * when it has opened nothing that a cancellation of that wait would lose.
 *
 * <p>Its life, written and read by the holder of the turn:
 *
 * <pre>
 *   shaking hands -> open      both sides agree
 *   open          -> closing   close() was called: no new operation begins, writes under way go on
 *   closing       -> released  the end was sent and the stream below closed, or a limit has passed, or close() was cancelled
 *   open          -> released  unwrap(): both sides have ended TLS, and the stream below stays open
 *   any           -> released  abort(), and a failed handshake
 * </pre>
 */
final class TlsEngineStream extends TwoWayStream implements TlsStream {
    private static final Duration END_LIMIT = Duration.ofSeconds(3);
    private static final Duration TASK_LIMIT = Duration.ofSeconds(30);

    private final ByteStream plain;
    private final SSLEngine engine;
    private final TlsOptions options;
    private final LoopShare share = LoopShare.current();

    private final TlsRecords records;
    private boolean open; // hands were shaken; by the holder of the turn

    private TlsEngineStream(ByteStream plain, SSLEngine engine, TlsOptions options, ByteBuffer read) {
        this.plain = plain;
        this.engine = engine;
        this.options = options;
        TlsParameters.apply(engine, options);
        this.records = new TlsRecords(engine, plain, read);
    }

    static TlsStream client(ByteStream plain, String host, int port, TlsOptions options) throws IOException {
        return shakeHands(plain, options, () -> {
            SSLEngine engine = options.context().get().createSSLEngine(host, port);
            engine.setUseClientMode(true);
            int early = StapledStream.buffered(plain);
            if (early > 0) {
                throw new IOException(early + " bytes came from " + host + ":" + port + " before TLS began, and nobody has read them: "
                        + "somebody may have put them there; read the answer to the end before TLS begins");
            }
            return new TlsEngineStream(plain, engine, options, TlsRecords.NOTHING);
        });
    }

    static TlsStream server(ByteStream plain, TlsOptions options) throws IOException {
        return shakeHands(plain, options, () -> {
            ByteBuffer read = TlsRecords.NOTHING;
            SSLContext context = null;
            if (options.contextByName() != null) {
                read = ByteBuffer.allocate(2 * ClientHello.LIMIT);
                context = options.contextByName().apply(nameAskedFor(plain, read));
            }
            SSLEngine engine = (context == null ? options.context().get() : context).createSSLEngine();
            engine.setUseClientMode(false);
            return new TlsEngineStream(plain, engine, options, read);
        });
    }

    private static String nameAskedFor(ByteStream plain, ByteBuffer read) throws IOException {
        var hello = new ClientHello();
        String name = null;
        boolean more = true;
        while (name == null && more && read.hasRemaining()) {
            more = plain.read(read) >= 0;
            name = hello.hostName(read);
        }
        read.flip();
        return name == null ? "" : name;
    }

    private static TlsStream shakeHands(ByteStream plain, TlsOptions options, Body<TlsEngineStream, IOException> beginning)
            throws IOException {
        try {
            return Async.<TlsStream, IOException>timeout(options.handshakeTimeout(), () -> {
                TlsEngineStream stream = beginning.run();
                stream.handshake();
                return stream;
            });
        } catch (Throwable e) {
            plain.abort();
            throw e;
        }
    }

    // ---- the handshake

    private void handshake() throws IOException {
        try {
            engine.beginHandshake();
            while (!open) {
                open = !step(engine.getHandshakeStatus());
            }
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
                records.wrap(TlsRecords.NOTHING);
                records.send();
            }
            case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                SSLEngineResult result = records.unwrap();
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
            records.wrapEnd();
            records.send();
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }

    // ---- reading

    @Override
    @Nullable ByteBuffer receiveMore() throws IOException {
        try {
            records.clearOpened();
            while (!records.hasOpened() && !inputEnded) {
                receiveRecord();
            }
            return records.hasOpened() ? records.opened() : null;
        } catch (IOException e) {
            if (!released) {
                inputFailure = e;
            }
            throw released ? closed(e) : e;
        }
    }

    private void receiveRecord() throws IOException {
        SSLEngineResult result = records.unwrap();
        if (result == null && !options.truncationAllowed()) {
            throw new SSLException(plain + " ended without the message that ends TLS: what was received may not be all that was sent");
        }
        if (result == null || result.getStatus() == Status.CLOSED) {
            inputEnded = true;
        } else if (!records.hasOpened()) {
            answer(result.getHandshakeStatus());
        }
    }

    /** Does what the engine asks for between two records. */
    private void answer(HandshakeStatus asked) throws IOException {
        if (asked == HandshakeStatus.NEED_TASK) {
            if (!isNewest()) {
                throw new SSLException("the peer of " + this + " wants to shake hands again, which is refused");
            }
            runTasks();
        }
        if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && writers.tryAcquire()) {
            try {
                records.wrap(TlsRecords.NOTHING);
                records.send();
            } finally {
                writers.release();
            }
        }
    }

    private boolean isNewest() {
        return engine.getSession().getProtocol().equals("TLSv1.3");
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
            while (bytes.hasRemaining() && records.hasRoom()) {
                records.wrap(bytes);
            }
            records.send();
        } while (bytes.hasRemaining());
    }

    @Override
    int trySend(ByteBuffer bytes) throws IOException {
        records.trySend();
        if (records.hasUnsent() || !bytes.hasRemaining()) {
            return 0;
        }
        records.wrap(bytes);
        records.trySend(); // what the system does not take of this record leaves before the next
        return bytes.position();
    }

    @Override
    void awaitRoom() throws IOException {
        records.sendInParts();
        plain.awaitWritable();
    }

    @Override
    void sendKept() throws IOException {
        records.sendInParts();
        plain.flush();
    }

    @Override
    void sendEnd() throws IOException {
        outputEnded = true;
        records.wrapEnd();
        records.send();
    }

    @Override
    void sendRestOfEnd() throws IOException {
        if (records.hasUnsent()) {
            records.send();
        }
    }

    // ---- closing

    @Override
    Duration endLimit() {
        return END_LIMIT;
    }

    @Override
    void afterEnd() throws IOException {
        plain.close();
    }

    /**
     * After a close in order the stream below is closed, and this does nothing to it. After one that was cancelled the end still leaves,
     * if the system takes it at once, and the stream below ends in order too: a reset would destroy on its way what was written before.
     */
    @Override
    void release(boolean reset) {
        if (released) {
            return;
        }
        boolean whole = !reset && sendsRestAtOnce();
        released = true;
        PassingStream.release(plain, !whole);
    }

    private boolean sendsRestAtOnce() {
        try {
            records.trySend();
            return !records.hasUnsent();
        } catch (IOException e) {
            return false; // the stream below is closed or broken, and nobody is left to be told of the end
        }
    }

    @Override
    public ByteStream unwrap() throws IOException {
        checkOpen();
        writeEnd();
        if (!atEnd()) {
            throw new IOException(buffered() + " bytes of " + this + " were not read: read to the end, and unwrap again");
        }
        released = true;
        ByteBuffer rest = records.unopened();
        if (!rest.hasRemaining() || StapledStream.unread(plain, rest)) {
            return plain;
        }
        StreamReader.Source restFirst = target -> rest.hasRemaining() ? BufferedInput.move(rest, target) : plain.read(target);
        return ByteStream.of(StreamReader.of(restFirst), plain);
    }

    // ---- properties

    @Override
    public ByteStream plain() {
        return plain;
    }

    @Override
    public byte[] channelBinding() throws SSLException {
        try {
            if (engine.getSession() instanceof ExtendedSSLSession session) {
                return session.exportKeyingMaterialData("EXPORTER-Channel-Binding", null, 32); // RFC 9266
            }
        } catch (UnsupportedOperationException | IllegalStateException e) {
            throw new SSLException(this + " has no value to bind another protocol to: " + e.getMessage(), e);
        }
        throw new SSLException(this + " has no value to bind another protocol to: the engine of " + options + " exports none");
    }

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
