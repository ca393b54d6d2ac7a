package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.core.Async;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Promise;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.Condition;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that were told how: rows C1, C6, C8, C9, B11. */
class ServeOptionsTest extends OnBothEngines {
    @TempDir
    private Path folder;

    @Test
    void optionsAreGivenToAServer() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            // @start region="options"
            ServeOptions options = ServeOptions.defaults().withMaxConnections(1_000).withLinger(Duration.ofSeconds(5));
            Server server = Net.serve(group, new InetSocketAddress(0), options, stream -> stream.writeLine("welcome"));
            // @end
            try (SocketStream stream = Net.connect("127.0.0.1", server.port())) {
                assertThat(stream.readLine()).isEqualTo("welcome");
            }
            server.close();
        }));
    }

    @Test
    @DisplayName("C9: at the limit nothing is accepted, and whoever waits is served when a connection has ended")
    void acceptPausesAtTheLimit() throws IOException {
        assumeBothFamilies();
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            int[] active = {0};
            Set<Integer> seen = new TreeSet<>();
            List<SocketAddress> both = List.of(LOOPBACK, LOOPBACK6);
            Server server = Net.serve(group, both, ServeOptions.defaults().withMaxConnections(2), stream -> {
                seen.add(++active[0]);
                Async.sleep(Duration.ofMillis(5));
                stream.writeLine("" + stream.readLine());
                active[0]--;
            });
            TaskGroup.<IOException>run(clients -> {
                for (int i = 0; i < 12; i++) {
                    String line = "hello " + i;
                    SocketAddress address = server.addresses().get(i % 2);
                    clients.start(() -> {
                        try (SocketStream stream = Net.connect(address)) {
                            stream.writeLine(line);
                            assertThat(stream.readLine()).isEqualTo(line);
                            assertThat(server.statistics().active()).isLessThanOrEqualTo(2);
                        }
                    });
                }
            });
            assertThat(seen).containsExactly(1, 2);
            server.stop();
            server.join();
            assertThat(server.statistics().accepted()).isEqualTo(12);
            assertThat(server.statistics().active()).isZero();
        }));
        assertThat(driver.open()).isZero();
    }

    private static void assumeBothFamilies() {
        boolean bound;
        try (var _ = new ServerSocket(0, 1, LOOPBACK6.getAddress())) {
            bound = true;
        } catch (IOException e) {
            bound = false;
        }
        assumeTrue(bound, "this machine has no address ::1");
    }

    @Test
    @DisplayName("C9: a server that is full and stopped, or cancelled, ends")
    void fullServerEnds() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, ServeOptions.defaults().withMaxConnections(1), OnBothEngines::echo);
            SocketStream served = Net.connect(server.address());
            served.writeLine("x");
            assertThat(served.readLine()).isEqualTo("x");
            SocketStream waits = Net.connect(server.address());
            server.stop();
            assertThatThrownBy(() -> waits.read(1)).isInstanceOf(SocketException.class);
            served.close();
            server.join();
        }));
        assertThat(driver.open()).isOne(); // the client that was reset and not closed
    }

    @Test
    @DisplayName("C6: several addresses that leave the port to the system get the same, and one server serves them all")
    void severalAddressesShareAPort() throws IOException {
        assumeBothFamilies();
        UnixDomainSocketAddress path = UnixDomainSocketAddress.of(folder.resolve("socket"));
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, List.of(LOOPBACK, path, LOOPBACK6), ServeOptions.defaults(), OnBothEngines::echo);
            assertThat(server.addresses()).hasSize(3).contains(path).startsWith(server.address());
            assertThat(server.addresses().getLast()).isEqualTo(new InetSocketAddress("::1", server.port()));
            for (SocketAddress address : server.addresses()) {
                try (SocketStream stream = Net.connect(address)) {
                    stream.writeLine("to " + address);
                    assertThat(stream.readLine()).isEqualTo("to " + address);
                }
            }
            server.close();
            for (SocketAddress address : server.addresses()) {
                assertThatThrownBy(() -> Net.connect(address)).isInstanceOf(ConnectException.class);
            }
        }));
        assertThat(Files.exists(path.getPath())).isFalse();
        assertThat(driver.open()).isZero();
    }

    @Test
    @DisplayName("C6: if one of the addresses is taken, nothing listens")
    void nothingListensIfOneAddressIsTaken() throws IOException {
        assumeBothFamilies();
        UnixDomainSocketAddress path = UnixDomainSocketAddress.of(folder.resolve("socket"));
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server other = Net.serve(group, LOOPBACK, OnBothEngines::echo);
            assertThatThrownBy(() -> Net.serve(
                            group, List.of(path, LOOPBACK6, other.address()), ServeOptions.defaults(), OnBothEngines::echo))
                    .isInstanceOf(BindException.class)
                    .hasMessageContaining("cannot listen on " + other.address());
            other.close();
        }));
        assertThat(Files.exists(path.getPath())).isFalse();
        assertThat(driver.open()).isZero();
    }

    @Test
    @DisplayName("C6: the wildcard address is reached over both families")
    void wildcardHasBothFamilies() throws IOException {
        assumeBothFamilies();
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, 0, OnBothEngines::echo);
            for (String host : List.of("127.0.0.1", "::1")) {
                try (SocketStream stream = Net.connect(host, server.port())) {
                    stream.writeLine(host);
                    assertThat(stream.readLine()).isEqualTo(host);
                }
            }
            server.close();
        }));
    }

    @Test
    @DisplayName("C8: servers that ask for it share a port, and the system spreads the connections over them")
    void serversShareAPort() throws IOException {
        ServeOptions shared = ServeOptions.defaults().withReusePort(true);
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server first = Net.serve(group, LOOPBACK, shared, stream -> stream.writeLine("first"));
            assertThatThrownBy(() -> Net.serve(group, first.address(), OnBothEngines::echo)).isInstanceOf(BindException.class);
            Server second = Net.serve(group, first.address(), shared, stream -> stream.writeLine("second"));
            Set<String> seen = new TreeSet<>();
            for (int i = 0; i < 200 && seen.size() < 2; i++) {
                try (SocketStream stream = Net.connect(first.address())) {
                    seen.add("" + stream.readLine());
                }
            }
            assertThat(seen).containsExactly("first", "second");
            first.close();
            second.close();
        }));
    }

    @Test
    @DisplayName("C1: the queue of the system is as long as asked for, and longer than one by default")
    void backlogIsAskedFor() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, ServeOptions.defaults().withBacklog(1), OnBothEngines::echoUntilReset);
            List<SocketChannel> clients = new ArrayList<>();
            for (int i = 0; i < 8; i++) { // holds the loop: nothing is accepted meanwhile
                SocketChannel client = SocketChannel.open();
                client.configureBlocking(false);
                client.connect(server.address());
                clients.add(client);
            }
            assertThat(clients).as("the system takes one more than it queues").haveAtMost(2, new Condition<>(
                    ServeOptionsTest::finished, "connected"));
            for (SocketChannel client : clients) {
                client.close();
            }
            server.close();
        }));
        reports.clear(); // of clients that were gone
    }

    private static boolean finished(SocketChannel channel) {
        try {
            return channel.finishConnect();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName("B11: without a time for it, nothing that still comes is discarded, and the close is short")
    void lingerIsAskedFor() throws IOException {
        for (Duration linger : List.of(Duration.ZERO, Duration.ofMillis(300))) {
            Duration shortest = Duration.ofHours(1);
            for (int i = 0; i < 5 && shortest.compareTo(linger.plusMillis(1_500)) > 0; i++) { // two seconds are usual
                Duration took = timeToClose(linger);
                assertThat(took).isGreaterThanOrEqualTo(linger);
                shortest = took.compareTo(shortest) < 0 ? took : shortest;
            }
            assertThat(shortest).isLessThanOrEqualTo(linger.plusMillis(1_500));
        }
    }

    @Test
    @DisplayName("C9: a server cuts peers that are too slow, harms nobody else, and tells of one a minute")
    void slowPeersAreCut() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            // @start region="limits"
            StreamLimits limits = StreamLimits.none().withRead(Duration.ofSeconds(1)).withWrite(Duration.ofSeconds(30));
            Server server = Net.serve(group, LOOPBACK, ServeOptions.defaults().withLimits(limits), stream -> {
                String request = stream.readLine();
                ((LimitedStream) stream).setLimits(limits.withRead(Duration.ofHours(1))); // for what is known to take long
                stream.writeLine("answer to " + request);
            });
            // @end
            List<SocketStream> silent = List.of(Net.connect(server.address()), Net.connect(server.address()));
            try (SocketStream stream = Net.connect(server.address())) {
                stream.writeLine("a question");
                assertThat(stream.readLine()).isEqualTo("answer to a question");
            }
            for (SocketStream stream : silent) {
                assertThatThrownBy(() -> stream.read(1)).hasMessageContaining("reset");
                stream.close();
            }
            server.stop();
            server.join();
            assertThat(server.statistics()).isEqualTo(new Server.Statistics(3, 0, 0, 0, 0, 2));
        }));
        assertThat(reports).hasSize(1);
        assertThat(reports.getFirst().message()).contains("once a minute");
        assertThat(reports.removeFirst().exception()).isInstanceOf(StreamTimeoutException.class).hasMessageContaining("PT1S");
    }

    @Test
    @DisplayName("C9: one address gets no more connections than its share, and others are served meanwhile")
    void eachAddressHasItsShare() throws IOException {
        inGroup(group -> {
            // @start region="perAddress"
            ServeOptions options = ServeOptions.defaults().withMaxPerAddress(2);
            // @end
            Server server = Net.serve(group, LOOPBACK, options, OnBothEngines::echo);
            List<SocketStream> open = List.of(Net.connect(server.address()), Net.connect(server.address()));
            assertThatThrownBy(() -> {
                try (SocketStream third = Net.connect(server.address())) {
                    third.readLine();
                }
            }).isInstanceOf(SocketException.class).hasMessageContaining("reset");
            ConnectOptions elsewhere = ConnectOptions.defaults().withLocalAddress(new InetSocketAddress("127.0.0.2", 0));
            try (SocketStream stream = Net.connect("127.0.0.1", server.port(), elsewhere)) {
                stream.writeLine("x");
                assertThat(stream.readLine()).isEqualTo("x");
            }
            open.getFirst().close();
            while (server.statistics().active() > 1) {
                Async.sleep(Duration.ofMillis(1));
            }
            try (SocketStream stream = Net.connect(server.address())) {
                stream.writeLine("y");
                assertThat(stream.readLine()).isEqualTo("y");
            }
            open.getLast().close();
            server.stop();
            server.join();
            assertThat(server.statistics()).isEqualTo(new Server.Statistics(4, 0, 1, 0, 0, 0));
        });
    }

    @Test
    @DisplayName("C9: addresses of IPv6 that share their first 64 bits count as one")
    void networksOfIpv6CountAsOne() throws IOException {
        InetAddress one = PerAddress.network(InetAddress.ofLiteral("2001:db8:1:2::1"));
        assertThat(one).isEqualTo(PerAddress.network(InetAddress.ofLiteral("2001:db8:1:2:ffff:ffff:ffff:ffff")))
                .isNotEqualTo(PerAddress.network(InetAddress.ofLiteral("2001:db8:1:3::1")));
        assertThat(PerAddress.network(InetAddress.ofLiteral("192.0.2.1"))).isEqualTo(InetAddress.ofLiteral("192.0.2.1"));
        assumeBothFamilies();
        inGroup(group -> {
            Server server = Net.serve(group, LOOPBACK6, ServeOptions.defaults().withMaxPerAddress(1), OnBothEngines::echo);
            try (SocketStream stream = Net.connect(server.address())) {
                stream.writeLine("x");
                assertThat(stream.readLine()).isEqualTo("x");
                assertThatThrownBy(() -> Net.connect(server.address()).read(1)).hasMessageContaining("reset");
            }
            server.stop();
            server.join();
            assertThat(server.statistics().refused()).isOne();
        });
    }

    @Test
    @DisplayName("C9: connections that come faster than the rate wait in the queue of the system")
    void acceptingKeepsItsPace() throws IOException {
        inGroup(group -> {
            ServeOptions options = ServeOptions.defaults().withAcceptRate(200); // one each 5 ms, and 20 after a pause
            Server server = Net.serve(group, LOOPBACK, options, stream -> stream.writeLine("welcome"));
            long began = System.nanoTime();
            for (int i = 0; i < 24; i++) {
                try (SocketStream stream = Net.connect(server.address())) {
                    assertThat(stream.readLine()).isEqualTo("welcome");
                }
            }
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(Duration.ofMillis(20));
            server.close();
        });
        assertThatIllegalArgumentException().isThrownBy(() -> ServeOptions.defaults().withAcceptRate(0));
    }

    @Test
    @DisplayName("C9: a server that waits for its pace and is stopped ends")
    void pacedServerEnds() throws IOException {
        inGroup(group -> {
            ServeOptions options = ServeOptions.defaults().withAcceptRate(1);
            Server server = Net.serve(group, LOOPBACK, options, stream -> stream.writeLine("welcome"));
            try (SocketStream stream = Net.connect(server.address())) {
                assertThat(stream.readLine()).isEqualTo("welcome");
            }
            long began = System.nanoTime();
            server.stop();
            server.join();
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMillis(500));
        });
    }

    @Test
    @DisplayName("C15: one server takes over the port of another, and who waits in the queue of the system is served")
    void queuedConnectionsAreServedWhenAServerStops() throws IOException {
        ServeOptions shared = ServeOptions.defaults().withReusePort(true).withLinger(Duration.ZERO);
        inGroup(group -> {
            Server old = Net.serve(group, LOOPBACK, shared, stream -> stream.writeLine("old, draining: " + Server.current().isDraining()));
            try (SocketStream stream = Net.connect(old.address())) {
                assertThat(stream.readLine()).isEqualTo("old, draining: false");
            }
            try (SocketChannel client = SocketChannel.open(old.address())) { // holds the loop: nothing is accepted meanwhile
                Server next = Net.serve(group, old.address(), shared, stream -> stream.writeLine("new"));
                assertThat(old.drain(Duration.ofSeconds(10))).isTrue();
                assertThat(Net.adopt(client).readLine()).isEqualTo("old, draining: true");
                try (SocketStream stream = Net.connect(old.address())) {
                    assertThat(stream.readLine()).isEqualTo("new");
                }
                next.close();
            }
        });
    }

    @Test
    @DisplayName("C15: who waits in the queue is served too when a callback stops the server, and its handler knows its server")
    void callbacksStopServers() throws IOException {
        inGroup(group -> {
            Server server = Net.serve(group, LOOPBACK, stream -> stream.writeLine("" + Server.current().port()));
            try (SocketStream stream = Net.connect(server.address())) {
                stream.readLine();
            }
            try (SocketChannel client = SocketChannel.open(server.address())) { // holds the loop
                EventLoop.current().callSoon(server::stop);
                Async.checkpoint();
                try (SocketStream stream = Net.adopt(client)) {
                    assertThat(stream.readLine()).isEqualTo("" + server.port());
                }
            }
            server.join();
        });
    }

    @Test
    @DisplayName("C15: a rule that fails in the callback that stops a server is told, and the server ends")
    void rulesThatFailInCallbacksAreTold() throws IOException {
        inGroup(group -> {
            boolean[] fails = {false};
            ServeOptions options = ServeOptions.defaults().withAdmission(_ -> {
                if (fails[0]) {
                    throw new IllegalStateException("no rule");
                }
                return true;
            });
            Server server = Net.serve(group, LOOPBACK, options, stream -> stream.writeLine("welcome"));
            try (SocketStream stream = Net.connect(server.address())) {
                assertThat(stream.readLine()).isEqualTo("welcome");
            }
            fails[0] = true;
            try (SocketChannel client = SocketChannel.open(server.address())) { // holds the loop
                EventLoop.current().callSoon(server::stop);
                server.join();
                assertThatThrownBy(() -> Net.adopt(client).read(1)).hasMessageContaining("reset");
            }
            assertThat(server.statistics().refused()).isOne();
        });
        assertThat(reports.removeFirst().exception()).hasMessage("no rule");
    }

    @Test
    void limitedConnectionsAreSocketsAndEndInOrderWhenTheServerIsClosed() throws IOException {
        inGroup(group -> {
            ServeOptions options = ServeOptions.defaults().withLimits(StreamLimits.none().withIdle(Duration.ofHours(1)));
            Server server = Net.serve(group, LOOPBACK, options, stream -> {
                stream.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
                assertThat(stream.option(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
                stream.writeLine(stream.remoteAddress() + " " + stream.localAddress());
                assertThat(stream.bytesSent()).isGreaterThan(20);
                assertThat(stream.bytesReceived()).isZero();
                stream.read(1); // until it is cancelled
            });
            SocketStream stream = Net.connect(server.address());
            assertThat(stream.readLine()).isEqualTo(stream.localAddress() + " " + stream.remoteAddress());
            server.close();
            assertThat(stream.read(1)).as("the end, and no reset").isEmpty();
            stream.close();
        });
        assertThat(driver.open()).isZero();
    }

    private Duration timeToClose(Duration linger) throws IOException {
        var taken = new AtomicReference<Duration>();
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Promise<Duration> took = Promise.create();
            Server server = Net.serve(group, LOOPBACK, ServeOptions.defaults().withLinger(linger), stream -> {
                long began = System.nanoTime();
                stream.close();
                took.succeed(Duration.ofNanos(System.nanoTime() - began));
            });
            SocketStream stream = Net.connect(server.address()); // does not end its side
            taken.set(took.await());
            stream.close();
            server.close();
        }));
        return taken.get();
    }

    @Test
    @DisplayName("C12: who is not admitted is reset and counted, and harms nobody; a rule that fails admits nobody")
    void peersAreAdmitted() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Set<InetAddress> admitted = new HashSet<>();
            boolean[] read = {false};
            ServeOptions options = ServeOptions.defaults().withMaxConnections(1).withAdmission(peer -> {
                if (!read[0]) {
                    throw new IllegalStateException("the list is not read yet");
                }
                return peer instanceof InetSocketAddress inet && admitted.contains(inet.getAddress());
            });
            Server server = Net.serve(group, LOOPBACK, options, OnBothEngines::echo);
            SocketStream early = Net.connect(server.address());
            assertThatThrownBy(() -> early.read(1)).isInstanceOf(SocketException.class).hasMessageContaining("reset");
            early.abort();
            read[0] = true;
            admitted.add(LOOPBACK.getAddress());
            try (SocketStream stream = Net.connect(server.address())) {
                stream.writeLine("hello");
                assertThat(stream.readLine()).isEqualTo("hello");
            }
            admitted.clear();
            SocketStream late = Net.connect(server.address());
            assertThatThrownBy(() -> late.read(1)).isInstanceOf(SocketException.class).hasMessageContaining("reset");
            late.abort();
            assertThat(server.statistics()).isEqualTo(new Server.Statistics(1, 0, 2, 0, 0, 0));
            server.close();
        }));
        assertThat(reports.removeFirst().exception()).hasMessage("the list is not read yet");
        assertThat(driver.open()).isZero();
    }

    @Test
    @DisplayName("C7: channels that were opened elsewhere are served and used, and closed if they are of no use")
    void channelsAreAdopted() throws IOException {
        Path path = folder.resolve("inherited-" + engine);
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            listening.bind(UnixDomainSocketAddress.of(path));
            Server server = Net.serve(group, listening, ServeOptions.defaults(), OnBothEngines::echo);
            SocketChannel connected = SocketChannel.open(server.address());
            try (SocketStream stream = Net.adopt(connected)) {
                stream.writeLine("hello");
                assertThat(stream.readLine()).isEqualTo("hello");
            }
            assertThat(connected.isOpen()).isFalse();
            server.close();
            assertThat(listening.isOpen()).isFalse();
            assertThat(path).as("somebody else's").exists();

            ServerSocketChannel unbound = ServerSocketChannel.open();
            assertThatThrownBy(() -> Net.serve(group, unbound, ServeOptions.defaults(), OnBothEngines::echo))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is not bound");
            SocketChannel alone = SocketChannel.open();
            assertThatThrownBy(() -> Net.adopt(alone)).isInstanceOf(IllegalArgumentException.class);
            assertThat(unbound.isOpen() || alone.isOpen()).isFalse();
            assertThatThrownBy(() -> Net.adopt(alone)).isInstanceOf(ClosedChannelException.class);
        }));
        assertThat(driver.open()).isZero();
    }

    @Test
    void optionsThatMakeNoSenseAreRefused() throws IOException {
        ServeOptions defaults = ServeOptions.defaults();
        assertThatThrownBy(() -> defaults.withBacklog(0)).hasMessage("backlog must be at least 1, not 0");
        assertThatThrownBy(() -> defaults.withMaxConnections(0)).hasMessage("maxConnections must be at least 1, not 0");
        assertThatThrownBy(() -> defaults.withLinger(Duration.ofMillis(-1))).hasMessageContaining("linger must not be negative");
        assertThatThrownBy(() -> defaults.withMaxPerAddress(0)).hasMessageContaining("maxPerAddress must be at least 1, not 0");
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            assertThatThrownBy(() -> Net.serve(group, List.of(), defaults, OnBothEngines::echo))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("at least one address");
            assertThatThrownBy(() -> Net.serve(group, UnixDomainSocketAddress.of(folder.resolve("s")),
                            defaults.withReusePort(true), OnBothEngines::echo))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("reusePort is for ports");
        }));
    }
}
