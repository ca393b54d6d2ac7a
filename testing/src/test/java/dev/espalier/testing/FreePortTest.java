package dev.espalier.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.EventConditions.test;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.platform.testkit.engine.EngineTestKit;

class FreePortTest {
    private int before;

    @BeforeEach
    void takesOneForALifecycleMethod(@FreePort int port) {
        before = port;
    }

    @Test
    @DisplayName("testing D12: the ports of a test can be bound and differ")
    void thePortsOfATestCanBeBoundAndDiffer(@FreePort int one, @FreePort int other) throws IOException {
        assertThat(one).isNotEqualTo(other).isNotEqualTo(before);
        assertThat(other).isNotEqualTo(before);
        try (var first = new ServerSocket(one, 1, InetAddress.getLoopbackAddress());
                var second = new ServerSocket(other, 1, InetAddress.getLoopbackAddress())) {
            assertThat(first.getLocalPort()).isEqualTo(one);
            assertThat(second.getLocalPort()).isEqualTo(other);
        }
    }

    @Test
    void aParameterThatIsNoNumberIsRefused() {
        EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(Misused.class))
                .execute()
                .testEvents()
                .assertThatEvents()
                .haveExactly(1, event(test(), finishedWithFailure(message(text -> text.contains("must be an int")))));
    }

    /** Runs only from above. */
    static class Misused {
        @Test
        void asText(@FreePort String port) {
            throw new AssertionError(port);
        }
    }
}
