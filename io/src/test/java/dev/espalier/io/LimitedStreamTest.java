package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.VoidBodyWith;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Rows B15 and B16 over sockets; in virtual time they are looked at in the test kit. */
class LimitedStreamTest extends OnBothEngines {
    /** The client gives up. */
    private static VoidBodyWith<SocketStream, IOException> untilReset(VoidBodyWith<SocketStream, IOException> handler) {
        return peer -> {
            try {
                handler.run(peer);
            } catch (SocketException e) {
                assertThat(e).hasMessageMatching("Connection reset.*|Broken pipe");
            }
        };
    }

    @Test
    void aPeerThatSaysNothingIsCut() throws IOException {
        run(untilReset(peer -> peer.read(1)), stream -> {
            // @start region="limits"
            StreamLimits limits = StreamLimits.none()
                    .withRead(Duration.ofMillis(50))
                    .withWrite(Duration.ofSeconds(30))
                    .withReadRate(1000, Duration.ofSeconds(5));
            try (LimitedStream patient = LimitedStream.of(stream, limits)) {
                assertThatThrownBy(() -> patient.readLine()).isInstanceOf(StreamTimeoutException.class);
            }
            // @end
        });
    }

    @Test
    @DisplayName("B16: a peer that sends a byte now and then is cut all the same")
    void aSlowPeerIsCut() throws IOException {
        run(untilReset(peer -> {
            while (true) {
                peer.writeByte('x');
                Async.sleep(Duration.ofMillis(5));
            }
        }), stream -> {
            LimitedStream strict = LimitedStream.of(stream, StreamLimits.none()
                    .withRead(Duration.ofSeconds(20))
                    .withReadRate(100_000, Duration.ofMillis(50)));
            assertThatThrownBy(() -> strict.readLine())
                    .isInstanceOfSatisfying(StreamTimeoutException.class,
                            e -> assertThat(e.limit()).isEqualTo(StreamLimits.Limit.READ_RATE))
                    .hasMessageContaining("100000 bytes a second");
            assertThat(strict.read(1)).as("what came before").asString().isEqualTo("x");
        });
    }

    @Test
    void aPeerThatTakesNothingIsCut() throws IOException {
        run(_ -> Async.sleepForever(), stream -> {
            LimitedStream strict = LimitedStream.of(stream, StreamLimits.none().withWrite(Duration.ofMillis(50)));
            assertThatThrownBy(() -> strict.write(new byte[64 << 20]))
                    .isInstanceOf(StreamTimeoutException.class)
                    .hasMessageContaining("took nothing for PT0.05S");
        });
    }

    @Test
    void whatWasReadAheadIsReadFirst() throws IOException {
        run(peer -> {
            peer.write("one\ntwo\nthree\n");
            peer.readLine();
        }, stream -> {
            assertThat(stream.readLine()).isEqualTo("one");
            LimitedStream limited = LimitedStream.of(stream, StreamLimits.none());
            assertThat(limited.readLine()).isEqualTo("two");
            limited.writeLine("done");
            limited.writeEnd();
            assertThat(limited.readLine()).isEqualTo("three");
            assertThat(limited.readLine()).isNull();
            assertThat(limited.plain()).isSameAs(stream);
            limited.close();
            assertThatThrownBy(() -> stream.read(1)).isInstanceOf(StreamClosedException.class);
        });
    }

    @Test
    void wrongNumbersAreRefused() {
        StreamLimits none = StreamLimits.none();
        assertThatIllegalArgumentException().isThrownBy(() -> none.withIdle(Duration.ZERO)).withMessageContaining("idle");
        assertThatIllegalArgumentException().isThrownBy(() -> none.withRead(Duration.ofSeconds(-1)));
        assertThatIllegalArgumentException().isThrownBy(() -> none.withReadRate(0, Duration.ofSeconds(1))).withMessageContaining("not 0");
        assertThatIllegalArgumentException().isThrownBy(() -> none.withWriteRate(1, Duration.ZERO)).withMessageContaining("grace");
    }
}
