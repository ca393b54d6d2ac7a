package dev.espalier.testing;

import static dev.espalier.core.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.event;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.EventConditions.test;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.instanceOf;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Awaitable;
import dev.espalier.core.CancelledError;
import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** The annotation, seen from JUnit. The nested static classes are its patients and run only from here. */
class CancelSweepTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    // @start region="junit"
    @CancelSweep
    void permitsComeBack(LoopTester t) {
        var permits = AsyncSemaphore.of(1);
        t.swept(() -> permits.withPermit(() -> sleep(SECOND)));
        assertEquals(1, permits.available());
    }
    // @end

    private static Events run(Class<?> patient, Map<String, String> parameters) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(patient))
                .configurationParameters(parameters)
                .execute()
                .testEvents();
    }

    private static void assertFails(Class<?> patient, Class<? extends Throwable> error, String part) {
        Events events = run(patient, Map.of());
        events.assertStatistics(counts -> counts.started(1).failed(1));
        events.assertThatEvents().haveExactly(
                1, event(test(), finishedWithFailure(instanceOf(error), message(text -> text.contains(part)))));
    }

    private static Throwable failureOf(Events events) {
        return events.failed().stream().findFirst().orElseThrow()
                .getRequiredPayload(TestExecutionResult.class).getThrowable().orElseThrow();
    }

    @Test
    @DisplayName("testing M2, E1: a sweep is one test, with new objects in each run, and tells what it covered")
    void aSweepIsOneTest() {
        List<Object> objects = Fresh.OBJECTS;
        objects.clear();
        Events events = run(Fresh.class, Map.of());
        events.assertStatistics(counts -> counts.started(2).succeeded(2));
        assertThat(objects).hasSizeGreaterThan(20).doesNotHaveDuplicates();
        assertThat(Fresh.open).as("prepared but not cleaned up, JUnit's own included").isZero();
        assertThat(events.reportingEntryPublished().stream()
                        .map(entry -> entry.getPayload().orElseThrow().toString()))
                .hasSize(2).allMatch(text -> text.contains("the target was cut at 1 await that waits"));
    }

    static class Fresh {
        private static final List<Object> OBJECTS = new ArrayList<>();
        private static int open;
        private boolean prepared;

        @BeforeEach
        void setUp() {
            assertThat(EventLoop.currentIfAny()).isNull();
            prepared = true;
            open++;
        }

        @AfterEach
        void tearDown() {
            open--;
        }

        @CancelSweep
        void test(LoopTester t, VirtualClock clock) {
            assertThat(prepared).isTrue();
            assertThat(t.clock()).isSameAs(clock);
            OBJECTS.add(this);
            t.swept(() -> sleep(SECOND));
        }

        @Nested
        class Inner {
            @CancelSweep
            void test(LoopTester t) {
                assertThat(prepared).isTrue();
                OBJECTS.add(this);
                t.swept(() -> sleep(SECOND));
            }
        }
    }

    @Test
    @DisplayName("testing M2, E12: a failure comes out as it was thrown, with the cut beside it")
    void failureComesOutAsItWasThrown() {
        Events events = run(Losing.class, Map.of());
        Throwable failure = failureOf(events);
        assertThat(failure).isExactlyInstanceOf(org.opentest4j.AssertionFailedError.class)
                .hasMessageContaining("expected: <1> but was: <0>");
        assertThat(SweepInfo.of(failure).orElseThrow().getMessage())
                .contains("by the cut CANCEL:1:PARKED: the task of the target is cancelled when the task has just")
                .contains("await 1 of 1: task 'target' waited for time to pass (sleep)")
                .contains("-Despalier.cut=CANCEL:1:PARKED with @CancelSweep");
    }

    static class Losing {
        private static int runs;

        @CancelSweep
        void test(LoopTester t) {
            runs++;
            var permits = AsyncSemaphore.of(1);
            t.swept(() -> {
                permits.acquire();
                sleep(SECOND);
                permits.release();
            });
            assertEquals(1, permits.available());
        }
    }

    @Test
    @DisplayName("testing M2, E10: one cut alone is made by a parameter")
    void oneCutAlone() {
        Losing.runs = 0;
        Events events = run(Losing.class, Map.of("espalier.cut", "scope:1:parked"));
        assertThat(SweepInfo.of(failureOf(events)).orElseThrow().cut())
                .contains(new Sweep.Cut(Sweep.Kind.SCOPE, 1, Sweep.Position.PARKED, false));
        assertThat(Losing.runs).isEqualTo(2);
    }

    @Test
    @DisplayName("testing M2: what the target may do is declared")
    void declarations() {
        run(Declared.class, Map.of()).assertStatistics(counts -> counts.started(3).succeeded(3));
    }

    static class Declared {
        @CancelSweep(failures = IllegalStateException.class, kinds = Sweep.Kind.CANCEL)
        void maps(LoopTester t) {
            t.swept(() -> {
                try {
                    sleep(SECOND);
                } catch (CancelledError e) {
                    throw new IllegalStateException(e);
                }
            });
        }

        @CancelSweep(mayReturn = true, engine = LoopOptions.Engine.HANDOFF, realTimeoutMillis = 5_000)
        void returns(LoopTester t) {
            assertThat(EventLoop.current().engine()).isEqualTo(LoopOptions.Engine.HANDOFF);
            Awaitable.State<String> end = t.swept(() -> {
                try {
                    sleep(SECOND);
                    return "slept";
                } catch (CancelledError e) {
                    return "cancelled";
                }
            });
            assertThat(end).isInstanceOf(Awaitable.Succeeded.class);
        }

        @CancelSweep(cleanUpMillis = 1000)
        void cleansUp(LoopTester t) {
            t.swept(() -> {
                try {
                    sleep(SECOND);
                } finally {
                    dev.espalier.core.Async.shield(SECOND, () -> sleep(SECOND.dividedBy(2)));
                }
            });
        }
    }

    @Test
    @DisplayName("testing M2, E5: a sweep in a class that runs on a loop has loops of its own")
    void sweepInAClassThatRunsOnALoop() {
        run(OfALoop.class, Map.of()).assertStatistics(counts -> counts.started(2).succeeded(2));
    }

    @OnLoop
    static class OfALoop {
        @CancelSweep
        void sweeps(LoopTester t) {
            t.swept(() -> sleep(SECOND));
        }

        @Test
        void runs(LoopTester t) {
            assertThat(t.swept(() -> "value")).isInstanceOf(Awaitable.Succeeded.class);
        }
    }

    @Test
    @DisplayName("testing M2, E10: a cut that cannot be read is refused with the rule")
    void unreadableCutIsRefused() {
        assertThat(failureOf(run(Losing.class, Map.of("espalier.cut", "here"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("espalier.cut must be a cut like CANCEL:3:PARKED, not 'here'");
    }

    @Test
    @DisplayName("testing M2: a method without a target fails")
    void methodWithoutATargetFails() {
        assertFails(Aimless.class, IllegalStateException.class, "has no target");
    }

    static class Aimless {
        @CancelSweep
        void test() {
            sleep(SECOND);
        }
    }

    @Test
    @DisplayName("testing M2, E3: a tester in a lifecycle method is refused")
    void testerInALifecycleMethodIsRefused() {
        assertFails(Misplaced.class, ParameterResolutionException.class, "LoopTester");
    }

    static class Misplaced {
        @BeforeEach
        void setUp(LoopTester t) {
            t.settle();
        }

        @CancelSweep
        void test(LoopTester t) {
            t.swept(() -> sleep(SECOND));
        }
    }
}
