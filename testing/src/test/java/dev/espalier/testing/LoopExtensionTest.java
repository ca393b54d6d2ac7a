package dev.espalier.testing;

import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.EventConditions.test;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.instanceOf;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Task;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** The extension, seen from JUnit. The nested static classes are its patients and run only from here. */
class LoopExtensionTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private static Events run(Class<?> patient) {
        return EngineTestKit.engine("junit-jupiter").selectors(selectClass(patient)).execute().testEvents();
    }

    private static void assertFails(Class<?> patient, Class<? extends Throwable> error, String part) {
        Events events = run(patient);
        events.assertStatistics(counts -> counts.started(1).failed(1));
        events.assertThatEvents().haveExactly(
                1, event(test(), finishedWithFailure(instanceOf(error), message(text -> text.contains(part)))));
    }

    // ---- what passes

    @Test
    @DisplayName("testing E1, E3, E9: methods of all sorts run on a loop, with their parameters")
    void methodsOfAllSortsRunOnALoop() {
        run(AllSorts.class).assertStatistics(counts -> counts.started(8).succeeded(8));
    }

    static class AllSorts {
        @LoopTest
        void plain() {
            sleep(HOUR);
            assertThat(Task.current().name()).isEqualTo("test");
        }

        @LoopTest
        void takesTesterAndClock(LoopTester t, VirtualClock clock) {
            sleep(HOUR);
            assertThat(t.clock()).isSameAs(clock);
            assertThat(clock.elapsed()).isEqualTo(HOUR);
        }

        @OnLoop
        @RepeatedTest(3)
        void repeated(VirtualClock clock) {
            assertThat(clock.elapsed()).isZero();
            sleep(HOUR);
        }

        @OnLoop
        @ParameterizedTest
        @ValueSource(ints = {1, 2})
        void parameterized(int hours, VirtualClock clock) {
            sleep(HOUR.multipliedBy(hours));
            assertThat(clock.elapsed()).isEqualTo(HOUR.multipliedBy(hours));
        }

        @Test
        void withoutAnnotation() {
            assertThat(EventLoop.currentIfAny()).isNull();
        }
    }

    @Test
    @DisplayName("testing E5: a class hands its options down, and the inner one wins")
    void classHandsItsOptionsDown() {
        run(Outer.class).assertStatistics(counts -> counts.started(4).succeeded(4));
    }

    @OnLoop(engine = LoopOptions.Engine.HANDOFF)
    static class Outer {
        @BeforeEach
        void lifecycleRunsOutside() {
            assertThat(EventLoop.currentIfAny()).isNull();
        }

        @Test
        void testOfTheClass() {
            assertThat(EventLoop.current().engine()).isEqualTo(LoopOptions.Engine.HANDOFF);
        }

        @LoopTest
        void loopTestOfTheClass() {
            assertThat(EventLoop.current().engine()).isEqualTo(LoopOptions.Engine.HANDOFF);
        }

        @Test
        @OnLoop(engine = LoopOptions.Engine.CARRIER)
        void innerWins() {
            assertThat(EventLoop.current().engine()).isEqualTo(LoopOptions.Engine.CARRIER);
        }

        @Nested
        class Inner {
            @Test
            void nested() {
                assertThat(EventLoop.current().engine()).isEqualTo(LoopOptions.Engine.HANDOFF);
            }
        }
    }

    // ---- what fails

    @Test
    void failureOfTheMethodComesOutAsItself() {
        assertFails(Failing.class, java.io.IOException.class, "disk");
    }

    static class Failing {
        @LoopTest
        void fails() throws Exception {
            sleep(HOUR);
            throw new java.io.IOException("disk");
        }
    }

    @Test
    void deadlockFails() {
        assertFails(Deadlocked.class, DeadlockError.class, "Deadlocked.hangs");
    }

    static class Deadlocked {
        @LoopTest
        void hangs() {
            sleepForever();
        }
    }

    @Test
    void leakFails() {
        assertFails(Leaking.class, LeakedTaskError.class, "Leaking.leaks");
    }

    static class Leaking {
        @LoopTest
        void leaks() {
            EventLoop.current().submit("lost", () -> sleepForever());
        }
    }

    @Test
    void livelockFails() {
        assertFails(Spinning.class, LivelockError.class, "500 ticks");
    }

    static class Spinning {
        @Test
        @OnLoop(maxStepsPerInstant = 500)
        void spins() {
            while (true) {
                sleep(Duration.ZERO);
            }
        }
    }

    @Test
    @DisplayName("testing A13: the limit of real time of the class holds for a blocked method")
    void blockedMethodFails() {
        assertFails(Blocked.class, BlockedLoopError.class, "PT0.2S of real time");
    }

    @OnLoop(realTimeoutMillis = 200)
    static class Blocked {
        @LoopTest
        void blocks() throws Exception {
            new java.util.concurrent.CountDownLatch(1).await();
        }
    }

    @Test
    @DisplayName("testing E6, S36: JUnit's timeout ends the test, with a dump of what each task did")
    void timeoutOfJUnitEndsTheTest() {
        Events events = run(TimedOut.class);
        events.assertThatEvents()
                .haveExactly(1, event(test(), finishedWithFailure(instanceOf(TimeoutException.class))));
        assertThat(events.failed().stream()).singleElement().satisfies(event -> assertThat(
                        event.getRequiredPayload(org.junit.platform.engine.TestExecutionResult.class)
                                .getThrowable()
                                .orElseThrow()
                                .getSuppressed())
                .anySatisfy(dump -> assertThat(dump)
                        .isInstanceOf(BlockedLoopError.class)
                        .hasMessageContaining("waits for a future of the JDK")));
    }

    static class TimedOut {
        @LoopTest
        @Timeout(value = 200, unit = TimeUnit.MILLISECONDS)
        void waits() {
            dev.espalier.core.Async.await(new java.util.concurrent.CompletableFuture<String>());
        }
    }

    @Test
    @DisplayName("testing E3: a tester in a lifecycle method is refused with the reason")
    void testerInALifecycleMethodIsRefused() {
        assertFails(Misplaced.class, ParameterResolutionException.class, "run outside the loop unless the test or its class");
    }

    static class Misplaced {
        @BeforeEach
        void setUp(LoopTester t) {
            t.settle();
        }

        @LoopTest
        void test() {}
    }
}
