package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.spi.LoopStatistics;
import dev.espalier.core.spi.ReadyOrder;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/**
 * Random programs of mixed primitives under random orders: every task ends, nothing is lost, doubled or leaked, the
 * loop is quiet at the end, and the order is the same on both engines. jqwik prints the seeds of a program that
 * fails; {@code -Despalier.explore=program,order} runs it alone.
 */
class ExploringPropertyTest {

    /** What happened, as far as a scheduler can see it. */
    private record Trace(long choices, int steps, int values, LoopStatistics end) {}

    @Property(tries = 150)
    void aRandomProgramEndsWithNothingLeftAndInTheSameOrderOnBothEngines(@ForAll long program, @ForAll long order) {
        Trace carrier = trace(LoopOptions.Engine.CARRIER, program, order);
        assertThat(trace(LoopOptions.Engine.HANDOFF, program, order)).as("on the other engine").isEqualTo(carrier);
    }

    @Test
    void theProgramsAreLongAndDifferentEnough() {
        int steps = 0;
        int values = 0;
        for (long seed = 0; seed < 50; seed++) {
            Trace trace = trace(LoopOptions.Engine.CARRIER, seed, 0);
            steps += trace.steps;
            values += trace.values;
            assertThat(trace(LoopOptions.Engine.CARRIER, seed, 0)).as("the same seeds again").isEqualTo(trace);
        }
        assertThat(steps).as("steps of 50 programs").isGreaterThan(2500);
        assertThat(values).as("values that went through their channels").isGreaterThan(100);
    }

    @Test
    void oneProgramOnRequest() {
        String[] seeds = System.getProperty("espalier.explore", "1,1").split(",");
        Trace trace = trace(LoopOptions.Engine.CARRIER, Long.parseLong(seeds[0]), Long.parseLong(seeds[1]));
        assertThat(trace.end.timers()).isZero();
    }

    private static Trace trace(LoopOptions.Engine engine, long seed, long orderSeed) {
        var loops = new LoopFixture(engine);
        var choices = new long[1];
        var random = new SplittableRandom(orderSeed);
        ReadyOrder order = new ReadyOrder() {
            @Override
            public int choose(View ready) {
                int index = orderSeed == 0 ? 0 : random.nextInt(ready.size());
                choices[0] = choices[0] * 31 + ready.taskId(index) * 7 + ready.size();
                return index;
            }

            @Override
            public boolean explores() {
                return orderSeed % 3 == 2;
            }

            @Override
            public boolean giveWay(long taskId, View others) {
                return random.nextInt(4) == 0;
            }
        };
        var programs = new RandomProgram[1];
        LoopStatistics end;
        var draws = new SplittableRandom(seed);
        try (EventLoop loop = loops.open(loops.options()
                .withOrder(order)
                .withRandom(draws::nextLong)
                .withOperationBudget(orderSeed % 2 == 0 ? 128 : 1))) { // 1: awaits that need no waiting give way too
            loop.run(() -> {
                programs[0] = new RandomProgram(seed);
                programs[0].run();
                programs[0].check();
                Waits.settle();
            });
            end = loop.statistics();
        }
        assertThat(end.tasks()).as("tasks left").isZero();
        assertThat(end.timers()).as("timers left").isZero();
        assertThat(end.external()).as("waits left").isZero();
        // the late losers of races
        loops.takeReports().forEach(report -> RandomProgram.assertOnPurpose(report.exception()));
        loops.assertNothingLeft();
        return new Trace(choices[0], programs[0].steps(), programs[0].received.size(), end);
    }
}
