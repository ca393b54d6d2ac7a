package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.core.Async;
import dev.espalier.core.BusyException;
import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.Receiver;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** UDP: rules U. */
class UdpTest extends OnBothEngines {

    // @start region="udp"
    static void pingPong() throws IOException {
        try (UdpSocket server = UdpSocket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                UdpSocket client = UdpSocket.connect((InetSocketAddress) server.localAddress())) {
            client.send(Datagram.of(server.localAddress(), "ping"));
            Datagram ping = server.receive();
            server.send(Datagram.of(ping.address(), "pong after " + ping.text()));
            assertThat(client.receive().text()).isEqualTo("pong after ping");
        }
    }
    // @end

    @Test
    void aPacketThereAndOneBack() throws IOException {
        this.<IOException>run(UdpTest::pingPong);
    }

    @Test
    @DisplayName("B18: sockets whose channels were told so share a port, and a channel that is of no use is closed")
    void channelsAreAdopted() throws IOException {
        this.<IOException>run(() -> {
            // @start region="adopt"
            DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET)
                    .setOption(StandardSocketOptions.SO_REUSEPORT, true)
                    .bind(new InetSocketAddress("127.0.0.1", 0));
            UdpSocket socket = UdpSocket.adopt(channel);
            // @end
            try (socket; UdpSocket other = UdpSocket.bind(LOOPBACK)) {
                UdpSocket.adopt(DatagramChannel.open(StandardProtocolFamily.INET)
                        .setOption(StandardSocketOptions.SO_REUSEPORT, true).bind(socket.localAddress())).close();
                socket.send(Datagram.of(other.localAddress(), "x"));
                assertThat(other.receive()).isEqualTo(Datagram.of(socket.localAddress(), "x"));
            }
            DatagramChannel unbound = DatagramChannel.open();
            assertThatThrownBy(() -> UdpSocket.adopt(unbound)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("bind it");
            assertThat(unbound.isOpen() || channel.isOpen()).isFalse();
        });
        assertThat(driver.open()).isZero();
    }

    @Test
    @DisplayName("U1, U4: packets of all sizes arrive whole, and none at all is one too")
    void packetsOfAllSizesArriveWholeAndNoneAtAllIsOneToo() throws IOException {
        this.<IOException>run(() -> {
            try (UdpSocket a = UdpSocket.bind(LOOPBACK);
                    UdpSocket b = UdpSocket.bind(LOOPBACK)) {
                for (int size : new int[] {0, 1, 1500, 65_507}) {
                    byte[] bytes = new byte[size];
                    new Random(size).nextBytes(bytes);
                    a.send(new Datagram(b.localAddress(), bytes));
                    assertThat(b.receive()).isEqualTo(new Datagram(a.localAddress(), bytes));
                }
                assertThatThrownBy(() -> a.send(new Datagram(b.localAddress(), new byte[65_508]))).isInstanceOf(IOException.class);
                a.send(Datagram.of(b.localAddress(), "still works"));
                assertThat(b.receive().text()).isEqualTo("still works");
            }
        });
    }

    @Test
    @DisplayName("U2: a connected socket hears that nobody listens, and can still be used")
    void aConnectedSocketHearsThatNobodyListens() throws IOException {
        this.<IOException>run(() -> {
            UdpSocket nobody = UdpSocket.bind(LOOPBACK);
            nobody.close();
            Async.sleep(Duration.ofMillis(1)); // a channel of the JDK gives up its port in the next poll
            try (UdpSocket socket = UdpSocket.connect((InetSocketAddress) nobody.localAddress())) {
                socket.send(Datagram.of(nobody.localAddress(), "x"));
                assertThatThrownBy(socket::receive).isInstanceOf(PortUnreachableException.class);
                try (UdpSocket somebody = UdpSocket.bind((InetSocketAddress) nobody.localAddress())) {
                    socket.send(Datagram.of(nobody.localAddress(), "y"));
                    assertThat(somebody.receive().text()).isEqualTo("y");
                }
            }
        });
    }

    @Test
    void aCancelledReceiveLosesNoPacket() throws IOException { // A13
        this.<IOException>run(() -> {
            try (UdpSocket a = UdpSocket.bind(LOOPBACK);
                    UdpSocket b = UdpSocket.bind(LOOPBACK)) {
                var got = new int[1];
                for (int i = 0; i < 100; i++) {
                    TaskGroup.run(group -> {
                        Task<?> receiver = group.start(() -> {
                            b.receive();
                            got[0]++;
                        });
                        Async.checkpoint();
                        a.send(Datagram.of(b.localAddress(), "x"));
                        receiver.cancel("to see whether something is lost");
                    });
                }
                while (got[0] < 100) {
                    b.receive();
                    got[0]++;
                }
                assertThat(b.tryReceive()).isEmpty();
            }
        });
    }

    @Test
    void oneTaskAtATimeReceivesAndAClosedSocketTellsIt() throws IOException {
        this.<IOException>run(() -> {
            UdpSocket socket = UdpSocket.bind(LOOPBACK);
            TaskGroup.run(group -> {
                Task<?> receiver = group.start(() -> assertThatThrownBy(socket::receive).isInstanceOf(StreamClosedException.class));
                Async.checkpoint();
                assertThatThrownBy(socket::receive).isInstanceOf(BusyException.class);
                socket.close();
                receiver.join();
            });
            assertThatThrownBy(socket::receive).isInstanceOf(StreamClosedException.class);
            assertThatThrownBy(() -> socket.send(Datagram.of(LOOPBACK, "x"))).isInstanceOf(StreamClosedException.class);
        });
    }

    @Test
    @DisplayName("U5: a slow consumer misses the oldest and knows how many")
    void aSlowConsumerMissesTheOldestAndKnowsHowMany() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            UdpSocket b = UdpSocket.bind(LOOPBACK);
            Receiver<Datagram> packets = b.receiver(group, 4);
            try (UdpSocket a = UdpSocket.bind(LOOPBACK)) {
                for (int i = 0; i < 10; i++) {
                    a.send(Datagram.of(b.localAddress(), Integer.toString(i)));
                }
                Async.timeout(Duration.ofSeconds(10), () -> {
                    while (b.dropped() < 6) {
                        Async.sleep(Duration.ofMillis(1));
                    }
                });
                assertThat(packets.receive().text()).isEqualTo("6");
                assertThat(b.dropped()).isEqualTo(6);
            }
            b.close();
            for (int i = 7; i < 10; i++) {
                assertThat(packets.receive().text()).isEqualTo(Integer.toString(i));
            }
            assertThatThrownBy(packets::receive).isInstanceOf(ChannelClosedException.class);
        }));
    }

    @Test
    void groupsOfReceivers() throws IOException { // F3
        NetworkInterface network = NetworkInterface.networkInterfaces()
                .filter(candidate -> {
                    try {
                        return candidate.isUp() && candidate.supportsMulticast() && candidate.inetAddresses()
                                .anyMatch(Inet4Address.class::isInstance);
                    } catch (SocketException e) {
                        return false;
                    }
                })
                .findFirst()
                .orElse(null);
        assumeTrue(network != null, "no network of this machine has multicast");
        this.<IOException>run(() -> {
            InetAddress group = InetAddress.ofLiteral("230.0.0.1");
            try (UdpSocket member = UdpSocket.bind(new InetSocketAddress("0.0.0.0", 0));
                    UdpSocket sender = UdpSocket.bind(new InetSocketAddress("0.0.0.0", 0))) {
                member.join(group, network);
                sender.setOption(StandardSocketOptions.IP_MULTICAST_IF, network);
                sender.send(Datagram.of(new InetSocketAddress(group, member.port()), "all"));
                assertThat(Async.timeout(Duration.ofSeconds(5), member::receive).text()).isEqualTo("all");
                member.leave(group);
            }
        });
    }

    @Test
    void addressesMustBeKnown() throws IOException {
        this.<IOException>run(() -> assertThatThrownBy(() -> UdpSocket.bind(InetSocketAddress.createUnresolved("host", 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not resolved"));
    }
}
