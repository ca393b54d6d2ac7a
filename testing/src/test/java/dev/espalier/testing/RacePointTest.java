package dev.espalier.testing;

import static dev.espalier.testing.Checkpoints.racePoint;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.espalier.core.Async;
import dev.espalier.core.CancelScope;
import dev.espalier.core.EventLoop;
import dev.espalier.core.TaskGroup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RacePointTest {
    /** Between read and write there is no await. */
    private static final class Account {
        private int balance;

        // @start region="point"
        void deposit(int amount) {
            int read = balance;
            racePoint("balance is read"); // what if another one comes here?
            balance = read + amount;
        }
        // @end
    }

    private static void depositTwice() {
        var account = new Account();
        TaskGroup.run(group -> {
            group.start("ada", () -> account.deposit(1));
            group.start("bob", () -> account.deposit(2));
        });
        assertEquals(3, account.balance);
    }

    @Test
    @DisplayName("testing B16: an exploration looks at a race point, and the failure is told with its label")
    void failureIsToldWithTheLabelOfThePoint(@TempDir Path tapes) throws Exception {
        LoopTester.run(_ -> depositTwice()); // the usual order passes by
        Exploration.Options options = Exploration.Options.defaults().withTapes(tapes);
        var failure = assertThrows(AssertionError.class, () -> LoopTester.explore(options, _ -> depositTwice()));
        ReplayInfo info = ReplayInfo.of(failure).orElseThrow();
        String sentence = "the usual order except 1 deviation: at step 4 run 'bob' before 'ada' (at 'balance is read')";
        assertEquals(sentence, info.tape().sentence());
        assertThat(info.getMessage()).contains(sentence, "gives way at 'balance is read'");
        Tape read = Tape.read(tapes.resolve("test.looptape"));
        assertEquals(sentence, read.sentence());
        assertThat(Files.readString(tapes.resolve("test.looptape.json"))).contains("gives way at 'balance is read'");
        assertThrows(AssertionError.class, () -> LoopTester.explore(options.withReplay(read), _ -> depositTwice()));
    }

    @Test
    void theTraceTellsWhereATaskWentOn() {
        var failure = assertThrows(AssertionError.class, () -> LoopTester.explore(1, _ -> {
            TaskGroup.run(group -> {
                group.start("ada", () -> new Account().deposit(1));
                group.start("bob", () -> {});
            });
            throw new AssertionError("in the usual order");
        }));
        assertThat(ReplayInfo.of(failure).orElseThrow()).hasMessageContaining("goes on at 'balance is read'");
    }

    @Test
    void elsewhereItIsNothing() {
        racePoint("on a thread");
        var passed = new ArrayList<String>();
        Async.run(() -> {
            CancelScope.run(scope -> {
                scope.cancel("and nobody meets it");
                Checkpoints.assertNoYield(() -> racePoint("on another loop"));
                passed.add("task");
            });
            EventLoop.current().callSoon(() -> {
                racePoint("in a callback of another loop");
                passed.add("callback");
            });
            Async.checkpoint();
        });
        assertThat(passed).containsExactly("task", "callback");
    }

    @Test
    void inARunItIsAnAwaitThatNeedNotWait() {
        LoopTester.run(t -> {
            Checkpoints.assertNoYield(() -> racePoint("in the usual order"));
            EventLoop.current().callSoon(() ->
                    assertThrows(IllegalStateException.class, () -> racePoint("in a callback")));
        });
        Sweep covered = LoopTester.sweep(Sweep.Options.defaults().withKinds(Sweep.Kind.CANCEL), t -> {
            var account = new Account();
            t.swept(() -> account.deposit(1));
            assertThat(account.balance).isIn(0, 1);
        });
        assertThat(covered.awaits().size() + covered.yielding().size()).isPositive();
    }
}
