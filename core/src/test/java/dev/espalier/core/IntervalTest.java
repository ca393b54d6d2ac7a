package dev.espalier.core;

import static dev.espalier.core.Async.every;
import static dev.espalier.core.Async.moveOnAfter;
import static dev.espalier.core.Async.select;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Interval.MissedTicks.BURST;
import static dev.espalier.core.Interval.MissedTicks.DELAY;
import static dev.espalier.core.Interval.MissedTicks.SKIP;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Interval and every: no drift, and the three ways with missed ticks. */
class IntervalTest {

    @Test
    void anIntervalTicks() {
        long numbers = Async.run(() -> {
            long sum = 0;
            // @start region="interval"
            Interval beat = Interval.every(Duration.ZERO, Duration.ofMillis(2), Interval.MissedTicks.BURST);
            for (int i = 0; i < 4; i++) {
                Interval.Tick tick = beat.next();
                sum += tick.number();
            }
            // @end
            return sum;
        });
        assertThat(numbers).isEqualTo(6);
    }

    /** When ticks are taken, in seconds from the start, by someone who is busy for a while after the first. */
    private static List<Long> takenAt(LoopFixture loops, Interval.MissedTicks missed, Duration busy) {
        return loops.call(() -> {
            long start = EventLoop.current().now();
            var taken = new ArrayList<Long>();
            Interval interval = Interval.every(seconds(1), seconds(1), missed);
            for (int i = 0; i < 5; i++) {
                interval.next();
                taken.add(loops.since(start).toMillis());
                sleep(i == 0 ? busy : Duration.ZERO);
            }
            return taken;
        });
    }

    @BothEngines
    void ticksKeepToTheScheduleHoweverLongTheyAreUsed(LoopFixture loops) {
        for (Interval.MissedTicks missed : Interval.MissedTicks.values()) {
            assertThat(takenAt(loops, missed, millis(700))).containsExactly(1000L, 2000L, 3000L, 4000L, 5000L);
        }
    }

    @BothEngines
    void missedTicksComeAtOnceOrDelayTheScheduleOrAreSkipped(LoopFixture loops) {
        assertThat(takenAt(loops, BURST, millis(3200))).containsExactly(1000L, 4200L, 4200L, 4200L, 5000L);
        assertThat(takenAt(loops, DELAY, millis(3200))).containsExactly(1000L, 4200L, 5200L, 6200L, 7200L);
        assertThat(takenAt(loops, SKIP, millis(3200))).containsExactly(1000L, 4200L, 5000L, 6000L, 7000L);
    }

    @BothEngines
    void aTickTellsItsNumberItsMomentAndHowManyWereLeftOut(LoopFixture loops) {
        loops.run(() -> {
            long start = EventLoop.current().now();
            Interval interval = Interval.every(seconds(1));
            assertThat(interval.due()).isEqualTo(new Deadline(start + 1_000_000_000L));
            assertThat(interval.next()).isEqualTo(new Interval.Tick(0, new Deadline(start + 1_000_000_000L), 0));
            sleep(millis(3200));
            assertThat(interval.next()).isEqualTo(new Interval.Tick(3, new Deadline(start + 4_000_000_000L), 2));
            assertThat(interval.next().number()).isEqualTo(4);
        });
    }

    @BothEngines
    void aTickThatWasNotTakenBecauseOfACancellationComesNext(LoopFixture loops) {
        loops.run(() -> {
            Interval interval = Interval.every(seconds(2));
            assertThat(moveOnAfter(seconds(1), () -> {
                interval.next();
            })).isFalse();
            assertThat(interval.next().number()).isZero();
        });
    }

    @BothEngines
    void aTickCanBeSelected(LoopFixture loops) {
        loops.run(() -> {
            long start = EventLoop.current().now();
            Channel<String> channel = Channel.open(1);
            Interval interval = Interval.every(seconds(2));
            Clause<String> tick = Clause.tick(interval, it -> "tick " + it.number());
            Clause<String> value = Clause.receive(channel.receiver(), v -> v);
            channel.sender().send("value");
            assertThat(Async.<String>select(tick, value)).isEqualTo("value");
            assertThat(Async.<String>select(tick, value)).isEqualTo("tick 0");
            assertThat(Async.<String>select(tick, Clause.after(seconds(1), () -> "late"))).isEqualTo("late");
            sleep(seconds(3));
            assertThat(Async.<String>select(tick, value)).isEqualTo("tick 2");
            assertThat(loops.since(start)).isEqualTo(seconds(6));
        });
    }

    @BothEngines
    void oneTaskAtATimeWaitsForATick(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Interval interval = Interval.every(seconds(1));
            Task<?> first = group.start("first", () -> interval.next());
            settle();
            assertThat(interval).hasToString("Interval[of 1 s, tick 0 due in 1 s, task 'first' waits]");
            assertThatThrownBy(interval::next).isInstanceOf(BusyException.class).hasMessageContaining("'first'");
            assertThatThrownBy(() -> select(Clause.tick(interval, it -> it))).isInstanceOf(BusyException.class);
            first.join();
        }));
    }

    @BothEngines
    void aPeriodIsPositive(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> Interval.every(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class));
    }

    @BothEngines
    void everyRunsItsBodyUntilItFailsOrIsCancelled(LoopFixture loops) {
        loops.run(() -> {
            var runs = new ArrayList<Long>();
            long start = EventLoop.current().now();
            assertThat(moveOnAfter(millis(3500), () -> every(seconds(1), () -> {
                runs.add(loops.since(start).toMillis());
                sleep(millis(300));
            }))).isFalse();
            assertThat(runs).containsExactly(1000L, 2000L, 3000L);
            assertThatThrownBy(() -> every(seconds(1), () -> {
                throw new IOException("broken");
            })).isInstanceOf(IOException.class);
        });
    }

    @Property(tries = 100)
    void ticksNeverComeEarlyAndNumbersTellTheirMoment(
            @ForAll @IntRange(min = 1, max = 500) int period,
            @ForAll @Size(max = 20) List<@IntRange(min = 0, max = 2000) Integer> busy,
            @ForAll boolean skip,
            @ForAll boolean handoff) {
        var loops = new LoopFixture(handoff ? LoopOptions.Engine.HANDOFF : LoopOptions.Engine.CARRIER);
        loops.run(() -> {
            long start = EventLoop.current().now();
            Interval interval = Interval.every(millis(period), millis(period), skip ? SKIP : BURST);
            long expected = 0;
            for (int pause : busy) {
                Interval.Tick tick = interval.next();
                long now = EventLoop.current().now() - start;
                assertThat(tick.due().nanos() - start).isEqualTo((tick.number() + 1) * period * 1_000_000L)
                        .isLessThanOrEqualTo(now);
                expected += tick.missed();
                assertThat(tick.number()).isEqualTo(expected);
                expected++;
                if (skip) {
                    assertThat(interval.due().nanos() - start).isGreaterThan(now);
                }
                sleep(millis(pause));
            }
        });
        loops.assertNothingLeft();
    }
}
