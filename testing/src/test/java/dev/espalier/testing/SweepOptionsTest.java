package dev.espalier.testing;

import static dev.espalier.core.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Awaitable;
import dev.espalier.core.LoopOptions;
import dev.espalier.testing.Sweep.Cut;
import dev.espalier.testing.Sweep.Kind;
import dev.espalier.testing.Sweep.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How a sweep is asked for, and what it says. */
class SweepOptionsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    // ---- cuts

    @Test
    @DisplayName("testing M2: a cut is read from its own text")
    void cutIsReadFromItsText() {
        for (boolean yielding : new boolean[] {false, true}) {
            for (Kind kind : Kind.values()) {
                for (Position position : Position.values()) {
                    var cut = new Cut(kind, 12, position, yielding);
                    assertThat(Cut.parse(cut.toString())).isEqualTo(cut);
                }
            }
        }
        assertThat(Cut.parse(" cancel:1:woken:yielding ")).hasToString("CANCEL:1:WOKEN:YIELDING");
    }

    @Test
    void unreadableCutIsRefusedWithTheRule() {
        for (String text : new String[] {"", "CANCEL", "CANCEL:x:PARKED", "CANCEL:1:PARKED:NO", "KILL:1:PARKED"}) {
            assertThatThrownBy(() -> Cut.parse(text))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("written KIND:await:POSITION")
                    .hasMessageContaining("not '" + text + "'")
                    .hasMessageContaining("CANCEL, SCOPE, TIMEOUT, INTERRUPT, FAIL");
        }
    }

    @Engines
    @DisplayName("testing M2: one cut alone is the undisturbed runs and that one, and fails as in the sweep")
    void oneCutAlone(LoopOptions.Engine engine) {
        var runs = new ArrayList<String>();
        Sweep.Options one =
                Sweep.Options.defaults().withRun(Engines.Options.on(engine)).withOnly(Cut.parse("SCOPE:2:PARKED"));
        Sweep sweep = LoopTester.sweep(one, t -> {
            var end = t.swept(() -> {
                sleep(SECOND);
                sleep(SECOND);
            });
            runs.add(end.getClass().getSimpleName() + " at " + t.clock().elapsed().toSeconds());
        });
        assertThat(runs).containsExactly("Succeeded at 2", "Cancelled at 1", "Succeeded at 2");
        assertThat(sweep.runs()).isEqualTo(3);
    }

    @Test
    void cutOfAnAwaitThatIsNotThereIsRefused() {
        Sweep.Options one = Sweep.Options.defaults().withOnly(Cut.parse("SCOPE:2:PARKED"));
        assertThatThrownBy(() -> LoopTester.sweep(one, t -> t.swept(() -> sleep(SECOND))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the cut SCOPE:2:PARKED does not exist")
                .hasMessageContaining("await 1: task 'target' waits for time to pass (sleep) at ")
                .hasMessageContaining("SweepOptionsTest");
    }

    @Test
    void cutOfAnAwaitThatNeedNotWaitIsMadeWhereItGivesWay() {
        Sweep.Options one = Sweep.Options.defaults().withOnly(Cut.parse("CANCEL:1:WOKEN:YIELDING"));
        Sweep sweep = LoopTester.sweep(one, t -> t.swept(() -> AsyncSemaphore.of(1).acquire()));
        assertThat(sweep.runs()).isEqualTo(3);
        assertThat(sweep.awaits()).isEmpty();
    }

    // ---- misuse

    @Test
    void badOptionsAreRefused() {
        assertThatThrownBy(() -> Sweep.Options.defaults().withKinds())
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("at least one kind");
        assertThatThrownBy(() -> Sweep.Options.defaults().withCleanUp(SECOND.negated()))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("cleanUp must not be negative");
    }

    @Test
    void bodyWithoutATargetOrATargetWithoutAnAwaitIsRefused() {
        assertThatThrownBy(() -> LoopTester.sweep(t -> sleep(SECOND)))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("the body has no target");
        assertThatThrownBy(() -> LoopTester.sweep(t -> t.swept(() -> "no await")))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("the target awaits nothing");
    }

    @Test
    void secondTargetAndLateOrDoubleNumbersAreRefused() {
        LoopTester.run(t -> {
            t.conserve("one", () -> 1);
            assertThatThrownBy(() -> t.conserve("one", () -> 1))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("'one' is conserved already");
            t.swept(() -> sleep(SECOND));
            assertThatThrownBy(() -> t.swept(() -> sleep(SECOND)))
                    .isInstanceOf(IllegalStateException.class).hasMessageContaining("a run has one target");
            assertThatThrownBy(() -> t.conserve("two", () -> 1))
                    .isInstanceOf(IllegalStateException.class).hasMessageContaining("call conserve before swept");
        });
    }

    @Test
    void sweepInsideALoopIsRefused() {
        LoopTester.run(t -> assertThatThrownBy(() -> LoopTester.sweep(inner -> inner.swept(() -> sleep(SECOND))))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("which it would hold"));
    }

    // ---- what it says

    @Test
    @DisplayName("testing M2: the failure names the cut, the await with its stack, the end, and how to see it again")
    void failureNamesTheRun() {
        Throwable failure = catchThrowable(() -> LoopTester.sweep(t -> {
            var end = t.swept(() -> {
                sleep(SECOND);
                sleep(SECOND);
                return "slept";
            });
            assertThat(t.clock().elapsed()).as("time that %s took", end).isNotEqualTo(SECOND);
        }));
        assertThat(failure).isInstanceOf(AssertionError.class).hasMessageContaining("time that Cancelled");
        assertThat(SweepInfo.of(failure).orElseThrow().getMessage().replaceAll("\\.java:\\d+", ".java")
                        .replaceAll("lambda\\$failureNamesTheRun\\$\\d+", "lambda"))
                .isEqualTo("""
                        found in run 4 of the sweep, by the cut CANCEL:1:WOKEN: the task of the target is cancelled \
                        after the wake-up, before the task runs
                          await 1 of 2: task 'target' waited for time to pass (sleep)
                            was at dev.espalier.core.Async.sleep(Async.java)
                                at dev.espalier.testing.SweepOptionsTest.lambda(SweepOptionsTest.java)
                        the target was cancelled: the sweep of cancellations
                          its cancellation was met by task 'target'
                            was at dev.espalier.core.Async.sleep(Async.java)
                                at dev.espalier.testing.SweepOptionsTest.lambda(SweepOptionsTest.java)
                        only this run: LoopTester.sweep(options.withOnly(Sweep.Cut.parse("CANCEL:1:WOKEN")), body), or \
                        -Despalier.cut=CANCEL:1:WOKEN with @CancelSweep""");
    }

    @Test
    @DisplayName("testing M2: a failure without any cut says so")
    void failureOfTheUndisturbedRunSaysSo() {
        Throwable failure = catchThrowable(() -> LoopTester.sweep(t -> t.swept(() -> {
            throw new java.io.IOException("disk");
        })));
        assertThat(failure).isInstanceOf(java.io.IOException.class);
        assertThat(SweepInfo.of(failure).orElseThrow()).hasMessage("in the run of the sweep that cancels nothing");
        assertThat(SweepInfo.of(failure).orElseThrow().cut()).isEmpty();
        assertThat(SweepInfo.of(new RuntimeException())).isEmpty();
    }

    @Engines
    @DisplayName("testing M2: cuts whose await does not come again are counted as missed")
    void missedCutsAreCounted(LoopOptions.Engine engine) {
        var runs = new ArrayList<Integer>();
        Sweep sweep = LoopTester.sweep(Sweep.Options.defaults().withRun(Engines.Options.on(engine)), t -> {
            runs.add(1);
            t.swept(() -> {
                sleep(SECOND);
                if (runs.size() == 1) {
                    sleep(SECOND);
                }
            });
        });
        // Parked and woken, of the second await; interrupts only parked. The step before it is there, so that is cut.
        assertThat(sweep.missed()).isEqualTo(4 * 2 + 1);
        assertThat(sweep.toString()).endsWith("; " + sweep.missed() + " cuts were missed");
    }

    @Test
    @DisplayName("testing M2, S17: a run that hangs for real ends the sweep at its limit of real time")
    void realHangEndsTheSweep() {
        Throwable failure = catchThrowable(() -> LoopTester.sweep(impatient(Duration.ofSeconds(1)), t -> {
            Awaitable.State<Void> end = t.swept(() -> sleep(SECOND));
            if (end instanceof Awaitable.Cancelled<?>) {
                dev.espalier.core.Async.await(new CompletableFuture<String>());
            }
        }));
        assertThat(failure).isInstanceOf(BlockedLoopError.class);
        assertThat(SweepInfo.of(failure).orElseThrow().cut()).contains(Cut.parse("CANCEL:1:BEFORE"));
    }

    @Test
    @DisplayName("testing M2, A13: so does a step that does not give up its turn")
    void blockedStepEndsTheSweep() {
        Throwable failure = catchThrowable(() -> LoopTester.sweep(impatient(Duration.ofSeconds(1)), t -> t.swept(() -> {
            try {
                sleep(SECOND);
            } finally {
                new CountDownLatch(1).await();
            }
        })));
        assertThat(failure).isInstanceOf(BlockedLoopError.class).hasMessageContaining("CountDownLatch");
        assertThat(SweepInfo.of(failure).orElseThrow()).hasMessage("in the run of the sweep that cancels nothing");
    }

    private static Sweep.Options impatient(Duration limit) {
        return Sweep.Options.defaults().withRun(LoopTester.Options.defaults().withRealTimeout(limit));
    }
}
