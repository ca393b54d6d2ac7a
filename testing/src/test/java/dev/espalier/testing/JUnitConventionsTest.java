package dev.espalier.testing;

import static dev.espalier.core.Async.sleep;
import static dev.espalier.testing.Patients.onlyFailure;
import static dev.espalier.testing.Patients.published;
import static dev.espalier.testing.Patients.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.espalier.core.Channel;
import dev.espalier.core.TaskGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.opentest4j.AssertionFailedError;

/** What JUnit's users may expect. The nested static classes are patients, which run only from here. */
class JUnitConventionsTest {
    @Test
    @EnabledIfSystemProperty(named = "espalier.test.junit", matches = ".+", disabledReason = "set by the build")
    void runsOnTheJUnitThatTheBuildMeans() {
        String meant = System.getProperty("espalier.test.junit");
        assertThat(Test.class.getPackage().getImplementationVersion()).isEqualTo(meant);
    }

    // ---- reports

    @Test
    @DisplayName("testing E11: seed and covered virtual time of each test are published")
    void seedAndCoveredTimeArePublished() {
        EngineExecutionResults results = run(Map.of(), Covering.class);
        assertThat(published(results, "espalier.seed")).containsExactly("9");
        assertThat(published(results, "espalier.virtualTime")).containsExactly("PT41H0.5S");
    }

    @Test
    void whatAllTestsHaveCoveredIsLoggedOnce() {
        var logged = new ConcurrentLinkedQueue<String>();
        Logger logger = Logger.getLogger("dev.espalier.testing");
        var handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                logged.add(record.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.addHandler(handler);
        try {
            run(Map.of(), Covering.class, CoveringToo.class);
        } finally {
            logger.removeHandler(handler);
        }
        assertThat(logged).containsOnlyOnce("5 loop tests have covered 5 d 5 h 1 s 500 ms of virtual time");
    }

    @OnLoop(seed = 9)
    static class Covering {
        @Test
        void sleeps() {
            sleep(Duration.ofHours(41).plusMillis(500));
        }
    }

    static class CoveringToo extends Covering {
        @LoopTest
        void sleepsToo() {
            sleep(Duration.ofHours(41).plusMillis(500));
        }

        @Explore
        void isTheOnlySchedule() {
            sleep(Duration.ofHours(1));
        }

        @CancelSweep(kinds = Sweep.Kind.CANCEL)
        void isCutOnce(LoopTester tester) {
            tester.swept(() -> sleep(Duration.ofMinutes(20)));
        }
    }

    @Test
    void virtualTimeIsToldInWords() {
        assertEquals("2 min 500 ms", CoveredTime.words(Duration.ofMillis(120_500)));
        assertEquals("400 d", CoveredTime.words(Duration.ofDays(400)));
        assertEquals("1 h 1 s", CoveredTime.words(Duration.ofSeconds(3601)));
        assertEquals("less than 1 ms", CoveredTime.words(Duration.ofNanos(5)));
    }

    @Test
    @DisplayName("testing E6: before JUnit's timeout interrupts a test, what each task does is published")
    void dumpIsPublishedBeforeTheInterrupt() {
        EngineExecutionResults results = run(Map.of(), TimedOut.class);
        assertThat(published(results, "espalier.dump"))
                .singleElement()
                .asString()
                .contains("Task[customer, waits for channel")
                .contains("a future of the JDK");
    }

    static class TimedOut {
        @LoopTest
        @Timeout(value = 200, unit = TimeUnit.MILLISECONDS)
        void waits() {
            TaskGroup.run(group -> {
                group.start("customer", () -> Channel.<String>open(1).receiver().receive());
                dev.espalier.core.Async.await(new CompletableFuture<String>());
            });
        }
    }

    @Test
    @DisplayName("testing E12: the failure of an assertion keeps what IDEs compare")
    void failureOfAnAssertionIsKeptAsItIs() {
        assertThat(onlyFailure(run(Map.of(), Comparing.class)))
                .isInstanceOfSatisfying(AssertionFailedError.class, failure -> {
                    assertEquals(2, failure.getExpected().getValue());
                    assertEquals(3, failure.getActual().getValue());
                })
                .hasNoCause()
                .hasNoSuppressedExceptions()
                .satisfies(failure -> assertThat(failure.getStackTrace())
                        .anyMatch(frame -> frame.getMethodName().equals("compares")));
    }

    static class Comparing {
        @LoopTest
        void compares() {
            sleep(Duration.ofHours(1));
            assertEquals(2, 3);
        }
    }

    // ---- seeds

    private static List<Long> numbers(long... seeds) {
        var numbers = new ArrayList<Long>();
        for (long seed : seeds) {
            LoopTester.run(
                    LoopTester.Options.defaults().withSeed(seed), t -> numbers.add(t.random().nextLong()));
        }
        return numbers;
    }

    @Test
    @DisplayName("testing E9: each repetition and each set of arguments has a seed of its own, in order")
    void eachInvocationHasASeedOfItsOwn() {
        Drawing.DRAWN.clear();
        EngineExecutionResults results = run(Map.of(), Drawing.class);
        assertThat(published(results, "espalier.seed")).containsExactly("7", "7", "8", "9", "7", "8");
        assertThat(Drawing.DRAWN).isEqualTo(numbers(7, 7, 8, 9, 7, 8));
    }

    @Test
    @DisplayName("testing E10: a seed that is set wins over that of the test")
    void seedThatIsSetWins() {
        Drawing.DRAWN.clear();
        EngineExecutionResults results = run(Map.of("espalier.seed", "100"), Drawing.class);
        assertThat(published(results, "espalier.seed")).containsExactly("100", "100", "101", "102", "100", "101");
        assertThat(Drawing.DRAWN).isEqualTo(numbers(100, 100, 101, 102, 100, 101));
    }

    @OnLoop(seed = 7)
    @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
    static class Drawing {
        static final List<Long> DRAWN = new ArrayList<>();

        @Test
        @Order(1)
        void once(LoopTester t) {
            DRAWN.add(t.random().nextLong());
        }

        @RepeatedTest(3)
        @Order(2)
        void repeated(LoopTester t) {
            DRAWN.add(t.random().nextLong());
        }

        @ParameterizedTest
        @ValueSource(strings = {"a", "b"})
        @Order(3)
        void parameterized(String word, LoopTester t) {
            assertThat(word).isNotEmpty();
            DRAWN.add(t.random().nextLong());
        }
    }

    @Test
    @DisplayName("testing E9: each set of arguments of a class has a seed of its own too")
    void eachInvocationOfAClassHasASeedOfItsOwn() {
        EngineExecutionResults results = run(Map.of(), DrawingTwice.class);
        assertThat(published(results, "espalier.seed"))
                .containsExactly("7", "8", Long.toString(7 + (1L << 32)), Long.toString(8 + (1L << 32)));
    }

    @ParameterizedClass
    @ValueSource(strings = {"a", "b"})
    record DrawingTwice(String word) {
        @RepeatedTest(2)
        @OnLoop(seed = 7)
        void repeated() {
            assertThat(word).isNotEmpty();
        }
    }

    @Test
    @DisplayName("testing E10: in mode shuffle steps come in another order for another seed, the same for the same")
    void shuffledStepsComeInAnotherOrder() {
        assertThat(orders(Map.of())).containsOnly("abcdefgh");
        List<String> shuffled = orders(Map.of("espalier.mode", "shuffle"));
        assertThat(shuffled).doesNotContain("abcdefgh").doesNotHaveDuplicates();
        assertThat(orders(Map.of("espalier.mode", "shuffle"))).isEqualTo(shuffled);
    }

    private static List<String> orders(Map<String, String> parameters) {
        Ordering.SEEN.clear();
        run(parameters, Ordering.class).testEvents().assertStatistics(counts -> counts.succeeded(3));
        return List.copyOf(Ordering.SEEN);
    }

    @OnLoop
    static class Ordering {
        static final List<String> SEEN = new ArrayList<>();

        @RepeatedTest(3)
        void eightTasks() {
            var order = new StringBuilder();
            TaskGroup.run(group -> "abcdefgh".chars().forEach(name -> group.start(() -> {
                order.append((char) name);
            })));
            SEEN.add(order.toString());
        }
    }

    @Test
    void wrongSettingFailsTheTestAndSaysWhy() {
        assertThat(onlyFailure(run(Map.of("espalier.seed", "seven"), Comparing.class)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("espalier.seed must be a whole number or random, not 'seven'");
    }
}
