package dev.espalier.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.io.Bandwidth;
import dev.espalier.io.ByteStream;
import dev.espalier.io.LimitedStream;
import dev.espalier.io.StreamClosedException;
import dev.espalier.io.StreamLimits;
import dev.espalier.io.StreamTimeoutException;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;

/** Limits of streams in virtual time: rows B14, B15 and B16. */
@OnLoop(lifecycle = OnLoop.Lifecycle.IN_LOOP)
class LimitedStreamsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ByteStream.Pair pair = ByteStream.pair(1000);
    private final ByteStream peer = pair.right();

    private LimitedStream limited(StreamLimits limits) {
        return LimitedStream.of(pair.left(), limits);
    }

    private static void assertCut(StreamLimits.Limit limit, LoopTester tester, Duration at, Deed deed) {
        assertThatThrownBy(deed::run)
                .isInstanceOfSatisfying(StreamTimeoutException.class, e -> assertThat(e.limit()).isEqualTo(limit))
                .hasMessageContaining("the stream was aborted");
        assertThat(tester.clock().elapsed()).isEqualTo(at);
    }

    @FunctionalInterface
    private interface Deed {
        void run() throws IOException;
    }

    @LoopTest
    @DisplayName("B15: a wait for bytes is limited, and how long this side thinks does not count")
    void aReadIsCut(LoopTester tester) throws IOException {
        LimitedStream stream = limited(StreamLimits.none().withRead(SECOND));
        peer.write("a");
        Async.sleep(Duration.ofSeconds(10));
        assertThat(stream.readExactly(1)).hasSize(1);
        tester.background().start(() -> {
            for (int i = 0; i < 3; i++) {
                Async.sleep(Duration.ofMillis(900));
                peer.write("b");
            }
        });
        assertThat(stream.readExactly(3)).as("each wait is short").hasSize(3);
        assertCut(StreamLimits.Limit.READ, tester, Duration.ofMillis(13_700), () -> stream.read(1));
        assertThatThrownBy(() -> stream.read(1)).isInstanceOf(StreamClosedException.class).hasMessageContaining("sent nothing");
        assertThatThrownBy(() -> stream.write("x")).isInstanceOf(StreamTimeoutException.class);
        assertThatThrownBy(() -> peer.read(1)).isInstanceOf(IOException.class).hasMessageContaining("reset");
    }

    @LoopTest
    @DisplayName("B15: a write that makes no progress is cut, and one that makes some is not")
    void aWriteIsCut(LoopTester tester) throws IOException {
        LimitedStream stream = limited(StreamLimits.none().withWrite(SECOND));
        Task<?> reader = tester.background().start(() -> {
            for (int i = 0; i < 10; i++) {
                Async.sleep(Duration.ofMillis(900));
                peer.readExactly(1000);
            }
        });
        stream.write(new byte[10_000]);
        reader.join();
        // 1000 bytes are taken at 9 s, which is noticed at 10 s.
        assertCut(StreamLimits.Limit.WRITE, tester, Duration.ofSeconds(11), () -> stream.write(new byte[3000]));
        assertThatThrownBy(() -> stream.write("x")).isInstanceOf(StreamClosedException.class);
    }

    @LoopTest
    @DisplayName("B15: idle is a stream on which nothing moves in either direction")
    void anIdleStreamIsCut(LoopTester tester) throws IOException {
        LimitedStream stream = limited(StreamLimits.none().withIdle(SECOND));
        tester.background().start(() -> {
            for (int i = 0; i < 5; i++) {
                Async.sleep(Duration.ofMillis(700));
                stream.write("x");
            }
        });
        assertCut(StreamLimits.Limit.IDLE, tester, Duration.ofMillis(4500), () -> stream.read(1));
    }

    @LoopTest
    @DisplayName("B16: who sends a byte now and then is cut when the grace is used up")
    void aSlowSenderIsCut(LoopTester tester) throws IOException {
        LimitedStream stream = limited(StreamLimits.none().withRead(SECOND).withReadRate(10, Duration.ofSeconds(5)));
        Task<?> slow = tester.background().start(() -> {
            while (true) {
                peer.write("x");
                Async.sleep(Duration.ofMillis(500)); // earns 100 ms each time, so 400 ms are lost
            }
        });
        assertThatThrownBy(() -> stream.readExactly(1000))
                .isInstanceOf(StreamTimeoutException.class)
                .hasMessageContaining("sent 13 bytes")
                .hasMessageContaining("10 bytes a second");
        assertThat(tester.clock().elapsed()).isBetween(Duration.ofSeconds(6), Duration.ofSeconds(7));
        slow.cancelAndJoin("the end");
    }

    @LoopTest
    @DisplayName("B16: who keeps the rate is never cut, and a fast beginning earns no long pause")
    void whoKeepsTheRateStays(LoopTester tester) throws IOException {
        LimitedStream stream = limited(StreamLimits.none().withReadRate(10, Duration.ofSeconds(5)));
        tester.background().start(() -> {
            peer.write(new byte[1000]);
            for (int i = 0; i < 100; i++) {
                Async.sleep(Duration.ofSeconds(1));
                peer.write(new byte[10]);
            }
        });
        assertThat(stream.readExactly(2000)).hasSize(2000);
        assertCut(StreamLimits.Limit.READ_RATE, tester, Duration.ofSeconds(105), () -> stream.read(1));
    }

    @LoopTest
    @DisplayName("B16: who takes too slowly what is written is cut")
    void aSlowTakerIsCut(LoopTester tester) throws IOException {
        LimitedStream stream = limited(StreamLimits.none().withWriteRate(1000, Duration.ofSeconds(2)));
        Task<?> slow = tester.background().start(() -> {
            try {
                while (true) {
                    Async.sleep(SECOND);
                    peer.readExactly(100);
                }
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("reset");
            }
        });
        assertThatThrownBy(() -> stream.write(new byte[100_000]))
                .isInstanceOfSatisfying(StreamTimeoutException.class,
                        e -> assertThat(e.limit()).isEqualTo(StreamLimits.Limit.WRITE_RATE));
        assertThat(tester.clock().elapsed()).isLessThan(Duration.ofSeconds(6));
        slow.join();
    }

    @LoopTest
    void limitsMayChangeWhileATaskWaits(LoopTester tester) throws IOException {
        LimitedStream stream = limited(StreamLimits.none().withRead(SECOND));
        tester.background().start(() -> {
            Async.sleep(Duration.ofMillis(500));
            stream.setLimits(StreamLimits.none().withRead(Duration.ofSeconds(3)));
        });
        assertCut(StreamLimits.Limit.READ, tester, Duration.ofMillis(3500), () -> stream.read(1));
    }

    @LoopTest
    void manyWaitsArmOneTimer(LoopTester tester) throws IOException {
        LimitedStream stream = limited(StreamLimits.none().withRead(SECOND).withWrite(SECOND).withIdle(Duration.ofSeconds(2)));
        tester.background().start(() -> {
            for (int i = 0; i < 1000; i++) {
                peer.write(peer.readExactly(1));
            }
        });
        int before = EventLoop.current().timers().size();
        for (int i = 0; i < 1000; i++) {
            stream.write("x");
            stream.readExactly(1);
            assertThat(EventLoop.current().timers()).hasSizeLessThanOrEqualTo(before + 1);
        }
        stream.close();
        assertThat(EventLoop.current().timers()).as("a closed stream leaves none").hasSize(before);
    }

    @LoopTest
    void whatIsTriedCountsAsMoved(LoopTester tester) throws IOException {
        LimitedStream stream = limited(StreamLimits.none().withIdle(SECOND));
        tester.background().start(() -> {
            Async.sleep(Duration.ofMillis(700));
            assertThat(stream.tryWrite(new byte[1])).isEqualTo(1);
        });
        assertCut(StreamLimits.Limit.IDLE, tester, Duration.ofMillis(1700), () -> stream.read(1));
    }

    // ---- bandwidth

    @LoopTest
    @DisplayName("B14: reading and writing take their time, after a burst")
    void bandwidthIsKept(LoopTester tester) throws IOException {
        LimitedStream stream = limited(StreamLimits.none()
                .withRead(Duration.ofMillis(1)) // waiting for one's own bandwidth is not the peer's fault
                .withWriteBandwidth(Bandwidth.of(1000, 500))
                .withReadBandwidth(Bandwidth.of(100, 50)));
        TaskGroup.run(group -> {
            group.start(() -> stream.write(new byte[5500]));
            assertThat(peer.readExactly(5500)).hasSize(5500);
            assertThat(tester.clock().elapsed()).isEqualTo(Duration.ofSeconds(5));
        });
        peer.write(new byte[1000]);
        assertThat(stream.readExactly(1000)).hasSize(1000);
        assertThat(tester.clock().elapsed()).as("950 after the burst").isEqualTo(Duration.ofMillis(14_500));
        assertThat(stream.tryWrite(new byte[1000])).as("what was saved").isEqualTo(500);
    }

    @LoopTest
    @DisplayName("B14: those who share have equal parts, and what one does not use the others have")
    void bandwidthIsShared(LoopTester tester) throws IOException {
        StreamLimits limits = StreamLimits.none().withReadBandwidth(Bandwidth.of(1000, 100));
        ByteStream.Pair other = ByteStream.pair(100_000);
        ByteStream.Pair silent = ByteStream.pair(1);
        LimitedStream one = limited(limits);
        LimitedStream two = LimitedStream.of(other.left(), limits);
        LimitedStream three = LimitedStream.of(silent.left(), limits);
        other.right().write(new byte[10_000]);
        Task<?> writer = tester.background().start(() -> peer.write(new byte[10_000]));
        Task<?> waits = tester.background().start(() -> three.read(1));
        int[] first = {0};
        Task<?> reader = tester.background().start(() -> {
            while (true) {
                first[0] += one.read(100).length;
            }
        });
        two.readExactly(2000);
        assertThat(first[0]).isBetween(1800, 2100);
        assertThat(tester.clock().elapsed()).isBetween(Duration.ofMillis(3700), Duration.ofMillis(4000));
        assertThat(waits.state()).isInstanceOf(Awaitable.Pending.class);
        reader.cancelAndJoin("the end");
        waits.cancelAndJoin("the end");
        writer.cancelAndJoin("the end");
    }

    @LoopTest
    void aChangedRateHoldsFromThenOn(LoopTester tester) throws IOException {
        Bandwidth bandwidth = Bandwidth.of(10, 10);
        LimitedStream stream = limited(StreamLimits.none().withWriteBandwidth(bandwidth));
        stream.write(new byte[10]);
        bandwidth.setBytesPerSecond(1000);
        stream.write(new byte[500]);
        assertThat(tester.clock().elapsed()).isEqualTo(Duration.ofMillis(500));
    }
}
