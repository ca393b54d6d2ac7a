package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Row B14 over sockets; in virtual time it is looked at in the test kit. */
class BandwidthTest extends OnBothEngines {
    @Test
    void severalStreamsShareIt() throws IOException {
        long began = System.nanoTime();
        run(peer -> peer.write(new byte[3000]), stream -> {
            // @start region="bandwidth"
            Bandwidth shared = Bandwidth.of(20_000, 1_000);
            StreamLimits limits = StreamLimits.none().withReadBandwidth(shared).withWriteBandwidth(shared);
            LimitedStream slow = LimitedStream.of(stream, limits);
            // @end
            assertThat(slow.readExactly(3000)).hasSize(3000);
        });
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(Duration.ofMillis(100));
    }

    @Test
    void wrongNumbersAreRefused() throws IOException {
        inGroup(_ -> {
            assertThatIllegalArgumentException().isThrownBy(() -> Bandwidth.of(0, 1)).withMessageContaining("not 0");
            assertThatIllegalArgumentException().isThrownBy(() -> Bandwidth.of(1, 0)).withMessageContaining("burst");
            assertThatIllegalArgumentException().isThrownBy(() -> Bandwidth.of(1_000_000_001, 1));
            Bandwidth bandwidth = Bandwidth.of(1000, 10);
            bandwidth.setBytesPerSecond(2000);
            assertThat(bandwidth.bytesPerSecond()).isEqualTo(2000);
            assertThat(bandwidth).asString().isEqualTo("Bandwidth[2000 bytes a second, 10 at once, 10 now]");
        });
    }
}
