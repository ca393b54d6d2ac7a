package dev.espalier.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.Promise;
import dev.espalier.core.TaskGroup;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Netty at the other end, as a client and as a server. */
class NettyTest extends OnBothEngines {
    @TempDir
    private static Path folder;

    private static SSLContext context;
    private static byte[] much;

    private final NettyPeer netty = new NettyPeer();

    @BeforeAll
    static void prepare() throws Exception {
        KeyStore localhost = Certificates.of(folder, "localhost");
        context = Certificates.context(localhost);
        much = new byte[6 << 20];
        new Random(11).nextBytes(much);
    }

    @AfterEach
    void endTheLoop() {
        netty.close();
    }

    // ---- its client, our server

    /** Waits for the end of all connections, of which there was one, and which ended in good order. */
    private static void endInOrder(Server server) {
        server.stop();
        server.join();
        assertThat(server.statistics()).isEqualTo(new Server.Statistics(1, 0, 0, 0, 0, 0));
    }

    @Test
    void itsClientTalksToOurServerAndEndsItsSideFirst() throws IOException { // A1, B7
        var answer = new NettyPeer.Collector();
        inGroup(group -> {
            Server server = Net.serve(group, LOOPBACK, OnBothEngines::echo);
            netty.connect(server, pipeline -> pipeline.addLast(
                    new NettyPeer.Sender(much, () -> ((SocketChannel) pipeline.channel()).shutdownOutput()), answer));
            assertThat(Async.await(answer.all)).isEqualTo(much);
            endInOrder(server);
        });
    }

    @Test
    void itsClientTalksToOurServerUnderTls() throws IOException { // E1, E7
        var answer = new NettyPeer.Collector();
        inGroup(group -> {
            TlsOptions options = TlsOptions.of(context).withApplicationProtocols("two", "one");
            Server server = Net.serve(group, LOOPBACK, options, stream -> {
                assertThat(stream.applicationProtocol()).isEqualTo("one");
                byte[] received = stream.readExactly(much.length);
                stream.write(received);
            });
            SslHandler tls = NettyPeer.tls(context, "localhost", "one");
            netty.connect(server, pipeline -> pipeline.addLast(tls, new NettyPeer.Sender(much, () -> {}), answer));
            assertThat(Async.await(answer.all)).isEqualTo(much);
            assertThat(tls.engine().getApplicationProtocol()).isEqualTo("one");
            endInOrder(server);
        });
    }

    @Test
    void itsClientEndsTlsAndHearsTheRest() throws IOException { // E6, T5
        var answer = new NettyPeer.Collector();
        inGroup(group -> {
            Server server = Net.serve(group, LOOPBACK, TlsOptions.of(context), stream -> {
                byte[] received = stream.readAll(much.length); // up to its end
                stream.write(received);
            });
            SslHandler tls = NettyPeer.tls(context, "localhost");
            netty.connect(server, pipeline -> pipeline.addLast(tls, new NettyPeer.Sender(much, tls::closeOutbound), answer));
            assertThat(Async.await(answer.all)).isEqualTo(much);
            endInOrder(server);
        });
    }

    @Test
    void ourWriteWaitsWhileItsClientDoesNotRead() throws IOException { // W1
        var answer = new NettyPeer.Collector();
        inGroup(group -> {
            Promise<SocketStream> begun = Promise.create();
            Server server = Net.serve(group, LOOPBACK, stream -> {
                begun.succeed(stream);
                for (int i = 0; i < 4; i++) {
                    stream.write(much);
                }
            });
            Channel client = netty.connect(server, pipeline -> {
                pipeline.channel().config().setOption(ChannelOption.AUTO_READ, false);
                pipeline.addLast(answer);
            });
            SocketStream stream = begun.await();
            long before = -1;
            for (int still = 0; still < 20; still = stream.bytesSent() == before ? still + 1 : 0) { // looks in a row
                before = stream.bytesSent();
                Async.sleep(Duration.ofMillis(2));
            }
            assertThat(before).isPositive().isLessThan(4 * much.length);
            client.config().setAutoRead(true);
            assertThat(Async.await(answer.all)).hasSize(4 * much.length);
            server.close();
        });
    }

    @Test
    void itsResetIsTold() throws IOException { // C3
        inGroup(group -> {
            Promise<IOException> told = Promise.create();
            Server server = Net.serve(group, LOOPBACK, stream -> {
                assertThat(stream.readLine()).isEqualTo("the last words");
                try {
                    stream.read(1);
                } catch (IOException e) {
                    told.succeed(e);
                }
            });
            netty.connect(server, pipeline -> {
                pipeline.channel().config().setOption(ChannelOption.SO_LINGER, 0);
                pipeline.addLast(new NettyPeer.Sender("the last words\n".getBytes(UTF_8), pipeline::close));
            });
            assertThat(told.await()).isInstanceOf(SocketException.class).hasMessageContaining("reset");
            server.close();
        });
    }

    // ---- our client, its server

    private static void exchange(ByteStream stream) throws IOException {
        TaskGroup.<IOException>run(group -> {
            group.start(() -> {
                stream.write(much);
                stream.writeEnd();
            });
            assertThat(stream.readAll(much.length)).isEqualTo(much);
        });
    }

    @Test
    void ourClientTalksToItsServerAndEndsItsSideFirst() throws IOException {
        int port = netty.serve(pipeline -> pipeline.addLast(new NettyPeer.Echo()));
        this.<IOException>run(() -> {
            try (SocketStream stream = Net.connect("127.0.0.1", port)) {
                exchange(stream);
            }
        });
    }

    @Test
    void ourClientTalksToItsServerUnderTls() throws IOException {
        int port = netty.serve(pipeline -> pipeline.addLast(NettyPeer.tls(context, "", "one", "two"), new NettyPeer.Echo()));
        TlsOptions options = TlsOptions.of(context).withApplicationProtocols("two");
        this.<IOException>run(() -> {
            try (TlsStream stream = TlsStream.client(Net.connect("127.0.0.1", port), "localhost", port, options)) {
                assertThat(stream.applicationProtocol()).isEqualTo("two");
                exchange(stream);
            }
        });
    }

    @Test
    void framesAreTheSameOnBothSides() throws IOException { // A11
        int port = netty.serve(pipeline -> pipeline.addLast(new LengthFieldPrepender(4),
                new LengthFieldBasedFrameDecoder((1 << 20) + 4, 0, 4, 0, 4), new NettyPeer.Echo()));
        this.<IOException>run(() -> {
            try (SocketStream stream = Net.connect("127.0.0.1", port)) {
                Framed<byte[]> frames = Framed.of(stream, Framing.lengthPrefixed(4, ByteOrder.BIG_ENDIAN, 1 << 20));
                for (int size : new int[] {0, 1, 100, 70_000, 1 << 20}) {
                    byte[] frame = Arrays.copyOf(much, size);
                    frames.write(frame);
                    assertThat(frames.read()).isEqualTo(frame);
                }
            }
        });
    }

    @Test
    void ourAbortIsAResetForIt() throws IOException { // C3
        var collector = new NettyPeer.Collector();
        int port = netty.serve(pipeline -> pipeline.addLast(collector));
        this.<IOException>run(() -> {
            SocketStream stream = Net.connect("127.0.0.1", port);
            stream.write("x");
            stream.abort();
            assertThatThrownBy(() -> Async.await(collector.all)).cause().hasMessageContaining("reset");
        });
    }
}
