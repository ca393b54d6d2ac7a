package dev.espalier.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaitable.Succeeded;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Promise;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import dev.espalier.io.ConnectOptions;
import dev.espalier.io.Datagram;
import dev.espalier.io.Net;
import dev.espalier.io.Resolver;
import dev.espalier.io.Server;
import dev.espalier.io.SocketStream;
import dev.espalier.io.StreamClosedException;
import dev.espalier.io.UdpSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;

/**
 * All that awaits on real sockets, cancelled everywhere. A connection that nobody closed would keep its handler, and so the server, from
 * ending, and the run would fail.
 */
class SocketsSweptTest {
    private static final InetSocketAddress LOOPBACK = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private static Sweep sweep(LoopOptions.Engine engine, VoidBodyWith<LoopTester, IOException> body) throws IOException {
        Sweep.Options options = Sweep.Options.defaults()
                .withRun(Engines.Options.on(engine))
                .withKinds(Sweep.Kind.CANCEL, Sweep.Kind.FAIL); // the others are the same to a socket
        Sweep sweep = LoopTester.<IOException>sweep(options, body);
        assertThat(sweep.awaits().size() + sweep.yielding().size()).as("awaits of %s", sweep).isPositive();
        return sweep;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** A server whose handlers end with their clients. */
    private static void serving(VoidBodyWith<SocketStream, IOException> handler, VoidBodyWith<Server, IOException> body)
            throws IOException {
        TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, handler);
            body.run(server);
            server.stop();
            server.join();
            assertThat(server.statistics().active()).isZero();
            assertThat(server.statistics().failedHandlers()).isZero();
        });
    }

    private static void untilEnd(SocketStream stream) {
        try {
            stream.readAll(1 << 30);
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("reset"); // the connection was given up before anybody had it
        }
    }

    @Engines
    @DisplayName("N2: a cancelled connect leaves no connection")
    void connectsLeaveNothing(LoopOptions.Engine engine) throws IOException {
        sweep(engine, t -> serving(SocketsSweptTest::untilEnd, server -> {
            if (t.swept(() -> Net.connect(server.address())) instanceof Succeeded<SocketStream>(var stream)) {
                stream.close();
            }
        }));
    }

    @Engines
    @DisplayName("N1: of a cancelled race between addresses no connection is left, and of one that ends there is one")
    void racesBetweenAddressesLeaveNothing(LoopOptions.Engine engine) throws IOException {
        Resolver twice = _ -> {
            Async.checkpoint();
            return List.of(LOOPBACK.getAddress(), LOOPBACK.getAddress());
        };
        ConnectOptions options = ConnectOptions.defaults().withResolver(twice).withAttemptDelay(Duration.ZERO);
        sweep(engine, t -> serving(SocketsSweptTest::untilEnd, server -> {
            if (t.swept(() -> Net.connect("twice", server.port(), options)) instanceof Succeeded<SocketStream>(var stream)) {
                stream.close();
            }
        }));
    }

    @Engines
    @DisplayName("A13: a cancelled read of a socket has taken nothing")
    void readsTakeNothing(LoopOptions.Engine engine) throws IOException {
        byte[] sent = bytes("first line\nsecond line\nrest");
        sweep(engine, t -> {
            Promise<Boolean> goOn = Promise.create();
            serving(peer -> {
                peer.write(Arrays.copyOf(sent, 15));
                goOn.await();
                peer.write(Arrays.copyOfRange(sent, 15, sent.length));
            }, server -> {
                try (SocketStream stream = Net.connect(server.address())) {
                    var all = new ByteArrayOutputStream();
                    Awaitable.State<byte[]> end = t.swept(() -> {
                        byte[] first = bytes(stream.readLine() + "\n");
                        all.writeBytes(first);
                        goOn.trySucceed(true);
                        return stream.readExactly(12);
                    });
                    goOn.trySucceed(true);
                    if (end instanceof Succeeded<byte[]>(var taken)) {
                        all.writeBytes(taken);
                    }
                    all.writeBytes(stream.readAll(1_000));
                    assertThat(all.toByteArray()).isEqualTo(sent);
                }
            });
        });
    }

    @Engines
    @DisplayName("a cancelled write to a socket has sent nothing, or its output is torn and says so")
    void writesAreWholeOrTorn(LoopOptions.Engine engine) throws IOException {
        byte[] much = new byte[12 << 20];
        new Random(2).nextBytes(much);
        sweep(engine, t -> {
            var got = new ByteArrayOutputStream();
            serving(peer -> {
                peer.writeLine("welcome");
                try {
                    for (byte[] some = peer.read(100_000); some.length > 0; some = peer.read(100_000)) {
                        got.writeBytes(some);
                    }
                } catch (IOException e) {
                    assertThat(e).hasMessageContaining("reset"); // torn
                }
            }, server -> {
                SocketStream stream = Net.connect(server.address());
                assertThat(stream.readLine()).isEqualTo("welcome");
                Awaitable.State<Void> end = t.swept(() -> stream.write(much));
                boolean torn = false;
                try {
                    stream.write(bytes("x"));
                } catch (StreamClosedException e) {
                    assertThat(e).hasMessageContaining("torn");
                    torn = true;
                }
                stream.close();
                server.stop();
                server.join();
                if (end instanceof Succeeded) {
                    assertThat(torn).isFalse();
                }
                byte[] whole = end instanceof Succeeded ? much : new byte[0];
                if (torn) {
                    assertThat(got.toByteArray()).isEqualTo(Arrays.copyOf(much, got.size()));
                } else {
                    assertThat(got.size()).isEqualTo(whole.length + 1);
                    assertThat(Arrays.copyOf(got.toByteArray(), whole.length)).isEqualTo(whole);
                }
            });
        });
    }

    @Engines
    @DisplayName("B5: who waits until a socket is writable and is cancelled keeps nobody from writing")
    void waitsForRoomHarmNothing(LoopOptions.Engine engine) throws IOException {
        sweep(engine, t -> serving(peer -> peer.writeLine("got " + peer.readLine()), server -> {
            try (SocketStream stream = Net.connect(server.address())) {
                t.swept(() -> stream.awaitWritable());
                stream.writeLine("it");
                assertThat(stream.readLine()).isEqualTo("got it");
            }
        }));
    }

    @Engines
    @DisplayName("C2: a cancelled close of a socket still closes it, and what was sent arrives")
    void closesClose(LoopOptions.Engine engine) throws IOException {
        sweep(engine, t -> {
            var got = new ByteArrayOutputStream();
            serving(peer -> {
                peer.writeLine("welcome");
                got.writeBytes(peer.readAll(100));
            }, server -> {
                SocketStream stream = Net.connect(server.address());
                assertThat(stream.readLine()).isEqualTo("welcome");
                stream.write(bytes("sent"));
                t.swept(() -> stream.close());
                assertThatThrownBy(() -> stream.read(1)).isInstanceOf(StreamClosedException.class);
            });
            assertThat(got.toByteArray()).isEqualTo(bytes("sent"));
        });
    }

    @Engines
    @DisplayName("C3, C4: a server that is cancelled anywhere listens no more, and its connections end")
    void serversEnd(LoopOptions.Engine engine) throws IOException {
        sweep(engine, t -> {
            List<SocketAddress> listened = new ArrayList<>();
            List<SocketStream> clients = new ArrayList<>();
            t.swept(() -> TaskGroup.<IOException>run(group -> {
                Server server = Net.serve(group, LOOPBACK, peer -> {
                    for (String line = peer.readLine(); line != null; line = peer.readLine()) {
                        peer.writeLine(line);
                    }
                });
                listened.add(server.address());
                SocketStream client = Net.connect(server.address());
                clients.add(client);
                client.writeLine("hello");
                assertThat(client.readLine()).isEqualTo("hello");
                server.close();
            }));
            for (SocketStream client : clients) {
                try {
                    client.readAll(100); // the end, or a reset if it was never accepted: never a wait without end
                } catch (IOException e) {
                    assertThat(e).hasMessageContaining("reset");
                }
                client.abort();
            }
            for (SocketAddress address : listened) {
                assertThatThrownBy(() -> SocketChannel.open(address)).isInstanceOf(ConnectException.class);
            }
        });
    }

    @Engines
    @DisplayName("C3: a drain that is cancelled anywhere ends the server all the same")
    void drainsEnd(LoopOptions.Engine engine) throws IOException {
        sweep(engine, t -> serving(peer -> {
            peer.writeLine("welcome");
            Server.current().untilDrain(() -> Async.sleepForever());
        }, server -> {
            SocketStream client = Net.connect(server.address());
            assertThat(client.readLine()).isEqualTo("welcome");
            Task<Void> ends = t.background().start("client", () -> { // who does not would be waited for in virtual time
                assertThat(client.atEnd()).isTrue();
                client.close();
            });
            Awaitable.State<Boolean> end = t.swept(() -> server.drain(Duration.ofSeconds(5)));
            if (end instanceof Succeeded<Boolean>(var all)) {
                assertThat(all).isTrue();
            }
            assertThat(server.isDraining()).isTrue();
            ends.join();
        }));
    }

    @Engines
    @DisplayName("U1, U3: a cancelled receive has lost no packet, and a cancelled send has sent none")
    void packetsAreNotLost(LoopOptions.Engine engine) throws IOException {
        sweep(engine, t -> {
            try (UdpSocket one = UdpSocket.bind(LOOPBACK);
                    UdpSocket two = UdpSocket.bind(LOOPBACK)) {
                List<String> got = new ArrayList<>();
                Task<?> sender = t.background().start("sender", () -> {
                    one.send(Datagram.of(two.localAddress(), "a"));
                    one.send(Datagram.of(two.localAddress(), "b"));
                });
                if (t.swept(() -> two.receive()) instanceof Succeeded<Datagram>(var packet)) {
                    got.add(packet.text());
                }
                sender.join();
                while (got.size() < 2) {
                    got.add(two.receive().text());
                }
                assertThat(got).containsExactly("a", "b");
            }
        });
        sweep(engine, t -> {
            try (UdpSocket one = UdpSocket.bind(LOOPBACK);
                    UdpSocket two = UdpSocket.bind(LOOPBACK)) {
                boolean sent = t.swept(() -> one.send(Datagram.of(two.localAddress(), "a"))) instanceof Succeeded;
                one.send(Datagram.of(two.localAddress(), "last"));
                assertThat(two.receive().text()).isEqualTo(sent ? "a" : "last");
            }
        });
    }

    @Engines
    @DisplayName("N5: a cancelled look-up is given up, and the next one is answered")
    void lookUpsAreGivenUp(LoopOptions.Engine engine) throws IOException {
        List<InetAddress> answer = List.of(LOOPBACK.getAddress());
        sweep(engine, t -> TaskGroup.<IOException>run(group -> {
            Resolver slow = _ -> {
                Async.sleep(Duration.ofSeconds(1));
                return answer;
            };
            Resolver caching = Resolver.caching(group, slow, Duration.ofMinutes(1), 10);
            if (t.swept(() -> caching.resolve("host")) instanceof Succeeded<List<InetAddress>>(var found)) {
                assertThat(found).isEqualTo(answer);
            }
            assertThat(caching.resolve("host")).isEqualTo(answer);
        }));
        sweep(engine, t -> {
            if (t.swept(() -> Resolver.system().resolve("localhost")) instanceof Succeeded<List<InetAddress>>(var found)) {
                assertThat(found).isNotEmpty();
            }
            assertThat(Resolver.system().resolve("127.0.0.1")).isEqualTo(answer);
        });
    }
}
