package dev.espalier.testing;

import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Async.timeout;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.espalier.core.DeadlineExceededException;
import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import dev.espalier.testing.Engines.Options;
import dev.espalier.testing.VirtualClock.Mode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;

class VirtualClockTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    /** Starts a task that notes the time after each of some sleeps. */
    private static List<Long> ticker(LoopTester t, Duration pause) {
        var seconds = new ArrayList<Long>();
        t.background().start(() -> {
            while (true) {
                sleep(pause);
                seconds.add(t.clock().elapsed().toSeconds());
            }
        });
        return seconds;
    }

    @Engines
    @DisplayName("testing S28: time starts at 2000-01-01T00:00:00Z, or where the options say")
    void timeStartsInTheYear2000(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> assertThat(t.clock().now()).isEqualTo("2000-01-01T00:00:00Z"));
        Instant start = Instant.parse("1969-07-20T20:17:40Z");
        LoopTester.run(Options.on(engine).withStart(start), t -> assertThat(t.clock().now()).isEqualTo(start));
    }

    @Engines
    @DisplayName("testing A2: all faces show one time, the loop's too")
    void allFacesShowOneTime(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            sleep(Duration.ofMillis(1500));
            VirtualClock clock = t.clock();
            assertThat(clock.elapsed()).isEqualTo(Duration.ofMillis(1500));
            assertThat(clock.now()).isEqualTo("2000-01-01T00:00:01.500Z").isEqualTo(clock.instant());
            assertThat(clock.withZone(ZoneOffset.UTC).instant()).isEqualTo(clock.now());
            assertThat(clock.millis()).isEqualTo(clock.now().toEpochMilli());
            assertThat(EventLoop.current().now()).isEqualTo(clock.nanoTime());
        });
    }

    @Engines
    @DisplayName("testing S3, S5: advanceBy settles first and includes its end")
    void advanceBySettlesFirstAndIncludesItsEnd(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            List<Long> seconds = ticker(t, SECOND); // has not set its timer yet
            t.clock().advanceBy(Duration.ofSeconds(3));
            assertThat(seconds).containsExactly(1L, 2L, 3L);
            assertThat(t.clock().elapsed()).isEqualTo(Duration.ofSeconds(3));
        });
    }

    @Engines
    @DisplayName("testing S4: advanceBy goes from deadline to deadline")
    void advanceByGoesFromDeadlineToDeadline(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            List<Long> slow = ticker(t, Duration.ofSeconds(3));
            List<Long> quick = ticker(t, Duration.ofSeconds(2));
            t.clock().advanceBy(Duration.ofSeconds(7));
            assertThat(slow).containsExactly(3L, 6L);
            assertThat(quick).containsExactly(2L, 4L, 6L);
        });
    }

    @Engines
    @DisplayName("testing S4: jumpBy is one jump, after which all that is due runs at the new time")
    void jumpByIsOneJump(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            List<Long> seconds = ticker(t, SECOND);
            t.settle();
            t.clock().jumpBy(Duration.ofSeconds(10));
            assertThat(seconds).isEmpty();
            t.settle();
            assertThat(seconds).containsExactly(10L);
        });
    }

    @Engines
    @DisplayName("testing S6: the task that advances goes on last")
    void taskThatAdvancesGoesOnLast(LoopOptions.Engine engine) {
        var order = new ArrayList<String>();
        LoopTester.run(Options.on(engine), t -> {
            t.background().start(() -> {
                sleep(SECOND);
                sleep(Duration.ZERO);
                sleep(Duration.ZERO);
                order.add("other");
            });
            t.clock().advanceBy(SECOND);
            order.add("body");
        });
        assertThat(order).containsExactly("other", "body");
    }

    @Engines
    @DisplayName("testing S2: settle comes before a jump")
    void settleComesBeforeAJump(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            List<Long> seconds = ticker(t, SECOND);
            t.settle();
            assertThat(seconds).isEmpty();
            assertThat(t.clock().elapsed()).isZero();
        });
    }

    @Engines
    @DisplayName("testing S10: timeouts of the library are virtual")
    void timeoutsAreVirtual(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            assertThrows(
                    DeadlineExceededException.class, () -> timeout(Duration.ofDays(1), () -> sleepForever()));
            assertThat(t.clock().elapsed()).isEqualTo(Duration.ofDays(1));
        });
    }

    @Engines
    void backwardsIsRefused(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            assertThatThrownBy(() -> t.clock().advanceBy(SECOND.negated()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("never goes back");
            assertThrows(IllegalArgumentException.class, () -> t.clock().jumpBy(SECOND.negated()));
        });
    }

    @Engines
    @DisplayName("testing S26: time saturates")
    void timeSaturates(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            t.clock().jumpBy(Duration.ofSeconds(Long.MAX_VALUE));
            t.clock().jumpBy(SECOND);
            assertThat(t.clock().nanoTime()).isEqualTo(Long.MAX_VALUE);
        });
    }

    @Engines
    @DisplayName("testing A3: in mode MANUAL only the body moves time")
    void inManualModeOnlyTheBodyMovesTime(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            t.clock().mode(Mode.MANUAL);
            List<Long> seconds = ticker(t, SECOND);
            t.clock().advanceBy(Duration.ofSeconds(2));
            assertThat(seconds).containsExactly(1L, 2L);
        });
        var stuck = assertThrows(DeadlockError.class, () -> LoopTester.run(Options.on(engine), t -> {
            t.clock().mode(Mode.MANUAL);
            sleep(SECOND);
        }));
        assertThat(stuck).hasMessageContaining("mode MANUAL").hasMessageContaining("PT1S");
    }
}
