package dev.espalier.testing;

import static dev.espalier.core.Async.offload;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.testing.Patients.onlyFailure;
import static dev.espalier.testing.Patients.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.espalier.core.Channel;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** Loop tests that run beside or after each other. The nested static classes are patients, which run only from here. */
class JUnitTogetherTest {
    @Test
    @DisplayName("testing E7: many loop tests of several classes run at the same time, and none feels the others")
    void manyRunAtTheSameTime() {
        run(
                        Map.of(
                                "junit.jupiter.execution.parallel.enabled", "true",
                                "junit.jupiter.execution.parallel.mode.default", "concurrent",
                                "junit.jupiter.execution.parallel.mode.classes.default", "concurrent",
                                "junit.jupiter.execution.parallel.config.strategy", "fixed",
                                "junit.jupiter.execution.parallel.config.fixed.parallelism", "8"),
                        Together.class,
                        TogetherToo.class)
                .testEvents()
                .assertStatistics(counts -> counts.started(40).succeeded(40));
    }

    @OnLoop(lifecycle = OnLoop.Lifecycle.IN_LOOP)
    static class Together {
        private static final CountDownLatch MET = new CountDownLatch(4); // the first tests go on together

        private final Channel<Duration> slept = Channel.open(1);

        @RepeatedTest(20)
        void meets(LoopTester t) throws Exception {
            Duration mine = Duration.ofHours(1 + Math.floorMod(t.random().nextLong(), 100));
            t.background().start(() -> {
                sleep(mine);
                slept.sender().send(mine);
            });
            MET.countDown();
            assertThat(offload(() -> MET.await(10, TimeUnit.SECONDS))).isTrue();
            assertEquals(mine, slept.receiver().receive());
            assertEquals(mine, t.clock().elapsed());
        }
    }

    static class TogetherToo extends Together {}

    @Test
    @DisplayName("testing S15: what a step throws that was left behind reaches no other test")
    void whatIsThrownLateReachesNoOtherTest() {
        EngineExecutionResults results = run(Map.of(), LeftBehind.class);
        assertThat(onlyFailure(results)).isInstanceOf(BlockedLoopError.class).satisfies(failure ->
                assertThat(failure.getSuppressed()[0]).hasMessageContaining("left behind"));
        results.testEvents().assertStatistics(counts -> counts.started(2).succeeded(1));
        assertThat(LeftBehind.THROWN.getCount()).isZero();
    }

    @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
    static class LeftBehind {
        static final CountDownLatch RELEASED = new CountDownLatch(1);
        static final CountDownLatch THROWN = new CountDownLatch(1);

        @Test
        @Order(1)
        @OnLoop(realTimeoutMillis = 200)
        void holdsItsLoop() {
            boolean released = false;
            while (!released) {
                try {
                    RELEASED.await();
                    released = true;
                } catch (InterruptedException e) {
                    assertThat(e).isNotNull(); // a step that listens to nobody
                }
            }
            THROWN.countDown();
            throw new IllegalStateException("late");
        }

        @LoopTest
        @Order(2)
        void comesNext() throws InterruptedException {
            RELEASED.countDown();
            assertThat(offload(() -> THROWN.await(10, TimeUnit.SECONDS))).isTrue();
            sleep(Duration.ofHours(1));
        }
    }
}
