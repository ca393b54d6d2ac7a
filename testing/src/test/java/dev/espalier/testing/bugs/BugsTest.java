package dev.espalier.testing.bugs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.espalier.core.GroupException;
import dev.espalier.testing.Exploration;
import dev.espalier.testing.LoopTester;
import dev.espalier.testing.ReplayInfo;
import dev.espalier.testing.Strategy;
import dev.espalier.testing.Tape;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The kit finds each bug, replays it and makes it small; about the repaired programs it is silent. */
class BugsTest {
    private static final int SEEDS = 20;
    private static final Exploration.Options OPTIONS =
            Exploration.Options.defaults().withBudget(Duration.ofMinutes(5));

    static Stream<Bug> bugs() {
        return Bug.all().stream();
    }

    /** Those that one deviation does not show. */
    static Stream<Bug> notTheEasiest() {
        return bugs().filter(bug -> bug.needs() > 1);
    }

    /** What is wrong with the program, and not with the run. */
    private static boolean isOfTheBug(Throwable failure) {
        List<? extends Throwable> causes = failure instanceof GroupException group ? group.leaves() : List.of(failure);
        return causes.stream().allMatch(AssertionError.class::isInstance);
    }

    private static Throwable find(Bug bug, long seed) {
        Throwable failure = catchThrowable(
                () -> LoopTester.explore(OPTIONS.withRuns(10_000).withSeed(seed).withName(bug.name()), bug.buggy()));
        assertThat(failure).as("of seed " + seed).isNotNull().matches(BugsTest::isOfTheBug);
        return failure;
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void theUsualOrderDoesNotShowIt(Bug bug) throws Exception {
        LoopTester.run(bug.buggy());
    }

    @ParameterizedTest
    @MethodSource("notTheEasiest")
    void noScheduleWithFewerDeviationsThanItNeedsShowsIt(Bug bug) throws Exception { // B7
        int fewer = bug.needs() - 1;
        Exploration covered =
                LoopTester.explore(OPTIONS.withRuns(100_000).withStrategy(Strategy.exhaustive(fewer)), bug.buggy());
        assertThat(covered.guarantee()).startsWith("all schedules with at most " + fewer + " deviation");
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void itIsFoundReplayedAndMadeSmall(Bug bug) { // B9, B12, B14, S22, S23
        for (long seed = 0; seed < SEEDS; seed++) {
            Throwable failure = find(bug, seed);
            ReplayInfo info = ReplayInfo.of(failure).orElseThrow();
            Tape tape = info.tape();
            assertThat(info).hasMessageContaining("it repeats");
            assertThat(tape.deviations()).hasSizeGreaterThanOrEqualTo(bug.needs());
            if (bug.needs() == 1) {
                assertThat(tape.deviations()).as(info.getMessage()).hasSize(1);
            }

            Throwable again = catchThrowable(() -> LoopTester.explore(OPTIONS.withReplay(tape), bug.buggy()));
            assertThat(again).hasSameClassAs(failure).matches(BugsTest::isOfTheBug);
            assertThat(ReplayInfo.of(again).orElseThrow().tape().deviations()).isEqualTo(tape.deviations());
        }
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void theSameSeedFindsTheSameTape(Bug bug) { // B11, S19
        assertThat(ReplayInfo.of(find(bug, 3)))
                .map(ReplayInfo::tape)
                .isEqualTo(ReplayInfo.of(find(bug, 3)).map(ReplayInfo::tape));
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void aRepairedProgramPassesInEveryOrder(Bug bug) throws Exception {
        LoopTester.run(bug.repaired());
        for (long seed = 0; seed < SEEDS; seed++) {
            LoopTester.explore(OPTIONS.withRuns(300).withSeed(seed).withName(bug.name()), bug.repaired());
        }
    }
}
