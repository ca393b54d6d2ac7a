package dev.espalier.testing;

import static dev.espalier.core.Async.sleep;
import static dev.espalier.testing.Patients.onlyFailure;
import static dev.espalier.testing.Patients.published;
import static dev.espalier.testing.Patients.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.espalier.core.Channel;
import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** Tests that a factory makes. The nested static classes are patients, which run only from here. */
class DynamicLoopTestTest {
    private static final Duration HOUR = Duration.ofHours(1);

    @Test
    @DisplayName("testing E8: each dynamic test has the options of its factory, and a seed made of its name")
    void eachTestHasTheOptionsOfItsFactoryAndItsOwnSeed() {
        Drawing.DRAWN.clear();
        EngineExecutionResults results = run(Map.of(), Drawing.class);
        results.testEvents().assertStatistics(counts -> counts.started(3).succeeded(3));
        assertThat(published(results, "espalier.seed"))
                .containsExactly(seedOf(7, "ada"), seedOf(7, "bob"), seedOf(7, "cyd"));
        assertThat(published(results, "espalier.virtualTime")).containsExactly("PT1H", "PT1H", "PT1H");
        assertThat(new HashSet<>(Drawing.DRAWN)).hasSize(3);
        List<Long> drawn = List.copyOf(Drawing.DRAWN);
        Drawing.DRAWN.clear();
        run(Map.of(), Drawing.class);
        assertEquals(drawn, Drawing.DRAWN);
    }

    private static String seedOf(long seed, String name) {
        return Long.toString(seed + name.hashCode());
    }

    @Test
    @DisplayName("testing E8, E10: a seed that is set wins over that of the factory")
    void seedThatIsSetWins() {
        EngineExecutionResults results = run(Map.of("espalier.seed", "100"), Drawing.class);
        assertThat(published(results, "espalier.seed"))
                .containsExactly(seedOf(100, "ada"), seedOf(100, "bob"), seedOf(100, "cyd"));
    }

    @OnLoop(engine = LoopOptions.Engine.HANDOFF, seed = 3)
    static class Drawing {
        static final List<Long> DRAWN = new ArrayList<>();

        @TestFactory
        @OnLoop(seed = 7)
        Stream<DynamicNode> people() {
            assertThat(EventLoop.currentIfAny()).isNull();
            return Stream.of(one("ada"), DynamicContainer.dynamicContainer("others", List.of(one("bob"), one("cyd"))));
        }

        private static DynamicTest one(String name) {
            return DynamicLoopTest.of(name, t -> {
                assertThat(EventLoop.current().engine()).isEqualTo(LoopOptions.Engine.HANDOFF);
                DRAWN.add(t.random().nextLong());
                sleep(HOUR);
            });
        }
    }

    @Test
    @DisplayName("testing E8: a dynamic test fails as a loop test does")
    void failsAsALoopTestDoes() {
        assertThat(onlyFailure(run(Map.of(), Hanging.class)))
                .isInstanceOf(DeadlockError.class)
                .hasMessageContaining("waits for channel");
    }

    static class Hanging {
        @TestFactory
        Stream<DynamicTest> hangs() {
            return Stream.of(
                    DynamicLoopTest.of("hangs", _ -> Channel.<String>open(1).receiver().receive()),
                    DynamicLoopTest.of("comes next", _ -> sleep(HOUR)));
        }
    }

    @Test
    @DisplayName("testing E8: other dynamic tests of a class on a loop run as they are")
    void otherDynamicTestsRunAsTheyAre() {
        EngineExecutionResults results = run(Map.of(), Mixed.class);
        results.testEvents().assertStatistics(counts -> counts.started(3).succeeded(3));
        assertThat(published(results, "espalier.seed")).containsExactly(seedOf(0, "on a loop"));
    }

    @OnLoop
    static class Mixed {
        @BeforeEach
        void runsOutside() {
            assertThat(EventLoop.currentIfAny()).isNull();
        }

        @Nested
        class Inner {
            @TestFactory
            Stream<DynamicTest> mixed() {
                return Stream.of(
                        DynamicTest.dynamicTest("outside", () -> assertThat(EventLoop.currentIfAny()).isNull()),
                        DynamicTest.dynamicTest("by hand", () -> LoopTester.run(_ -> sleep(HOUR))),
                        DynamicLoopTest.of("on a loop", _ -> sleep(HOUR)));
            }
        }
    }

    @Test
    @DisplayName("testing S40: a factory that is marked as one of real time gives it to its tests")
    void realTimeReachesTheTests() {
        run(Map.of(), Real.class).testEvents().assertStatistics(counts -> counts.started(1).succeeded(1));
    }

    @RealTime
    @OnLoop
    static class Real {
        @TestFactory
        DynamicTest real() {
            return DynamicLoopTest.of("real", t -> assertEquals(VirtualClock.Mode.REAL, t.clock().mode()));
        }
    }

    @Test
    void isOneTestOfItsOwnAlsoWithoutAFactory() throws Throwable {
        DynamicTest failing = DynamicLoopTest.of("fails", _ -> {
            sleep(HOUR);
            throw new java.io.IOException("disk");
        });
        assertThat(failing.getDisplayName()).isEqualTo("fails");
        assertThatThrownBy(failing.getExecutable()::execute).isInstanceOf(java.io.IOException.class).hasMessage("disk");
    }

    @Test
    void withoutABodyThereIsNoTest() {
        assertThatThrownBy(() -> DynamicLoopTest.of("empty", null)).isInstanceOf(NullPointerException.class);
    }
}
