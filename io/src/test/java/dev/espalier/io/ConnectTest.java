package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.EventLoop;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ConnectTest extends OnBothEngines {
    private static final Duration SHORT = Duration.ofMillis(50);

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, LOOPBACK.getAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void streamKnowsItsAddresses() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (Server server = Net.serve(group, LOOPBACK, peer -> peer.writeLine(peer.remoteAddress().toString()));
                    SocketStream stream = Net.connect("127.0.0.1", server.port())) {
                assertThat(stream.remoteAddress()).isEqualTo(server.address());
                assertThat(stream.readLine()).isEqualTo(stream.localAddress().toString());
                assertThat(stream).hasToString("SocketStream[" + stream.localAddress() + " to " + server.address() + "]");
            }
        }));
    }

    @Test
    void addressOfThisEndIsChosen() throws IOException { // A1
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (Server server = Net.serve(group, LOOPBACK, peer -> peer.writeLine(peer.remoteAddress().toString()))) {
                var from = new InetSocketAddress("127.0.0.3", 0);
                try (SocketStream stream = Net.connect("127.0.0.1", server.port(), ConnectOptions.defaults().withLocalAddress(from))) {
                    assertThat(stream.localAddress()).hasToString(stream.readLine()).asString().startsWith("/127.0.0.3:");
                }
                var foreign = ConnectOptions.defaults().withLocalAddress(new InetSocketAddress("192.0.2.1", 0));
                assertThatThrownBy(() -> Net.connect("127.0.0.1", server.port(), foreign))
                        .isInstanceOf(ConnectException.class).hasMessageContaining("cannot connect from /192.0.2.1:0");
                var unknown = ConnectOptions.defaults().withLocalAddress(InetSocketAddress.createUnresolved("nowhere", 0));
                assertThatThrownBy(() -> Net.connect("127.0.0.1", server.port(), unknown))
                        .isInstanceOf(ConnectException.class).hasMessageContaining("cannot connect from nowhere");
            }
        }));
        assertThat(driver.open()).isZero();
    }

    @Test
    void nameIsLookedUp() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (Server server = Net.serve(group, InetSocketAddress.createUnresolved("localhost", 0), OnBothEngines::echo);
                    SocketStream stream = Net.connect("localhost", server.port())) {
                stream.writeLine("hello");
                assertThat(stream.readLine()).isEqualTo("hello");
            }
        }));
    }

    @Test
    @DisplayName("N5: an address needs no thread")
    void addressNeedsNoThread() throws IOException {
        run(OnBothEngines::echo, stream -> {
            for (String host : new String[] {"127.0.0.1", "::1"}) {
                try {
                    Net.connect(host, freePort()).close();
                    throw new AssertionError("connected to a free port");
                } catch (ConnectException e) {
                    assertThat(e).hasMessageContaining(host);
                }
            }
            String prefix = "espalier-" + EventLoop.current().name() + "-offload-";
            assertThat(Thread.getAllStackTraces().keySet()).noneMatch(thread -> thread.getName().startsWith(prefix));
        });
    }

    @Test
    void refusalNamesEachAddressThatWasTried() throws IOException {
        int port = freePort();
        this.<IOException>run(() -> {
            for (InetAddress address : InetAddress.getAllByName("localhost")) {
                assertThatThrownBy(() -> Net.connect("localhost", port))
                        .isInstanceOf(ConnectException.class)
                        .hasMessageStartingWith("cannot connect to localhost:" + port + ":")
                        .hasMessageContaining(address.getHostAddress());
            }
        });
        assertThat(driver.open()).isZero();
    }

    @Test
    void unknownNameIsNamed() throws IOException {
        this.<IOException>run(() -> assertThatThrownBy(() -> Net.connect("no-such-host.invalid", 80))
                .isInstanceOf(UnknownHostException.class)
                .hasMessageContaining("no-such-host.invalid"));
    }

    @Test
    void badPortsAndAddressesAreNamed() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            assertThatIllegalArgumentException().isThrownBy(() -> Net.connect("127.0.0.1", 0)).withMessageContaining("not 0");
            assertThatIllegalArgumentException().isThrownBy(() -> Net.connect("", 80)).withMessageContaining("host");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Net.serve(group, 65_536, OnBothEngines::echo))
                    .withMessageContaining("not 65536");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Net.serve(group, new OfAnotherKind(), OnBothEngines::echo))
                    .withMessageContaining("InetSocketAddress");
        }));
    }

    private static final class OfAnotherKind extends SocketAddress {
        private static final long serialVersionUID = 1;
    }

    @Test
    void portThatIsTakenIsNamed() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (Server server = Net.serve(group, LOOPBACK, OnBothEngines::echo)) {
                assertThatThrownBy(() -> Net.serve(group, server.address(), OnBothEngines::echo))
                        .isInstanceOf(BindException.class)
                        .hasMessageContaining("cannot listen on " + server.address());
            }
        }));
        assertThat(driver.open()).isZero();
    }

    @Test
    @DisplayName("N2: a cancelled connect leaves nothing")
    void cancelledConnectLeavesNothing() throws IOException {
        // A listener whose queue is full drops further requests, so that a connect waits.
        try (ServerSocket full = new ServerSocket(0, 1, LOOPBACK.getAddress())) {
            this.<IOException>run(() -> {
                boolean hangs = false;
                for (int i = 0; i < 20 && !hangs; i++) { // the system keeps what is aborted in the queue
                    hangs = !Async.moveOnAfter(
                            SHORT.multipliedBy(4), () -> Net.connect("127.0.0.1", full.getLocalPort()).abort());
                }
                assertThat(hangs).as("a connect that waits").isTrue();
                assertThat(driver.open()).isZero();
            });
        }
        assertThat(driver.openAtEnd()).doesNotContain(false);
    }
}
