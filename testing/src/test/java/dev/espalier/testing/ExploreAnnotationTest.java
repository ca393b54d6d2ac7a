package dev.espalier.testing;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.EventConditions.test;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.instanceOf;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Channel;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Promise;
import dev.espalier.core.TaskGroup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.OutputDirectoryCreator;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.reporting.FileEntry;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

class ExploreAnnotationTest {
    // @start region="annotation"
    @Explore(runs = 300)
    void transfersKeepTheSum(LoopTester tester) {
        int[] accounts = {100, 0};
        var lock = AsyncSemaphore.of(1);
        TaskGroup.run(group -> {
            for (int amount : new int[] {30, 50}) {
                group.start(() -> lock.withPermit(() -> {
                    int before = accounts[0];
                    checkpoint(); // as a real transfer would: somebody else comes first
                    accounts[0] = before - amount;
                    accounts[1] += amount;
                }));
            }
        });
        assertThat(accounts).containsExactly(20, 80);
    }
    // @end

    private static EngineExecutionResults execute(Class<?> type, Path tapes, String... more) {
        var kit = EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(type))
                .configurationParameter("espalier.tapes", tapes.toString());
        for (int i = 0; i < more.length; i += 2) {
            kit.configurationParameter(more[i], more[i + 1]);
        }
        return kit.execute();
    }

    private static Throwable failure(EngineExecutionResults results) {
        return results.testEvents()
                .failed()
                .stream()
                .findFirst()
                .orElseThrow()
                .getRequiredPayload(org.junit.platform.engine.TestExecutionResult.class)
                .getThrowable()
                .orElseThrow();
    }

    /** Fails in some orders. */
    static class Racy {
        @Explore
        void race(LoopTester tester, VirtualClock clock) {
            assertThat(clock).isSameAs(tester.clock());
            var balance = new AtomicInteger(100);
            TaskGroup.run(group -> {
                for (String who : List.of("ada", "bob")) {
                    group.start(who, () -> {
                        if (balance.get() >= 60) {
                            checkpoint();
                            balance.addAndGet(-60);
                        }
                    });
                }
            });
            if (balance.get() < 0) {
                throw new IllegalStateException("overdrawn: " + balance);
            }
        }
    }

    @Test
    void oneTestWithOneFailureHowManyRunsItEverTook(@TempDir Path tapes) { // E1, E12
        EngineExecutionResults results = execute(Racy.class, tapes);
        results.testEvents().assertStatistics(counts -> counts.started(1).failed(1));
        results.testEvents()
                .assertThatEvents()
                .haveExactly(1, test(finishedWithFailure(instanceOf(IllegalStateException.class), message("overdrawn: -20"))));
        assertThat(ReplayInfo.of(failure(results)).orElseThrow().getMessage()).contains("Racy.race.looptape");
    }

    @Test
    void theTapeOfAFailureIsPublished(@TempDir Path tapes, @TempDir Path output) throws Exception { // E11
        EngineExecutionResults results = EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(Racy.class))
                .configurationParameter("espalier.tapes", tapes.toString())
                .outputDirectoryCreator(new OutputDirectoryCreator() {
                    @Override
                    public Path getRootDirectory() {
                        return output;
                    }

                    @Override
                    public Path createOutputDirectory(TestDescriptor test) {
                        return output;
                    }
                })
                .execute();
        Path file = results.testEvents()
                .fileEntryPublished()
                .stream()
                .map(event -> event.getRequiredPayload(FileEntry.class).getPath())
                .findFirst()
                .orElseThrow();
        assertThat(Tape.read(file)).isEqualTo(ReplayInfo.of(failure(results)).orElseThrow().tape());
    }

    @Test
    void theTapeOfTheFailureIsTriedFirstTheNextTime(@TempDir Path tapes) throws Exception { // D17
        execute(Racy.class, tapes);
        Path tape = tapes.resolve(Racy.class.getName().replace('$', '_') + ".race.looptape");
        assertThat(tape).exists();
        assertThat(ReplayInfo.of(failure(execute(Racy.class, tapes))).orElseThrow().getMessage())
                .contains("found by replay of a tape");

        Files.copy(tape, tapes.resolve("other"));
        assertThat(ReplayInfo.of(failure(execute(Racy.class, tapes.resolve("elsewhere"), "espalier.replay",
                        tapes.resolve("other").toString()))).orElseThrow().getMessage())
                .contains("found by replay of a tape");
    }

    @Test
    void aTapeThatDoesNotFailAnyMoreIsDropped(@TempDir Path tapes) throws Exception {
        execute(Racy.class, tapes);
        Path tape = tapes.resolve(Racy.class.getName().replace('$', '_') + ".race.looptape");
        Path repaired = tapes.resolve(Repaired.class.getName().replace('$', '_') + ".race.looptape");
        Files.move(tape, repaired);
        execute(Repaired.class, tapes).testEvents().assertStatistics(counts -> counts.succeeded(1));
        assertThat(repaired).doesNotExist();
    }

    /** Has other tasks than the tape it is given. */
    static class Repaired {
        @Explore
        void race() {
            TaskGroup.run(group -> group.start("ada", () -> checkpoint()));
        }
    }

    @Test
    void aWrongSettingIsNamed(@TempDir Path tapes) { // E10
        execute(Racy.class, tapes, "espalier.runs", "many")
                .testEvents()
                .assertThatEvents()
                .haveExactly(1, test(finishedWithFailure(
                        message("the setting espalier.runs must be a whole number from 1, not 'many' "
                                + "(a configuration parameter or system property)"))));
        execute(Racy.class, tapes, "espalier.budget", "0")
                .testEvents()
                .assertThatEvents()
                .haveExactly(1, test(finishedWithFailure(message("the setting espalier.budget must be milliseconds from 1, or a time "
                        + "like PT5M, not '0' (a configuration parameter or system property)"))));
    }

    @Test
    void settingsWinOverTheAnnotation(@TempDir Path tapes) { // E10, E11
        List<String> reports = execute(Counting.class, tapes, "espalier.runs", "7", "espalier.seed", "5")
                .testEvents()
                .reportingEntryPublished()
                .map(event -> event.getRequiredPayload(org.junit.platform.engine.reporting.ReportEntry.class))
                .map(entry -> entry.getKeyValuePairs().toString())
                .toList();
        assertThat(reports).hasSize(2).allSatisfy(report -> assertThat(report).contains("seed=5").contains("exploration=7 runs, "));
    }

    /** Keeps a protocol of its instances. */
    static class Counting {
        private static final List<String> LOG = new ArrayList<>();
        private final List<String> mine = new ArrayList<>();

        @BeforeEach
        void before() {
            assertThat(EventLoop.currentIfAny()).as("outside the loop").isNull();
            assertThat(mine).isEmpty();
            mine.add("before");
        }

        @AfterEach
        void after() {
            mine.add("after");
            LOG.add(mine.toString());
        }

        @Explore(runs = 5)
        void test() {
            TaskGroup.run(group -> {
                group.start(() -> checkpoint());
                group.start(() -> checkpoint());
            });
            mine.add("test");
        }

        @Nested
        class Inner {
            @Explore(runs = 3)
            void test() {
                TaskGroup.run(group -> {
                    group.start(() -> checkpoint());
                    group.start(() -> checkpoint());
                });
                mine.add("inner test");
            }
        }
    }

    @Test
    void eachRunHasAnInstanceAndItsLifeCycle(@TempDir Path tapes) { // B22, E2, E5
        Counting.LOG.clear();
        execute(Counting.class, tapes).testEvents().assertStatistics(counts -> counts.succeeded(2));
        assertThat(Counting.LOG).hasSize(8);
        assertThat(Counting.LOG.subList(0, 5)).containsOnly("[before, test, after]");
        assertThat(Counting.LOG.subList(5, 8)).containsOnly("[before, inner test, after]");
    }

    /** All that belongs to a run is in its loop. */
    @OnLoop(lifecycle = OnLoop.Lifecycle.IN_LOOP)
    static class InLoop {
        private static final List<String> LOG = new ArrayList<>();
        private final Channel<String> words = Channel.open(3); // would fail outside
        private final LoopTester mine;

        InLoop(LoopTester tester) {
            mine = tester;
        }

        @BeforeEach
        void before(LoopTester tester, VirtualClock clock) {
            assertThat(tester).isSameAs(mine);
            assertThat(clock.elapsed()).isZero();
            tester.background().start(() -> {
                sleep(Duration.ofHours(1));
                words.sender().send("background");
            });
            words.sender().send("before");
        }

        @AfterEach
        void after(VirtualClock clock) {
            sleep(Duration.ofMinutes(90));
            words.sender().close();
            LOG.add(words.receiver().stream().toList() + " " + clock.elapsed());
        }

        @Explore(runs = 4)
        void test(LoopTester tester) {
            assertThat(tester).isSameAs(mine);
            sleep(Duration.ofHours(2));
            words.sender().send("test");
            assertThat(tester.flip(0.5)).isIn(true, false);
        }

        @Nested
        class Inner {
            private final Channel<String> own = Channel.open(1);

            @Explore(runs = 3)
            void test(LoopTester tester) {
                own.sender().send("inner");
                words.sender().send(own.receiver().receive());
                assertThat(tester.flip(0.5)).isIn(true, false);
            }
        }
    }

    @Test
    void whereTheLifeCycleIsInTheLoopEachRunHasAllOfIt(@TempDir Path tapes) { // A25, S31, E2
        InLoop.LOG.clear();
        execute(InLoop.class, tapes).testEvents().assertStatistics(counts -> counts.succeeded(2));
        assertThat(InLoop.LOG).hasSize(7);
        assertThat(InLoop.LOG.subList(0, 4)).containsOnly("[before, background, test] PT3H30M");
        assertThat(InLoop.LOG.subList(4, 7)).containsOnly("[before, inner, background] PT1H30M");
    }

    @OnLoop(lifecycle = OnLoop.Lifecycle.IN_LOOP)
    static class HangingInLoop {
        private static final List<String> LOG = new ArrayList<>();

        @AfterEach
        void after() {
            sleep(Duration.ofMillis(10));
            LOG.add("after");
        }

        @Explore
        void hangs() {
            Promise.create("an end").await();
        }
    }

    @Test
    void aRunThatHangsIsCleanedUpInItsLoop(@TempDir Path tapes) { // A25
        HangingInLoop.LOG.clear();
        assertThat(failure(execute(HangingInLoop.class, tapes))).isInstanceOf(DeadlockError.class);
        assertThat(HangingInLoop.LOG).isNotEmpty();
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    @OnLoop
    static class Shared {
        private int runs;

        @Explore(runs = 5)
        void test(LoopTester tester) {
            runs++;
            TaskGroup.run(group -> {
                group.start(() -> checkpoint());
                group.start(() -> checkpoint());
            });
            tester.flip(0.5);
        }

        @AfterAll
        void all() {
            assertThat(runs).isEqualTo(5);
        }
    }

    @Test
    void oneInstanceForAllWhereTheClassAsksForIt(@TempDir Path tapes) {
        execute(Shared.class, tapes).allEvents().assertStatistics(counts -> counts.failed(0));
    }

    /** Fails always, and on what this JVM alone knows. */
    static class OfThisJvm {
        @Explore
        void fails() {
            if (System.getProperty("only.in.this.jvm") != null) {
                throw new IllegalStateException("a property of this JVM");
            }
        }
    }

    @Test
    void aFailureIsReplayedInAFreshJvmOnRequest(@TempDir Path tapes) { // B13
        assertThat(ReplayInfo.of(failure(execute(Racy.class, tapes, "espalier.fork", "true"))).orElseThrow().getMessage())
                .contains("in a fresh JVM it fails in the same way");
        System.setProperty("only.in.this.jvm", "yes");
        try {
            assertThat(ReplayInfo.of(failure(execute(OfThisJvm.class, tapes, "espalier.fork", "true"))).orElseThrow()
                            .getMessage())
                    .contains("in a fresh JVM it does NOT repeat: passes");
        } finally {
            System.clearProperty("only.in.this.jvm");
        }
    }

    static class Unfit {
        Unfit(TestInfo info) {}

        @Explore
        void test() {
            TaskGroup.run(group -> {
                group.start(() -> checkpoint());
                group.start(() -> checkpoint());
            });
        }
    }

    @Test
    void aClassThatCannotBeMadeAnewIsExplained(@TempDir Path tapes) {
        execute(Unfit.class, tapes)
                .testEvents()
                .assertThatEvents()
                .haveExactly(1, test(finishedWithFailure(instanceOf(IllegalStateException.class),
                        message(text -> text.contains("has no constructor without parameters")))));
    }
}
