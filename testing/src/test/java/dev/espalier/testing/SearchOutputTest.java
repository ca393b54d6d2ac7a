package dev.espalier.testing;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.espalier.core.LoopOptions;
import dev.espalier.core.TaskGroup;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.platform.testkit.engine.EngineTestKit;

/** The streams of the JVM: a run leaves them alone, and a search keeps what its runs print. */
@Isolated // explorations of other tests would put their switches in
class SearchOutputTest {
    private static final Exploration.Options OPTIONS = Exploration.Options.defaults().withBudget(Duration.ofSeconds(20));

    private final PrintStream out = System.out;
    private final PrintStream err = System.err;
    private final ByteArrayOutputStream outText = new ByteArrayOutputStream();
    private final ByteArrayOutputStream errText = new ByteArrayOutputStream();

    @BeforeEach
    void capture() {
        System.setOut(new PrintStream(outText, true));
        System.setErr(new PrintStream(errText, true));
    }

    @AfterEach
    void release() {
        System.setOut(out);
        System.setErr(err);
    }

    @Engines
    @DisplayName("testing A21, S16: the uncaught-exception handler and the streams of the JVM are not touched")
    void globalsAreNotTouched(LoopOptions.Engine engine) {
        var handler = Thread.getDefaultUncaughtExceptionHandler();
        var before = List.of(System.out, System.err);
        assertThrows(IllegalStateException.class, () -> LoopTester.run(Engines.Options.on(engine), _ -> {
            assertThat(Thread.getDefaultUncaughtExceptionHandler()).isSameAs(handler);
            assertThat(List.of(System.out, System.err)).isEqualTo(before);
            throw new IllegalStateException("failed");
        }));
        assertThat(Thread.getDefaultUncaughtExceptionHandler()).isSameAs(handler);
        assertThat(List.of(System.out, System.err)).isEqualTo(before);
    }

    /** Prints the order of its tasks, and fails if it is not the usual one. */
    private static void race(LoopTester tester) {
        System.out.println("begin");
        var order = new StringBuilder();
        TaskGroup.run(group -> {
            for (String name : List.of("a", "b")) {
                group.start(name, () -> {
                    checkpoint();
                    System.err.println("err " + name);
                    order.append(name);
                    System.out.print(name + '\n');
                });
            }
        });
        assertThat(order).hasToString("ab");
    }

    @Engines
    @DisplayName("testing S34: a search that fails shows what the failing run, made small, has printed, and nothing else")
    void theFailingRunIsShown(LoopOptions.Engine engine) {
        var before = List.of(System.out, System.err);
        Exploration.Options options = OPTIONS.withRun(Engines.Options.on(engine));
        assertThatThrownBy(() -> LoopTester.explore(options, SearchOutputTest::race)).isInstanceOf(AssertionError.class);
        assertThat(outText.toString()).isEqualTo("begin\nb\na\n");
        assertThat(errText.toString()).isEqualTo("err b\nerr a\n");
        assertThat(List.of(System.out, System.err)).isEqualTo(before);
    }

    @Test
    @DisplayName("testing S34: a search that passes shows nothing, unless all output is asked for")
    void aSearchThatPassesShowsNothing() {
        LoopTester.explore(OPTIONS.withRuns(20), SearchOutputTest::chat);
        assertThat(outText.toString()).isEmpty();
        var before = System.out;
        LoopTester.explore(OPTIONS.withRuns(20).withAllOutput(true), tester -> {
            assertThat(System.out).isSameAs(before);
            chat(tester);
        });
        assertThat(outText.toString()).hasLineCount(20);
    }

    private static void chat(LoopTester tester) {
        System.out.println("hello");
        TaskGroup.run(group -> {
            group.start(() -> checkpoint());
            group.start(() -> checkpoint());
        });
    }

    @Test
    @DisplayName("testing S34: what a thread outside the search prints passes at once")
    void otherThreadsPass() throws InterruptedException {
        LoopTester.explore(OPTIONS.withRuns(2), tester -> {
            chat(tester);
            var printed = new CountDownLatch(1);
            Thread.ofPlatform().start(() -> {
                System.out.println("from outside");
                printed.countDown();
            });
            printed.await();
            assertThat(outText.toString()).contains("from outside").doesNotContain("hello");
        });
    }

    @Test
    @DisplayName("testing S34: of much output the end is shown, and how much is not")
    void ofMuchOutputTheEndIsShown() {
        assertThrows(IllegalStateException.class, () -> LoopTester.explore(OPTIONS, _ -> {
            for (int i = 0; i < 10_000; i++) {
                System.out.printf("line %05d%n", i);
            }
            throw new IllegalStateException("failed");
        }));
        assertThat(outText.toString()).matches("(?s)\\(the first \\d+ bytes of the output are left out\\).*line 09999\\R")
                .hasSizeBetween(60_000, 66_000);
    }

    @Test
    @DisplayName("testing S34: a run that blocks shows what it has printed")
    void aRunThatBlocksIsShown() {
        var never = new CountDownLatch(1);
        assertThrows(BlockedLoopError.class, () -> LoopTester.explore(OPTIONS, _ -> {
            System.out.println("before the wait");
            never.await();
        }));
        assertThat(outText.toString()).isEqualTo("before the wait" + System.lineSeparator());
    }

    @Test
    @DisplayName("testing S34: a sweep shows what the run with the failing cut has printed")
    void aSweepShowsTheFailingCut() {
        var runs = new AtomicInteger();
        assertThrows(IllegalStateException.class, () -> LoopTester.sweep(tester -> {
            int run = runs.incrementAndGet();
            System.out.println("run " + run);
            tester.swept(() -> sleep(Duration.ofSeconds(1)));
            if (run == 3) {
                throw new IllegalStateException("failed");
            }
        }));
        assertThat(outText.toString()).isEqualTo("run 3" + System.lineSeparator());
    }

    @Test
    @DisplayName("testing S34: who sets other streams during a search keeps them")
    void otherStreamsStay() {
        var mine = new PrintStream(new ByteArrayOutputStream());
        LoopTester.explore(OPTIONS.withRuns(2), tester -> {
            chat(tester);
            System.setOut(mine);
        });
        assertThat(System.out).isSameAs(mine);
    }

    /** Prints in its lifecycle methods too. */
    static class Talkative {
        @BeforeEach
        void before() {
            System.out.println("before");
        }

        @Explore
        void test(LoopTester tester) {
            race(tester);
        }
    }

    @Test
    @DisplayName("testing S34, E10: lifecycle methods belong to their run; the setting all shows everything")
    void lifecycleMethodsBelongToTheirRun(@TempDir Path tapes) {
        var kit = EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(Talkative.class))
                .configurationParameter("junit.jupiter.execution.parallel.enabled", "false")
                .configurationParameter("espalier.tapes", tapes.toString());
        kit.execute().testEvents().assertStatistics(counts -> counts.failed(1));
        assertThat(outText.toString().replace(System.lineSeparator(), "\n")) // the first line is of JUnit's own instance
                .isEqualTo("before\nbefore\nbegin\nb\na\n");
        outText.reset();
        kit.configurationParameter("espalier.output", "all").execute();
        assertThat(outText.toString().split("begin", -1)).hasSizeGreaterThan(4);
    }
}
