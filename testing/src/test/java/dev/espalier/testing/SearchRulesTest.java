package dev.espalier.testing;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.offload;
import static dev.espalier.core.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.espalier.core.LoopOptions;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an exploration chooses, how far its result reaches, and what becomes of its failures. */
class SearchRulesTest {
    private static final Exploration.Options OPTIONS = Exploration.Options.defaults().withBudget(Duration.ofSeconds(20));

    /** The names of tasks in the order in which each takes its second step. */
    private static String orderOf(String... names) {
        var order = new StringBuilder();
        TaskGroup.run(group -> {
            for (String name : names) {
                group.start(name, () -> {
                    checkpoint();
                    order.append(name);
                });
            }
        });
        return order.toString();
    }

    private static ReplayInfo infoOf(Exploration.Options options, VoidBodyWith<LoopTester, RuntimeException> body) {
        return ReplayInfo.of(catchThrowable(() -> LoopTester.explore(options, body))).orElseThrow();
    }

    // ---- what is a choice

    @Test
    @DisplayName("testing B16, S25: what lies between two awaits is never torn apart, and any await may be a switch")
    void onlyAnAwaitIsASwitch() {
        VoidBodyWith<LoopTester, RuntimeException> check = bank(() -> {});
        assertThat(LoopTester.explore(OPTIONS.withStrategy(Strategy.exhaustive(3)), check).guarantee())
                .isEqualTo("all schedules (2)"); // one of the two comes first
        assertThatThrownBy(() -> LoopTester.explore(OPTIONS, bank(() -> checkpoint()))).isInstanceOf(AssertionError.class);
    }

    /** Two who look, do something, and take. */
    private static VoidBodyWith<LoopTester, RuntimeException> bank(Runnable between) {
        return tester -> {
            var balance = new int[] {100};
            TaskGroup.run(group -> {
                for (int i = 0; i < 2; i++) {
                    group.start(() -> {
                        if (balance[0] >= 60) {
                            between.run();
                            balance[0] -= 60;
                        }
                    });
                }
            });
            assertThat(balance[0]).isNotNegative();
        };
    }

    @Test
    @DisplayName("testing S30: over memory streams it is a choice who has something to read first")
    void whoReadsFirstIsAChoice() throws IOException {
        Set<String> orders = new HashSet<>();
        LoopTester.<IOException>explore(OPTIONS, tester -> {
            var order = new StringBuilder();
            MemoryStreams a = MemoryStreams.pair();
            MemoryStreams b = MemoryStreams.pair();
            TaskGroup.run(group -> {
                group.start(() -> order.append(a.right().readLine()));
                group.start(() -> order.append(b.right().readLine()));
                a.left().writeLine("a");
                b.left().writeLine("b");
            });
            orders.add(order.toString());
        });
        assertThat(orders).containsExactlyInAnyOrder("ab", "ba");
    }

    @Engines
    @DisplayName("testing S11: offloaded work is real, in explorations too: it counts as outside, and virtual time waits for it")
    void offloadedWorkIsReal(LoopOptions.Engine engine) {
        Exploration.Options options = OPTIONS.withRun(Engines.Options.on(engine)).withRuns(10);
        LoopTester.explore(options, tester -> {
            var seen = new CountDownLatch(1);
            TaskGroup.run(group -> {
                group.start(() -> {
                    sleep(Duration.ofHours(1));
                    assertThat(seen.getCount()).as("time passes after the real work").isZero();
                });
                group.start(() -> offload(() -> seen.await()));
                group.start(() -> {
                    while (!tester.dump().contains(" 1 waits for something outside")) {
                        checkpoint();
                    }
                    assertThat(tester.clock().elapsed()).isZero();
                    seen.countDown();
                });
            });
        });
    }

    // ---- tapes and shrinking

    private static void abc(String order) {
        if (order.equals("cba")) {
            throw new UnsupportedOperationException("all reversed");
        }
        if (!order.startsWith("a")) {
            throw new IllegalStateException("not a first");
        }
    }

    @Test
    @DisplayName("testing B14, S23: what is made small fails with the same class at the same line, though less would fail otherwise")
    void shrinkingKeepsTheFailure() {
        Strategy reversed = profile -> random -> choice -> choice.size() - 1;
        Throwable failure = catchThrowable(
                () -> LoopTester.explore(OPTIONS.withStrategy(reversed), tester -> abc(orderOf("a", "b", "c"))));
        assertThat(failure).isInstanceOf(UnsupportedOperationException.class);
        assertThat(infoOf(OPTIONS.withStrategy(Strategy.exhaustive(1)), tester -> abc(orderOf("a", "b", "c"))).tape().deviations().size())
                .as("another failure takes less")
                .isEqualTo(1)
                .isLessThan(ReplayInfo.of(failure).orElseThrow().tape().deviations().size());
    }

    @Test
    @DisplayName("testing B12, S20: a tape names steps by their tasks, so it finds them where other steps were put between")
    void aTapeOutlivesAnEdit() {
        Tape tape = infoOf(OPTIONS, tester -> assertThat(orderOf("a", "b")).isEqualTo("ab")).tape();
        ReplayInfo edited = infoOf(OPTIONS.withReplay(tape), tester -> {
            orderOf("new", "and more");
            assertThat(orderOf("a", "b")).isEqualTo("ab");
        });
        assertThat(edited.getMessage()).contains("by the names of its steps").contains("run 'b' before 'a'");
    }

    @Test
    @DisplayName("testing B12, S21: a strict replay says at which step it cannot follow, and what is ready there")
    void aStrictReplaySaysWhere() {
        Tape tape = infoOf(OPTIONS, tester -> assertThat(orderOf("a", "b")).isEqualTo("ab")).tape();
        assertThatThrownBy(() -> LoopTester.explore(OPTIONS.withReplay(tape), tester -> orderOf("c", "d")))
                .isInstanceOf(TapeMismatch.class)
                .hasMessageContaining("the tape runs step")
                .hasMessageContaining("but at step")
                .hasMessageContaining("there are ready step")
                .hasMessageContaining("(usual)");
    }

    // ---- runs that are not independent

    @Test
    @DisplayName("testing B13, S19, S29: a failure that does not repeat says so, and which calls of the code may be why")
    void aFailureThatDoesNotRepeat() {
        var runs = new AtomicInteger();
        ReplayInfo info = infoOf(OPTIONS, tester -> {
            orderOf("a", "b");
            assertThat(runs.incrementAndGet()).isNotEqualTo(7);
        });
        assertThat(info.getMessage())
                .contains("it does NOT repeat: the same schedule passes")
                .contains("calls that no run decides, in dev.espalier.testing.SearchRulesTest")
                .contains("java.util.concurrent.CountDownLatch.await() at dev.espalier.testing.SearchRulesTest");
    }

    @Test
    @DisplayName("testing S24: a pass whose runs are not independent says so: the usual order is run again at the end")
    void aPassWhoseRunsAreNotIndependentSaysSo() {
        var left = new AtomicInteger();
        Exploration covered = LoopTester.explore(OPTIONS.withRuns(10), tester -> {
            orderOf("a", "b");
            for (int i = left.incrementAndGet(); i > 0; i--) {
                checkpoint();
            }
        });
        assertThat(covered.runs()).isEqualTo(10);
        assertThat(covered.guarantee()).contains("the runs are NOT independent").contains("a mutable static");
        assertThat(LoopTester.explore(OPTIONS.withRuns(10), tester -> orderOf("a", "b")).guarantee()).doesNotContain("NOT");
    }

    @Test
    @DisplayName("testing S24: so does a failure that only the usual order shows, and only at the end")
    void aFailureAtTheEnd() {
        var runs = new AtomicInteger();
        ReplayInfo info = infoOf(OPTIONS.withRuns(10), tester -> {
            orderOf("a", "b");
            assertThat(runs.incrementAndGet()).isLessThan(10);
        });
        assertThat(info.getMessage()).contains("run once more as run 10; the first time it passed").contains("it repeats");
    }

    // ---- ends

    @Test
    @DisplayName("testing S38: a search whose budget ends passes, and says what that proves")
    void aBudgetThatEndsIsAPass() {
        Exploration covered = LoopTester.explore(
                OPTIONS.withBudget(Duration.ofNanos(1)).withStrategy(Strategy.randomWalk()), tester -> orderOf("a", "b", "c"));
        assertThat(covered.runs()).isLessThan(200);
        assertThat(covered.guarantee()).isEqualTo("no guarantee beyond these runs");
    }

    @Test
    @DisplayName("testing S39: a search stops at the first failure")
    void aSearchStopsAtTheFirstFailure() {
        Throwable first = catchThrowable(() -> LoopTester.explore(OPTIONS, tester -> abc(orderOf("a", "b", "c"))));
        assertThat(first.getSuppressed()).hasSize(1).hasOnlyElementsOfType(ReplayInfo.class);
    }

    @Test
    @DisplayName("testing S39: on request it goes on, and tells one failure of each kind, with a tape of its own")
    void onRequestItTellsEveryFailure(@TempDir Path folder) throws IOException {
        Exploration.Options options = OPTIONS.withEveryFailure(true).withName("abc").withTapes(folder);
        Throwable first = catchThrowable(() -> LoopTester.explore(options, tester -> abc(orderOf("a", "b", "c"))));
        List<Throwable> others =
                List.of(first.getSuppressed()).stream().filter(other -> !(other instanceof ReplayInfo)).toList();
        assertThat(others).hasSize(1);
        assertThat(List.of(first.getClass(), others.get(0).getClass()))
                .containsExactlyInAnyOrder(UnsupportedOperationException.class, IllegalStateException.class);
        for (Throwable each : List.of(first, others.get(0))) {
            String file = each == first ? "abc.looptape" : "abc-2.looptape";
            assertThat(Tape.read(folder.resolve(file))).isEqualTo(ReplayInfo.of(each).orElseThrow().tape());
        }
    }

    @Test
    @DisplayName("testing S39, S17: a step that blocks ends such a search too")
    void aStepThatBlocksEndsIt() {
        var never = new CountDownLatch(1);
        var runs = new AtomicInteger();
        assertThatThrownBy(() -> LoopTester.explore(OPTIONS.withEveryFailure(true), tester -> {
                    orderOf("a", "b");
                    if (runs.incrementAndGet() == 5) {
                        never.await();
                    }
                }))
                .isInstanceOf(BlockedLoopError.class);
        assertThat(runs).hasValue(5);
    }
}
