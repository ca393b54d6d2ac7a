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
import java.time.LocalTime;
import java.time.ZoneId;
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

    @Engines
    @DisplayName("testing S3: advanceToJustBefore leaves out its end")
    void advanceToJustBeforeLeavesOutItsEnd(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            List<Long> seconds = ticker(t, SECOND);
            t.clock().advanceToJustBefore(SECOND.multipliedBy(3));
            assertThat(seconds).containsExactly(1L, 2L);
            t.clock().advanceBy(Duration.ofNanos(1));
            assertThat(seconds).containsExactly(1L, 2L, 3L);
            assertThatThrownBy(() -> t.clock().advanceToJustBefore(Duration.ZERO))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("must be positive");
        });
    }

    @Engines
    @DisplayName("testing A5: settle runs what can run at this moment, through any number of ticks, and no later timer")
    void settleRunsAllThatCanRunNow(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            var seen = new ArrayList<String>();
            t.background().start(() -> {
                for (int tick = 0; tick < 50; tick++) {
                    sleep(Duration.ZERO);
                }
                seen.add("now");
                sleep(Duration.ofNanos(1));
                seen.add("later");
            });
            t.settle();
            assertThat(seen).containsExactly("now");
        });
    }

    @Engines
    @DisplayName("testing S26: the unit is the nanosecond, over any time")
    void timeIsExactToTheNanosecond(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            Duration odd = Duration.ofDays(300).plusNanos(1);
            sleep(odd);
            assertThat(t.clock().elapsed()).isEqualTo(odd);
            sleep(Duration.ofNanos(1));
            assertThat(t.clock().elapsed()).isEqualTo(odd.plusNanos(1));
            assertThat(t.clock().now()).isEqualTo(Instant.parse("2000-01-01T00:00:00Z").plus(odd).plusNanos(1));
        });
    }

    // ---- the wall clock

    @Engines
    @DisplayName("testing A9, S27: the wall clock can be set, forward and back, and no timer notices")
    void settingTheWallClockMovesNoTimer(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            VirtualClock clock = t.clock();
            List<Long> seconds = ticker(t, SECOND);
            for (String moment : List.of("2024-02-29T12:00:00Z", "1969-12-31T23:59:59Z")) {
                long before = clock.nanoTime();
                clock.setWall(Instant.parse(moment));
                assertThat(clock.instant()).isEqualTo(moment);
                assertThat(clock.nanoTime()).isEqualTo(before);
                assertThat(EventLoop.current().now()).isEqualTo(before);
                clock.advanceBy(SECOND);
                assertThat(clock.instant()).isEqualTo(Instant.parse(moment).plus(SECOND));
            }
            assertThat(seconds).containsExactly(1L, 2L);
            assertThat(clock.elapsed()).isEqualTo(SECOND.multipliedBy(2));
        });
    }

    @Engines
    @DisplayName("testing A9, S27: the wall clock can be skewed, and its zones follow")
    void skewingTheWallClockAddsUp(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            VirtualClock clock = t.clock();
            var zoned = clock.withZone(ZoneId.of("Asia/Kathmandu")); // 5:45 ahead
            clock.skewWall(Duration.ofHours(2));
            clock.skewWall(Duration.ofHours(-3));
            assertThat(clock.now()).isEqualTo("1999-12-31T23:00:00Z");
            assertThat(zoned.instant()).isEqualTo(clock.now());
            assertThat(LocalTime.now(zoned)).hasToString("04:45");
            assertThat(clock.elapsed()).isZero();
        });
    }

    @Engines
    void wallClockAndModesAreRefusedOutsideTheRun(LoopOptions.Engine engine) {
        var kept = new ArrayList<VirtualClock>();
        LoopTester.run(Options.on(engine), t -> kept.add(t.clock()));
        VirtualClock clock = kept.getFirst();
        assertThatThrownBy(() -> clock.setWall(Instant.EPOCH))
                .hasMessageContaining("setWall was called outside the run");
        assertThatThrownBy(() -> clock.skewWall(SECOND)).hasMessageContaining("skewWall");
        assertThatThrownBy(() -> clock.mode(Mode.MANUAL)).hasMessageContaining("mode");
        assertThatThrownBy(() -> clock.rate(2)).hasMessageContaining("rate");
    }

    // ---- time that flows

    @Engines
    @DisplayName("testing A3: in mode REAL a moment takes as long as it is")
    void inRealModeTimeIsReal(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            sleep(Duration.ofHours(1));
            t.clock().mode(Mode.REAL);
            long before = System.nanoTime();
            sleep(Duration.ofMillis(20));
            assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(20_000_000);
            t.clock().mode(Mode.AUTO); // and on from where it is
            Duration reached = t.clock().elapsed();
            assertThat(reached).isGreaterThanOrEqualTo(Duration.ofHours(1).plusMillis(20));
            sleep(Duration.ofHours(1));
            assertThat(t.clock().elapsed()).isEqualTo(reached.plusHours(1));
        });
    }

    @Engines
    @DisplayName("testing A10: at a rate of 3600 an hour takes a second, at one of a half a moment takes two")
    void timeRunsAtARate(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            t.clock().rate(360_000);
            assertThat(t.clock().mode()).isEqualTo(Mode.REAL);
            long before = System.nanoTime();
            sleep(Duration.ofHours(1));
            assertThat(System.nanoTime() - before).isBetween(10_000_000L, 5_000_000_000L);
            t.clock().rate(0.5);
            before = System.nanoTime();
            sleep(Duration.ofMillis(10));
            assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(20_000_000);
        });
    }

    @Engines
    @DisplayName("testing A10: time that flows does not stand while something outside is awaited, and can be advanced")
    void flowingTimeDoesNotWaitForTheWorldOutside(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            t.clock().rate(1_000_000);
            try (var _ = t.holdTime()) {
                sleep(Duration.ofHours(1));
            }
            Duration before = t.clock().elapsed();
            t.clock().advanceBy(Duration.ofDays(1));
            assertThat(t.clock().elapsed()).isGreaterThanOrEqualTo(before.plusDays(1));
        });
    }

    @Engines
    @DisplayName("testing A12: a deadlock is one while time flows, too")
    void deadlockIsReportedWhileTimeFlows(LoopOptions.Engine engine) {
        assertThrows(DeadlockError.class, () -> LoopTester.run(Options.on(engine), t -> {
            t.clock().mode(Mode.REAL);
            sleepForever();
        }));
    }

    @Engines
    void rateMustBePositiveAndFinite(LoopOptions.Engine engine) {
        LoopTester.run(Options.on(engine), t -> {
            for (double factor : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
                assertThatThrownBy(() -> t.clock().rate(factor))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(String.valueOf(factor));
            }
        });
    }

    @Engines
    @DisplayName("testing S13: once the run is over its clock stands, and says how much it has covered")
    void clockStandsAfterTheRun(LoopOptions.Engine engine) {
        var tester = new LoopTester(Options.on(engine));
        tester.execute(_ -> sleep(Duration.ofDays(3)));
        assertThat(tester.covered()).isEqualTo(Duration.ofDays(3));
        long stopped = tester.clock().nanoTime();
        assertThat(tester.clock().mode()).isEqualTo(Mode.MANUAL);
        assertThat(tester.clock().nanoTime()).isEqualTo(stopped);
    }
}
