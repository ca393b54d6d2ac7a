package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Options that sockets have before they are used: row B18. */
class SocketOptionsTest extends OnBothEngines {
    private static final int SMALL = 8 << 10;

    @Test
    @DisplayName("B18: sockets have their options before they connect, and connections inherit those of the server")
    void socketsHaveTheirOptionsFromTheBeginning() throws IOException {
        inGroup(group -> {
            // @start region="serve"
            ServeOptions serving = ServeOptions.defaults().withOption(StandardSocketOptions.SO_RCVBUF, 8 << 10);
            // @end
            Server server = Net.serve(group, LOOPBACK, serving, peer -> peer.writeLine("" + peer.option(StandardSocketOptions.SO_RCVBUF)));
            // @start region="connect"
            ConnectOptions connecting = ConnectOptions.defaults()
                    .withOption(StandardSocketOptions.SO_RCVBUF, 8 << 10)
                    .withOption(StandardSocketOptions.TCP_NODELAY, false);
            // @end
            try (SocketStream stream = Net.connect("127.0.0.1", server.port(), connecting)) {
                assertThat(Integer.parseInt("" + stream.readLine())).as("of the server").isBetween(SMALL, 4 * SMALL);
                assertThat(stream.option(StandardSocketOptions.SO_RCVBUF)).isBetween(SMALL, 4 * SMALL);
                assertThat(stream.option(StandardSocketOptions.TCP_NODELAY)).isFalse();
            }
            server.close();
        });
        assertThat(driver.open()).isZero();
    }

    @Test
    @DisplayName("B18: an option that the system refuses is named, and nothing stays open")
    void refusedOptionsAreNamed() throws IOException {
        inGroup(group -> {
            Server server = Net.serve(group, LOOPBACK, OnBothEngines::echoUntilReset);
            ConnectOptions negative = ConnectOptions.defaults().withOption(StandardSocketOptions.SO_RCVBUF, -1);
            assertThatThrownBy(() -> Net.connect("127.0.0.1", server.port(), negative))
                    .isInstanceOf(ConnectException.class).hasMessageContaining("the socket option SO_RCVBUF cannot be -1 here");
            InetAddress host = LOOPBACK.getAddress();
            ConnectOptions unknown = ConnectOptions.defaults()
                    .withResolver(_ -> List.of(host, host)).withOption(StandardSocketOptions.IP_MULTICAST_TTL, 1);
            assertThatThrownBy(() -> Net.connect("twice", server.port(), unknown))
                    .isInstanceOf(ConnectException.class).hasMessageContaining("IP_MULTICAST_TTL").hasMessageContaining("SO_RCVBUF");
            ServeOptions serving = ServeOptions.defaults().withOption(StandardSocketOptions.TCP_NODELAY, true);
            assertThatThrownBy(() -> Net.serve(group, LOOPBACK, serving, OnBothEngines::echo))
                    .isInstanceOf(SocketException.class).hasMessageContaining("TCP_NODELAY");
            server.close();
        });
        assertThat(driver.open()).isZero();
    }

    @Test
    void aValueOfAnotherTypeIsRefusedAtOnce() {
        Map<SocketOption<?>, Object> wrong = Map.of(StandardSocketOptions.SO_RCVBUF, "large");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ConnectOptions(Resolver.system(), ConnectOptions.defaults().attemptDelay(), null, wrong))
                .withMessage("the socket option SO_RCVBUF takes a Integer, not large, which is a String");
    }
}
