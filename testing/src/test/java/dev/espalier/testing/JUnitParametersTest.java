package dev.espalier.testing;

import static dev.espalier.core.Async.sleep;
import static dev.espalier.testing.Patients.assertAllPass;
import static dev.espalier.testing.Patients.onlyFailure;
import static dev.espalier.testing.Patients.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.espalier.core.CancelScope;
import dev.espalier.core.Channel;
import dev.espalier.core.EventLoop;
import dev.espalier.core.GroupException;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.spi.LoopRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a test may ask for. The nested static classes are patients, which run only from here. */
class JUnitParametersTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private static List<Long> numbersOf(long seed) {
        var numbers = new ArrayList<Long>();
        LoopTester.run(LoopTester.Options.defaults().withSeed(seed), t -> numbers.addAll(three(t.random())));
        return numbers;
    }

    private static List<Long> three(RandomGenerator random) {
        return List.of(random.nextLong(), random.nextLong(), random.nextLong());
    }

    // ---- random numbers and clocks

    @Test
    @DisplayName("testing E3: random numbers are those of the run, in each of their types")
    void randomNumbersAreThoseOfTheRun() {
        assertAllPass(Drawing.class, 6);
    }

    @OnLoop(seed = 5)
    static class Drawing {
        private final RandomGenerator ofTheObject;

        Drawing(RandomGenerator ofTheObject) {
            this.ofTheObject = ofTheObject;
        }

        @Test
        void generator(RandomGenerator random) {
            assertEquals(numbersInHere(), three(random));
        }

        @Test
        void numbersOfTheLoop(LoopRandom random) {
            assertEquals(numbersInHere(), three(random));
        }

        @Test
        void classOfTheJdk(Random random) {
            assertEquals(numbersInHere(), three(random));
        }

        @Test
        void givenToTheConstructor(LoopTester t, Random random) {
            List<Long> all = numbersInHere();
            assertEquals(all, List.of(ofTheObject.nextLong(), t.random().nextLong(), random.nextLong()));
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1})
        void besideArguments(int index, RandomGenerator random) {
            assertEquals(NUMBERS.get(index), three(random));
        }

        private static final List<List<Long>> NUMBERS = List.of(numbersOf(5), numbersOf(6));

        private static List<Long> numbersInHere() {
            return NUMBERS.get(0);
        }
    }

    @Test
    @DisplayName("testing E3: the clock comes as what the tested code asks for")
    void clockComesAsWhatTheTestedCodeAsksFor() {
        assertAllPass(Timed.class, 1);
    }

    @OnLoop
    static class Timed {
        private final Clock ofTheObject;

        Timed(Clock ofTheObject) {
            this.ofTheObject = ofTheObject;
        }

        @Test
        void facesShowOneTime(VirtualClock virtual, Clock clock, InstantSource source) {
            sleep(HOUR);
            assertEquals(ZoneOffset.UTC, clock.getZone());
            assertThat(List.of(clock.instant(), source.instant(), ofTheObject.instant())).containsOnly(virtual.instant());
            assertEquals(HOUR, virtual.elapsed());
        }
    }

    // ---- groups

    @Test
    @DisplayName("testing E3: a group is the background of the run, and what it runs ends with the test")
    void groupIsTheBackgroundOfTheRun() {
        Serving.SEEN.clear();
        assertAllPass(Serving.class, 2);
        assertThat(Serving.SEEN).containsExactly("stopped", "after", "stopped", "after");
    }

    @OnLoop
    static class Serving {
        static final List<String> SEEN = new ArrayList<>();

        @Test
        void servesUntilTheTestEnds(TaskGroup group, LoopTester t) {
            assertThat(group).isSameAs(t.background());
            serve(group);
            assertEquals(HOUR, t.clock().elapsed());
        }

        @Test
        void servesWithoutATester(TaskGroup group) {
            serve(group);
        }

        private static void serve(TaskGroup group) {
            Channel<String> requests = Channel.open(0);
            group.start(() -> {
                try {
                    while (true) {
                        requests.receiver().receive();
                    }
                } finally {
                    SEEN.add("stopped");
                }
            });
            sleep(HOUR);
            requests.sender().send("hello");
        }

        @AfterEach
        void runsOutside() {
            assertThat(EventLoop.currentIfAny()).isNull();
            SEEN.add("after");
        }
    }

    @Test
    void failuresOfATestWithAGroupComeOutAsThoseOfOthers() {
        assertThat(onlyFailure(run(Map.of(), Broken.class)))
                .isInstanceOf(java.io.IOException.class)
                .hasMessage("disk")
                .hasNoSuppressedExceptions();
        assertThat(onlyFailure(run(Map.of(), BrokenBehind.class)))
                .isInstanceOf(GroupException.class)
                .hasMessageContaining("IllegalStateException: server");
        assertThat(onlyFailure(run(Map.of(), Hanging.class))).isInstanceOf(DeadlockError.class);
    }

    @OnLoop
    static class Broken {
        @Test
        void fails(TaskGroup group) throws java.io.IOException {
            assertThat(group.children()).isEmpty();
            throw new java.io.IOException("disk");
        }
    }

    @OnLoop
    static class BrokenBehind {
        @Test
        void fails(TaskGroup group) {
            group.start("server", () -> {
                throw new IllegalStateException("server");
            });
            sleep(HOUR);
        }
    }

    @OnLoop
    static class Hanging {
        @Test
        void waitsForNothing(TaskGroup group) {
            group.start(() -> Channel.<String>open(1).receiver().receive());
            Channel.<String>open(1).receiver().receive();
        }
    }

    @Test
    @DisplayName("testing E3: on the loop, lifecycle methods and constructors are given all of it too")
    void lifecycleMethodsOnTheLoopAreGivenAll() {
        InLoop.SEEN.clear();
        InLoop.DRAWN.clear();
        assertAllPass(InLoop.class, 2);
        assertThat(InLoop.DRAWN).containsExactly(numbersOf(0).get(0));
        assertThat(InLoop.SEEN).hasSizeGreaterThan(1).containsOnly(HOUR);
    }

    @OnLoop(lifecycle = OnLoop.Lifecycle.IN_LOOP)
    static class InLoop {
        static final List<Duration> SEEN = new ArrayList<>();
        static final List<Long> DRAWN = new ArrayList<>();

        private final Channel<Long> numbers = Channel.open(1);

        InLoop(TaskGroup group, RandomGenerator random) {
            group.start(() -> {
                sleep(HOUR);
                numbers.sender().send(random.nextLong());
            });
        }

        @BeforeEach
        void before(TaskGroup group, Clock clock, Random random) {
            assertThat(group.children()).hasSize(1);
            assertThat(clock.instant()).isEqualTo("2000-01-01T00:00:00Z");
            assertThat(random).isNotNull();
        }

        @Test
        void test() {
            DRAWN.add(numbers.receiver().receive());
        }

        @Explore(runs = 3)
        void explored() {
            numbers.receiver().receive();
        }

        @AfterEach
        void after(VirtualClock clock, TaskGroup group, LoopTester t) {
            assertThat(group).isSameAs(t.background());
            SEEN.add(clock.elapsed());
        }
    }

    @Test
    @DisplayName("testing E3: each run of an exploration and of a sweep has its own of everything")
    void eachRunOfASearchHasItsOwn() {
        assertAllPass(Searching.class, 2);
    }

    static class Searching {
        @Explore(runs = 3)
        void explored(TaskGroup group, Random random, Clock clock, LoopTester t) {
            group.start(() -> sleep(HOUR));
            assertEquals(t.clock().instant(), clock.instant());
            random.nextLong();
        }

        @CancelSweep(kinds = Sweep.Kind.CANCEL)
        void swept(LoopTester t, TaskGroup group, InstantSource clock) {
            assertThat(group).isSameAs(t.background());
            assertEquals(t.clock().instant(), clock.instant());
            t.swept(() -> sleep(HOUR));
        }
    }

    // ---- what is refused

    private static void assertRefused(Class<?> patient, String... parts) {
        assertThat(onlyFailure(run(Map.of(), patient)))
                .isInstanceOf(ParameterResolutionException.class)
                .hasMessageContainingAll(parts);
    }

    @Test
    @DisplayName("testing E3: a type that is not given is refused with those that are, and the way to it")
    void typesThatAreNotGivenAreRefused() {
        assertRefused(AskingForALoop.class,
                "asks(dev.espalier.core.EventLoop) cannot take a parameter of the type EventLoop",
                "Clock, InstantSource, LoopRandom, LoopTester, Random, RandomGenerator, TaskGroup, VirtualClock",
                "call EventLoop.current() in the test");
        assertRefused(ExploringWithAScope.class, "type CancelScope", "call CancelScope.current() in the test");
    }

    @OnLoop
    static class AskingForALoop {
        @Test
        void asks(EventLoop loop) {
            assertThat(loop).isNotNull();
        }
    }

    static class ExploringWithAScope {
        @Explore(runs = 1)
        void asks(CancelScope scope) {
            assertThat(scope).isNotNull();
        }
    }

    @Test
    @DisplayName("testing E3: a place where there is no loop is refused, and told how it gets one")
    void placesWithoutALoopAreRefused() {
        assertRefused(Before.class, "type Random", "lifecycle methods and constructors run outside", "IN_LOOP");
        assertRefused(Made.class, "type TaskGroup", "lifecycle methods and constructors run outside", "IN_LOOP");
        assertRefused(BeforeExploring.class, "type LoopTester", "lifecycle methods and constructors run outside");
    }

    @OnLoop
    static class Before {
        @BeforeEach
        void before(Random random) {
            random.nextLong();
        }

        @Test
        void test() {}
    }

    @OnLoop
    static class Made {
        Made(TaskGroup group) {
            group.start(() -> sleep(HOUR));
        }

        @Test
        void test() {}
    }

    static class BeforeExploring {
        @BeforeEach
        void before(LoopTester t) {
            t.settle();
        }

        @Explore(runs = 1)
        void test() {}
    }

    @Test
    void numbersAreNotThereBeforeTheRun() {
        var given = (RandomGenerator)
                TestObjects.given(RandomGenerator.class, new LoopTester(LoopTester.Options.defaults()));
        assertThat(assertThrows(IllegalStateException.class, given::nextLong)).hasMessageContaining("outside the run");
    }
}
