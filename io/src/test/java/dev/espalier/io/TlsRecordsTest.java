package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Engines that ask for more room, and that never come to an end. */
class TlsRecordsTest extends OnBothEngines {
    @Test
    @DisplayName("T3: an engine that finds too little room gets more, as often as it asks, and no byte is lost")
    void buffersGrow() throws IOException {
        inGroup(_ -> {
            ByteStream.Pair pair = ByteStream.pair(1 << 20);
            var engine = new Odd();
            var records = new TlsRecords(engine, pair.left(), TlsRecords.NOTHING);
            engine.room = 200_000; // as its session says from now on
            pair.right().write("four");
            assertThat(records.unwrap()).isNotNull();
            assertThat(records.opened().remaining()).isEqualTo(4);
            records.wrap(ByteBuffer.wrap(new byte[3]));
            records.send();
            assertThat(pair.right().readExactly(3)).hasSize(3);
        });
    }

    @Test
    @DisplayName("T3: an engine that wants more room than it says fails, and does not spin")
    void noRoomIsEnough() throws IOException {
        inGroup(_ -> {
            var engine = new Odd();
            var records = new TlsRecords(engine, ByteStream.pair(1000).left(), TlsRecords.NOTHING);
            engine.least = 1 << 20;
            assertThatThrownBy(() -> records.wrap(TlsRecords.NOTHING)).isInstanceOf(SSLException.class).hasMessageContaining("no room");
            assertThatThrownBy(records::unwrap).isInstanceOf(SSLException.class).hasMessageContaining("no room");
        });
    }

    @Test
    @DisplayName("T3: an end in the middle of a record is a failure, whatever else is allowed")
    void theEndOfAPartIsAFailure() throws IOException {
        inGroup(_ -> {
            ByteStream.Pair pair = ByteStream.pair(1000);
            var records = new TlsRecords(new Odd(), pair.left(), TlsRecords.NOTHING);
            pair.right().write("abc"); // of four
            pair.right().writeEnd();
            assertThatThrownBy(records::unwrap).isInstanceOf(SSLException.class).hasMessageContaining("in the middle of a record");
        });
    }

    @Test
    @DisplayName("T4: an engine that never says that it is done does not hold up the end")
    void theEndIsFound() throws IOException {
        inGroup(_ -> {
            ByteStream.Pair pair = ByteStream.pair(1000);
            var records = new TlsRecords(new Odd(), pair.left(), TlsRecords.NOTHING);
            records.wrapEnd();
            assertThat(records.hasUnsent()).isFalse();
        });
    }

    /** Copies bytes, four at least, wants as much room as it is told to, and is never done. */
    private static final class Odd extends SSLEngine {
        private final SSLEngine real;
        int room = 20_000; // that its session asks for
        int least = 20_000; // that it really wants

        Odd() {
            try {
                real = SSLContext.getDefault().createSSLEngine();
            } catch (NoSuchAlgorithmException e) {
                throw new AssertionError(e);
            }
        }

        private SSLEngineResult copy(ByteBuffer from, int needed, ByteBuffer to) {
            if (to.remaining() < Math.max(room, least)) {
                return new SSLEngineResult(Status.BUFFER_OVERFLOW, HandshakeStatus.NOT_HANDSHAKING, 0, 0);
            }
            if (from.remaining() < needed) {
                return new SSLEngineResult(Status.BUFFER_UNDERFLOW, HandshakeStatus.NOT_HANDSHAKING, 0, 0);
            }
            int count = from.remaining();
            to.put(from);
            return new SSLEngineResult(Status.OK, HandshakeStatus.NOT_HANDSHAKING, count, count);
        }

        @Override
        public SSLEngineResult wrap(ByteBuffer[] from, int offset, int length, ByteBuffer to) {
            return copy(from[offset], 0, to);
        }

        @Override
        public SSLEngineResult unwrap(ByteBuffer from, ByteBuffer[] to, int offset, int length) {
            return copy(from, 4, to[offset]);
        }

        @Override
        public boolean isOutboundDone() {
            return false;
        }

        @Override
        public SSLSession getSession() {
            return (SSLSession) Proxy.newProxyInstance(null, new Class<?>[] {SSLSession.class}, (_, method, _) ->
                    switch (method.getName()) {
                        case "getPacketBufferSize", "getApplicationBufferSize" -> room;
                        default -> throw new UnsupportedOperationException(method.getName());
                    });
        }

        @Override
        public Runnable getDelegatedTask() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void closeInbound() {}

        @Override
        public boolean isInboundDone() {
            return false;
        }

        @Override
        public void closeOutbound() {}

        @Override
        public String[] getSupportedCipherSuites() {
            return real.getSupportedCipherSuites();
        }

        @Override
        public String[] getEnabledCipherSuites() {
            return real.getEnabledCipherSuites();
        }

        @Override
        public void setEnabledCipherSuites(String[] suites) {}

        @Override
        public String[] getSupportedProtocols() {
            return real.getSupportedProtocols();
        }

        @Override
        public String[] getEnabledProtocols() {
            return real.getEnabledProtocols();
        }

        @Override
        public void setEnabledProtocols(String[] protocols) {}

        @Override
        public void beginHandshake() {}

        @Override
        public HandshakeStatus getHandshakeStatus() {
            return HandshakeStatus.NOT_HANDSHAKING;
        }

        @Override
        public void setUseClientMode(boolean mode) {}

        @Override
        public boolean getUseClientMode() {
            return true;
        }

        @Override
        public void setNeedClientAuth(boolean need) {}

        @Override
        public boolean getNeedClientAuth() {
            return false;
        }

        @Override
        public void setWantClientAuth(boolean want) {}

        @Override
        public boolean getWantClientAuth() {
            return false;
        }

        @Override
        public void setEnableSessionCreation(boolean flag) {}

        @Override
        public boolean getEnableSessionCreation() {
            return true;
        }
    }
}
