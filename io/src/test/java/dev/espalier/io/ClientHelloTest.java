package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** What a server sees of a client before there is an engine: row E8. */
class ClientHelloTest {
    private static byte[] hello(String name) throws Exception {
        SSLEngine engine = SSLContext.getDefault().createSSLEngine();
        engine.setUseClientMode(true);
        if (!name.isEmpty()) {
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(name)));
            engine.setSSLParameters(parameters);
        }
        engine.beginHandshake();
        ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), record);
        return Arrays.copyOf(record.array(), record.position());
    }

    private static String hostName(ByteBuffer received) {
        return new ClientHello().hostName(received.duplicate().position(received.limit()));
    }

    @Test
    void theNameIsRead() throws Exception {
        assertThat(hostName(ByteBuffer.wrap(hello("www.Example.org")))).isEqualTo("www.example.org");
        assertThat(hostName(ByteBuffer.wrap(hello("")))).isEmpty();
    }

    @Test
    void aPartIsNotEnough() throws Exception {
        byte[] hello = hello("www.example.org");
        for (int length = 0; length < hello.length; length++) {
            assertThat(hostName(ByteBuffer.wrap(hello, 0, length))).as(length + " bytes").isNull();
        }
    }

    @Test
    void itMayComeByteByByte() throws Exception {
        byte[] hello = hello("www.example.org");
        var looking = new ClientHello();
        ByteBuffer received = ByteBuffer.allocate(hello.length);
        for (byte next : hello) {
            assertThat(looking.hostName(received)).isNull();
            received.put(next);
        }
        assertThat(looking.hostName(received)).isEqualTo("www.example.org");
    }

    @Property
    void recordsMayCutItAnywhere(@ForAll @Size(max = 5) List<@IntRange(min = 1, max = 200) Integer> cuts) throws Exception {
        byte[] hello = hello("www.example.org");
        ByteBuffer payload = ByteBuffer.wrap(hello, 5, hello.length - 5);
        ByteBuffer records = ByteBuffer.allocate(hello.length + 100);
        for (int cut : cuts) {
            record(records, payload, Math.min(cut, payload.remaining()));
        }
        record(records, payload, payload.remaining());
        assertThat(hostName(records.flip())).isEqualTo("www.example.org");
        assertThat(records.position()).isZero();
    }

    private static void record(ByteBuffer to, ByteBuffer payload, int length) {
        to.put(new byte[] {22, 3, 1}).putShort((short) length).put(payload.slice(payload.position(), length));
        payload.position(payload.position() + length);
    }

    @Test
    void whatIsNoHelloHasNoName() {
        assertThat(hostName(ByteBuffer.wrap("GET / HTTP/1.1".getBytes(java.nio.charset.StandardCharsets.US_ASCII))))
                .isEmpty();
        assertThat(hostName(ByteBuffer.wrap(new byte[] {22, 3, 1, 0, 4, 2, 0, 0, 0}))).as("another message").isEmpty();
        assertThat(hostName(ByteBuffer.wrap(new byte[] {22, 3, 1, 0, 4, 1, 1, 0, 0}))).as("a long one").isEmpty();
        assertThat(hostName(ByteBuffer.wrap(new byte[] {22, 3, 1, 0, 4, 1, 0, 0, 0}))).as("an empty one").isEmpty();
    }

    @Property
    void anyBytesDoNoHarm(@ForAll byte[] bytes, @ForAll @IntRange(max = 400) int at, @ForAll byte value) throws Exception {
        String name = hostName(ByteBuffer.wrap(bytes));
        Assume.that(bytes.length == 0 || bytes[0] != 22);
        assertThat(name).isEqualTo(bytes.length == 0 ? null : "");
        byte[] hello = hello("www.example.org");
        hello[at % hello.length] = value;
        hostName(ByteBuffer.wrap(hello)); // returns
    }
}
