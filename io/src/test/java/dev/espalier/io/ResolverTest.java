package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Names and the addresses behind them: rules N1 and N5. */
class ResolverTest extends OnBothEngines {
    /** Nobody answers there, and nobody refuses: TEST-NET-1 of RFC 5737. */
    private static final InetAddress SILENT = InetAddress.ofLiteral("192.0.2.1");

    // @start region="resolver"
    static SocketStream connectTwice(TaskGroup group, String host, int port) throws IOException {
        Resolver resolver = Resolver.caching(group, Resolver.system(), Duration.ofMinutes(5), 1000);
        ConnectOptions options = ConnectOptions.defaults().withResolver(resolver);
        Net.connect(host, port, options).close();
        return Net.connect(host, port, options); // the name is not looked up again
    }
    // @end

    @Test
    void aNameIsLookedUpOnce() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (Server server = Net.serve(group, 0, OnBothEngines::echo);
                    SocketStream stream = connectTwice(group, "localhost", server.port())) {
                stream.writeLine("x");
                assertThat(stream.readLine()).isEqualTo("x");
            }
        }));
    }

    @Test
    void literalsNeedNoThread() throws IOException { // N5
        this.<IOException>run(() -> {
            assertThat(Resolver.system().resolve("127.0.0.1")).containsExactly(InetAddress.ofLiteral("127.0.0.1"));
            assertThat(Resolver.system().resolve("::1")).containsExactly(InetAddress.ofLiteral("::1"));
            assertThat(dev.espalier.core.EventLoop.current().offloadStatistics().peak()).isZero();
            assertThatThrownBy(() -> Resolver.system().resolve("no-such-host.invalid")).isInstanceOf(UnknownHostException.class);
        });
    }

    @Test
    void answersAreRememberedFailuresAreNotAndLookUpsAreShared() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            var asked = new ArrayList<String>();
            Resolver counting = host -> {
                asked.add(host);
                Async.checkpoint();
                if (host.equals("unknown")) {
                    throw new UnknownHostException(host);
                }
                return List.of(SILENT);
            };
            Resolver caching = Resolver.caching(group, counting, Duration.ofMinutes(5), 10);
            TaskGroup.run(lookups -> {
                for (int i = 0; i < 5; i++) {
                    lookups.start(() -> caching.resolve("host"));
                }
            });
            assertThat(caching.resolve("host")).containsExactly(SILENT);
            assertThat(asked).containsExactly("host");
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> caching.resolve("unknown")).isInstanceOf(UnknownHostException.class);
            }
            assertThat(asked).containsExactly("host", "unknown", "unknown");
        }));
    }

    @Test
    void familiesTakeTurns() { // N1
        List<InetAddress> addresses = List.of(InetAddress.ofLiteral("::1"), InetAddress.ofLiteral("::2"),
                InetAddress.ofLiteral("::3"), InetAddress.ofLiteral("127.0.0.1"));
        assertThat(Names.inTurns(addresses, 80).stream().map(InetSocketAddress::getAddress))
                .containsExactly(addresses.get(0), addresses.get(3), addresses.get(1), addresses.get(2));
    }

    @Test
    void anAddressThatIsSilentDoesNotHoldUpTheNext() throws IOException { // N1
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (Server server = Net.serve(group, LOOPBACK, OnBothEngines::echo)) {
                ConnectOptions options = ConnectOptions.defaults()
                        .withResolver(_ -> List.of(SILENT, InetAddress.getLoopbackAddress()))
                        .withAttemptDelay(Duration.ofMillis(20));
                try (SocketStream stream = Async.timeout(
                        Duration.ofSeconds(10), () -> Net.connect("host", server.port(), options))) {
                    stream.writeLine("x");
                    assertThat(stream.readLine()).isEqualTo("x");
                }
            }
        }));
    }

    @Test
    void anAddressThatRefusesIsFollowedAtOnceAndAllFailuresAreTold() throws IOException { // N1
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, OnBothEngines::echo);
            ConnectOptions options = ConnectOptions.defaults()
                    .withResolver(_ -> List.of(InetAddress.ofLiteral("127.0.0.2"), InetAddress.getLoopbackAddress()))
                    .withAttemptDelay(Duration.ofHours(1));
            Net.connect("host", server.port(), options).close();
            server.close();
            Async.sleep(Duration.ofMillis(1)); // a channel of the JDK gives up its port in the next poll
            assertThatThrownBy(() -> Net.connect("host", server.port(), options))
                    .isInstanceOf(ConnectException.class)
                    .hasMessageMatching("cannot connect to host:\\d+: .*127.0.0.2.*refused.*; .*127.0.0.1.*refused.*");
        }));
    }

    @Test
    void oneConnectionWinsAndTheOthersAreClosed() throws IOException { // N1
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            var ended = new int[1];
            try (Server server = Net.serve(group, LOOPBACK, stream -> {
                try {
                    OnBothEngines.echo(stream);
                } finally {
                    ended[0]++;
                }
            })) {
                ConnectOptions all = ConnectOptions.defaults()
                        .withResolver(_ -> List.of(InetAddress.getLoopbackAddress(), InetAddress.getLoopbackAddress(),
                                InetAddress.getLoopbackAddress()))
                        .withAttemptDelay(Duration.ZERO);
                try (SocketStream stream = Net.connect("host", server.port(), all)) {
                    stream.writeLine("x");
                    assertThat(stream.readLine()).isEqualTo("x");
                }
                server.stop();
                Async.timeout(Duration.ofSeconds(10), server::join);
            }
            assertThat(ended[0]).isPositive();
        }));
        assertThat(reports).as("of connections that were reset before they were served")
                .allSatisfy(report -> assertThat(report.exception()).isInstanceOf(IOException.class));
        reports.clear();
    }
}
