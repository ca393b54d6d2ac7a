package dev.espalier.io;

import dev.espalier.core.Awaits;
import dev.espalier.core.DeadlineExceededException;
import java.io.IOException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/**
 * A stream under TLS, over another stream.
 *
 * {@snippet class="dev.espalier.io.TlsTest" region="tls"}
 *
 * <p><b>The end.</b> A peer ends its direction with a message of the protocol. If the stream below ends without one, somebody may
 * have cut it off: reading then fails, unless {@link TlsOptions#truncationAllowed()}. {@link #writeEnd()} ends one direction and
 * leaves the other open, where both sides speak TLS 1.3; an older peer ends both.
 *
 * <p><b>Cancellation.</b> A cancelled read loses nothing. A write is cut into records, and a record that was made must leave: if
 * a write is cancelled after the first, the output is torn, as with any stream.
 *
 * <p><b>Threads.</b> As the stream below. The expensive parts of a handshake run on offload threads.
 */
public interface TlsStream extends ByteStream {
    /**
     * Begins TLS on a stream, as the client, and shakes hands. Over a fresh connection, or in the middle of one, after a protocol
     * has agreed to do so.
     *
     * @param plain the stream below, which is this stream's from now on, also if this fails
     * @param host the name that the certificate of the server must bear, and that it is told
     * @param port the port, for the resumption of sessions; from 1 to 65535
     * @param options how
     * @return the stream
     * @throws SSLException if the peer cannot be trusted, or speaks no TLS; the stream below is aborted
     * @throws IOException if the connection broke, or if bytes came that nobody has read before the client asked for TLS: whoever
     *     sent them could not know what they answer
     * @throws DeadlineExceededException if the handshake took longer than {@link TlsOptions#handshakeTimeout()}
     */
    @Awaits
    static TlsStream client(ByteStream plain, String host, int port, TlsOptions options) throws IOException {
        return TlsEngineStream.client(plain, host, port, options);
    }

    /**
     * Begins TLS on a stream, as the server, and shakes hands. What was read ahead of the plain stream belongs to TLS.
     *
     * @param plain the stream below, which is this stream's from now on, also if this fails
     * @param options how; its context needs a certificate
     * @return the stream
     * @throws SSLException if the peer speaks no TLS, or none that both understand; the stream below is aborted
     * @throws IOException if the connection broke
     * @throws DeadlineExceededException if the handshake took longer than {@link TlsOptions#handshakeTimeout()}
     */
    @Awaits
    static TlsStream server(ByteStream plain, TlsOptions options) throws IOException {
        return TlsEngineStream.server(plain, options);
    }

    /**
     * Ends TLS on both sides and gives the stream below back, open: for protocols that go on in the clear. Ends this side's direction,
     * waits for the peer's end, and returns to the stream below what the peer has sent after it.
     *
     * {@snippet class="dev.espalier.io.TlsUnwrapTest" region="unwrap"}
     *
     * <p><b>Cancellation.</b> Nothing is lost; called again, it goes on.
     *
     * @return the stream below, which is the caller's again; this stream is closed
     * @throws IOException if the peer sends more before its end: read to the end, and call again; or as {@link #read(int)} and {@link
     *     #writeEnd}
     */
    @Awaits
    ByteStream unwrap() throws IOException;

    /**
     * {@return the stream below} To be asked for its addresses and options; who reads, writes or closes it breaks this stream.
     */
    ByteStream plain();

    /**
     * Tells what this connection, and no other, has in common with the peer: a protocol above that signs it, or puts it into its own
     * proof (SCRAM-PLUS), cannot be passed on by somebody in the middle. It is {@code tls-exporter} of RFC 9266. The older {@code
     * tls-unique} does not exist in TLS 1.3.
     *
     * {@snippet class="dev.espalier.io.TlsServerTest" region="binding"}
     *
     * @return 32 bytes, the same at both ends
     * @throws SSLException if what was agreed on has no such value, which with TLS 1.2 may be
     */
    byte[] channelBinding() throws SSLException;

    /**
     * {@return what was agreed on: protocol, cipher suite, certificates} With the JDK's TLS it is a {@link
     * javax.net.ssl.ExtendedSSLSession}, which also has the host that a client asked for, and other keying material.
     */
    SSLSession session();

    /**
     * {@return the protocol that both sides chose by ALPN; empty if none}
     */
    String applicationProtocol();
}
