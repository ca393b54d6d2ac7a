package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row E3: after TLS, in the clear. */
class TlsUnwrapTest extends OnBothEngines {
    @TempDir
    private static Path folder;

    private static TlsOptions tls;

    @BeforeAll
    static void certificates() throws Exception {
        tls = TlsOptions.of(Certificates.context(Certificates.of(folder, "localhost")));
    }

    private record Streams(TlsStream client, TlsStream server) {
        static Streams over(ByteStream client, ByteStream server, String protocol) {
            TlsOptions options = tls.withProtocols(protocol);
            return Async.gather(() -> TlsStream.client(client, "localhost", 443, options),
                    () -> TlsStream.server(server, options), Streams::new);
        }
    }

    /** Of a kind that is none of ours. */
    private static ByteStream foreign(ByteStream stream) {
        return (ByteStream) Proxy.newProxyInstance(ByteStream.class.getClassLoader(), new Class<?>[] {ByteStream.class},
                (_, method, arguments) -> {
                    try {
                        return method.invoke(stream, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    @DisplayName("E3: both sides go on in the clear, and what came with the end of TLS is not lost")
    void bothGoOnInTheClear() throws IOException {
        this.<IOException>run(() -> {
            for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
                ByteStream.Pair pair = ByteStream.pair(100_000);
                for (ByteStream below : List.of(pair.left(), ByteStream.of(pair.left(), pair.left()), foreign(pair.left()))) {
                    Streams streams = Streams.over(below, pair.right(), protocol);
                    TlsStream stream = streams.client;
                    streams.server.writeLine("secret");
                    assertThat(stream.readLine()).isEqualTo("secret");
                    Async.gather(
                            () -> {
                                ByteStream peer = streams.server.unwrap();
                                peer.writeLine("in the clear"); // may come together with the end of TLS
                                assertThat(peer.readLine()).isEqualTo("here too");
                                return peer;
                            },
                            () -> {
                                // @start region="unwrap"
                                ByteStream plain = stream.unwrap();
                                plain.writeLine("here too");
                                // @end
                                assertThat(plain.readLine()).isEqualTo("in the clear");
                                return plain;
                            });
                    assertThatThrownBy(() -> stream.read(1)).isInstanceOf(StreamClosedException.class);
                    stream.close();
                }
            }
        });
    }

    @Test
    void whatWasNotReadIsNotThrownAway() throws IOException {
        this.<IOException>run(() -> {
            for (int kind = 0; kind < 3; kind++) {
                ByteStream.Pair pair = ByteStream.pair(100_000);
                ByteStream left = pair.left();
                ByteStream below = List.of(left, ByteStream.of(left, left), foreign(left)).get(kind);
                Streams streams = Streams.over(below, pair.right(), "TLSv1.3");
                streams.server.write("abc");
                streams.server.writeEnd();
                pair.right().write("clear"); // comes with the end of TLS
                assertThatThrownBy(() -> streams.client.unwrap()).isInstanceOf(IOException.class).hasMessageContaining("3 bytes");
                assertThat(streams.client.readAll(10)).asString().isEqualTo("abc");
                ByteStream plain = streams.client.unwrap();
                assertThat(plain == below).as("itself, if it is one of ours").isEqualTo(kind < 2);
                assertThat(plain.readString(5)).isEqualTo("clear");
                pair.right().write("more");
                assertThat(plain.readString(4)).isEqualTo("more");
            }
        });
    }
}
