package dev.espalier.testing;

import static dev.espalier.core.Async.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.TaskGroup;
import dev.espalier.testing.Strategy.Choice;
import dev.espalier.testing.Strategy.Decider;
import dev.espalier.testing.Strategy.Deviation;
import dev.espalier.testing.Strategy.Profile;
import dev.espalier.testing.Strategy.Session;
import dev.espalier.testing.Strategy.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Strategies on programs without a loop: tasks that have some steps each and take turns in a queue. */
class StrategyTest {

    /** A run of such a program. Task a has key 1, b has key 2. */
    private static final class Program implements Choice {
        private final List<int[]> ready = new ArrayList<>(); // task, steps done, steps in all
        private final StringBuilder order = new StringBuilder();
        private final List<Deviation> deviations = new ArrayList<>();

        private Program(int... steps) {
            for (int i = 0; i < steps.length; i++) {
                ready.add(new int[] {i + 1, 0, steps[i]});
            }
        }

        private Program run(Decider decider) {
            while (!ready.isEmpty()) {
                int index = ready.size() == 1 ? 0 : decider.choose(this);
                if (index != 0) {
                    deviations.add(new Deviation(position(), stepAt(0), stepAt(index)));
                }
                int[] task = ready.remove(index);
                order.append((char) ('a' + task[0] - 1));
                if (++task[1] < task[2]) {
                    ready.add(task);
                }
            }
            return this;
        }

        private Step stepAt(int index) {
            return new Step(task(index), step(index));
        }

        @Override
        public int size() {
            return ready.size();
        }

        @Override
        public int usual() {
            return 0;
        }

        @Override
        public long task(int index) {
            return ready.get(index)[0];
        }

        @Override
        public int step(int index) {
            return ready.get(index)[1] + 1;
        }

        @Override
        public int position() {
            return order.length();
        }
    }

    private static Profile profile(int... steps) {
        var byTask = new HashMap<Long, Integer>();
        IntStream.range(0, steps.length).forEach(i -> byTask.put(i + 1L, steps[i]));
        int sum = IntStream.of(steps).sum();
        return new Profile(sum, sum - 1, byTask);
    }

    /** The orders that so many runs give, and how often each. */
    private static Map<String, Integer> orders(Strategy strategy, int runs, int... steps) {
        Session session = strategy.open(profile(steps));
        var orders = new LinkedHashMap<String, Integer>();
        for (int i = 0; i < runs; i++) {
            Decider decider = session.next(new SplittableRandom(Lane.mix(i)));
            if (decider == null) {
                break;
            }
            var program = new Program(steps).run(decider);
            boolean isNew = orders.merge(program.order.toString(), 1, Integer::sum) == 1;
            session.ended(new Strategy.Course(program.order.hashCode(), isNew, program.deviations));
        }
        return orders;
    }

    static Stream<Strategy> all() {
        return Stream.of(Strategy.portfolio(), Strategy.randomWalk(), Strategy.pct(2), Strategy.pct(3), Strategy.pos(),
                Strategy.surw(), Strategy.delays(3), Strategy.guided(Strategy.randomWalk()), Strategy.exhaustive(9));
    }

    @ParameterizedTest
    @MethodSource("all")
    void everyStrategyMeetsManyOrders(Strategy strategy) {
        // of ten orders of two tasks with two and three steps; pct(2) can meet no more
        assertThat(orders(strategy, 3000, 2, 3)).as(strategy.toString()).hasSizeGreaterThanOrEqualTo(5);
    }

    @ParameterizedTest
    @MethodSource("all")
    void theSameRandomNumbersGiveTheSameOrders(Strategy strategy) {
        assertThat(orders(strategy, 200, 5, 3, 4)).isEqualTo(orders(strategy, 200, 5, 3, 4));
    }

    @Test
    void exhaustiveRunsEachOrderOnceThoseWithFewerDeviationsFirst() { // B7
        Session session = Strategy.exhaustive(20).open(profile(2, 3));
        Set<String> seen = new HashSet<>();
        int depth = 0;
        int runs = 0;
        for (Decider next = session.next(new SplittableRandom(0)); next != null; next = session.next(new SplittableRandom(0))) {
            var program = new Program(2, 3).run(next);
            assertThat(seen.add(program.order.toString())).isTrue();
            assertThat(program.deviations.size()).isGreaterThanOrEqualTo(depth);
            depth = program.deviations.size();
            session.ended(new Strategy.Course(0, true, program.deviations));
            runs++;
        }
        assertThat(runs).as("5 over 2").isEqualTo(10);
        assertThat(session.guarantee()).isEqualTo("all schedules (10)");
    }

    @Test
    void exhaustiveSaysHowFarItCame() { // M9
        Session session = Strategy.exhaustive(2).open(profile(4, 4));
        int runs = 0;
        for (Decider next = session.next(new SplittableRandom(0)); next != null; next = session.next(new SplittableRandom(0))) {
            var program = new Program(4, 4).run(next);
            assertThat(program.deviations).hasSizeLessThanOrEqualTo(2);
            session.ended(new Strategy.Course(0, true, program.deviations));
            runs++;
        }
        assertThat(session.guarantee()).isEqualTo("all schedules with at most 2 deviations (" + runs + ")");
    }

    @Test
    void surwMeetsTheOrdersOfTwoTasksAboutEquallyOften() { // B5
        Map<String, Integer> uniform = orders(Strategy.surw(), 45_000, 2, 8);
        Map<String, Integer> walk = orders(Strategy.randomWalk(), 45_000, 2, 8);
        assertThat(uniform).hasSize(45);
        int least = uniform.values().stream().min(Integer::compare).orElseThrow();
        int leastOfWalk = walk.values().stream().min(Integer::compare).orElse(0);
        assertThat(least).as("of the rarest order").isGreaterThan(5 * leastOfWalk);
    }

    @Test
    void pctFindsABugOfDepthTwoAtLeastAsOftenAsItGuarantees() { // B3
        // b's third step before a's first: a must be held back from its very beginning
        Map<String, Integer> orders = orders(Strategy.pct(2), 5000, 5, 5);
        int hits = orders.entrySet().stream()
                .filter(order -> order.getKey().startsWith("bbb"))
                .mapToInt(Map.Entry::getValue)
                .sum();
        assertThat(hits).isGreaterThan(5000 / (2 * 10));
    }

    @Test
    void pctSaysWithWhatProbabilityABugIsMissed() {
        Session session = Strategy.pct(1).open(profile(3, 3));
        assertThat(session.guarantee()).isEmpty();
        for (int i = 0; i < 10; i++) {
            session.next(new SplittableRandom(i));
        }
        assertThat(session.guarantee())
                .isEqualTo("a bug that needs 1 ordering is missed with a probability of at most 0.00098 (2 tasks, 6 steps)");
    }

    @Test
    void delaysHoldBackOnlySoManySteps() { // B6
        assertThat(orders(Strategy.delays(1), 1000, 6, 6).keySet())
                .allSatisfy(order -> assertThat(Pattern.compile("aa+|bb+").matcher(order).results())
                        .as("in %s one task is ahead while a step is held back, and the other at the end", order)
                        .hasSizeLessThanOrEqualTo(2))
                .contains("bbbbbbaaaaaa");
    }

    @Test
    void thePortfolioEndsWhenItHasRunAllSchedules() { // B9
        Exploration covered = LoopTester.explore(
                Exploration.Options.defaults().withRuns(10_000).withBudget(Duration.ofMinutes(1)), tester -> TaskGroup.run(group -> {
                    group.start(() -> checkpoint());
                    group.start(() -> {});
                }));
        assertThat(covered.runs()).isLessThan(1000);
        assertThat(covered.guarantee()).startsWith("all schedules (");
    }

    @Test
    void thePortfolioGuaranteesAllSchedulesWithOneDeviation() {
        Exploration covered = LoopTester.explore(300, tester -> TaskGroup.run(group -> {
            for (int i = 0; i < 3; i++) {
                group.start(() -> {
                    for (int k = 0; k < 6; k++) {
                        checkpoint();
                    }
                });
            }
        }));
        assertThat(covered.guarantee()).startsWith("all schedules with at most 1 deviation (");
    }

    @Test
    void wrongNumbersAreRefused() {
        assertThatThrownBy(() -> Strategy.pct(0)).hasMessageContaining("at least 1, not 0");
        assertThatThrownBy(() -> Strategy.delays(0)).hasMessageContaining("not 0");
        assertThatThrownBy(() -> Strategy.exhaustive(0)).hasMessageContaining("not 0");
    }

    // ---- replays

    private static Program walked(long seed) {
        var random = new SplittableRandom(seed);
        return new Program(4, 3, 5).run(choice -> random.nextInt(choice.size()));
    }

    @Property
    @Label("testing B12: a replay follows all deviations")
    void aReplayFollowsAllDeviations(@ForAll long seed) {
        Program first = walked(seed);
        Replay strict = Replay.strict(first.deviations, Map.of());
        assertThat(new Program(4, 3, 5).run(strict).order).hasToString(first.order.toString());
        assertThat(strict.divergence()).isNull();
        assertThat(new Program(4, 3, 5).run(Replay.lenient(first.deviations)).order).hasToString(first.order.toString());
    }

    @Property
    @Label("testing S22: to leave deviations out does not change what the others mean")
    void leavingSomeOutDoesNotChangeWhatTheOthersMean(@ForAll long seed, @ForAll @IntRange(max = 0xFFF) int mask) {
        List<Deviation> all = walked(seed).deviations;
        List<Deviation> some = IntStream.range(0, all.size())
                .filter(i -> (mask >> i & 1) == 1)
                .mapToObj(all::get)
                .toList();
        List<Deviation> happened = new Program(4, 3, 5).run(Replay.lenient(some)).deviations;
        assertThat(happened.stream().map(d -> List.of(d.usual(), d.chosen())))
                .as("those that happen are among those that were asked for")
                .isSubsetOf(some.stream().map(d -> List.of(d.usual(), d.chosen())).toList());
    }

    @Test
    void aStrictReplayRemembersWhereItCouldNotFollow() { // S21
        var other = new Deviation(2, new Step(1, 7), new Step(2, 1));
        Replay strict = Replay.strict(List.of(other), Map.of(1L, "ada", 2L, "bob"));
        new Program(3, 3).run(strict);
        assertThat(strict.divergence())
                .startsWith("the tape runs step 1 of 'bob' before step 7 of 'ada' at step 3, but at step 3 there are ready ");
    }
}
