package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.firstSuccess;
import static dev.espalier.core.Async.gather;
import static dev.espalier.core.Async.race;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.after;
import static dev.espalier.core.Waits.failing;
import static dev.espalier.core.Waits.seconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** gather, race, firstSuccess and the exception of groups. */
class ManyAtOnceTest {

    @BothEngines
    void gatherRunsSideBySideAndCombines(LoopFixture loops) {
        loops.run(() -> {
            long start = EventLoop.current().now();
            String both = gather(() -> after(2, "a"), () -> after(1, "b"), (a, b) -> a + b);
            assertThat(both).isEqualTo("ab");
            assertThat(loops.since(start)).isEqualTo(seconds(2));
            String three = gather(() -> 1, () -> 2L, () -> "3", (a, b, c) -> a + b + c);
            assertThat(three).isEqualTo("33");
            List<String> all = gather(List.of(() -> after(3, "x"), () -> after(1, "y"), () -> after(2, "z")));
            assertThat(all).containsExactly("x", "y", "z");
            assertThat(gather(List.<Body<String, RuntimeException>>of())).isEmpty();
            var count = new AtomicInteger();
            gather(count::incrementAndGet, () -> {
                count.incrementAndGet();
            });
            assertThat(count).hasValue(2);
        });
    }

    @BothEngines
    void aFailureInAGatherCancelsTheOthers(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> gather(() -> failing(1, "first"), () -> after(9, "slow"), (a, b) -> a))
                .isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.leaves())
                        .singleElement().satisfies(leaf -> assertThat(leaf).hasMessage("first"))));
    }

    @BothEngines
    void theCombinersFailureComesOutWithItsType(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> gather(() -> 1, () -> 2, (a, b) -> {
            throw new IOException("of the combiner");
        })).isInstanceOf(IOException.class));
    }

    @BothEngines
    void aRaceGivesTheFirstToEndAndWaitsForTheCancelledOnes(LoopFixture loops) {
        var cancelled = new ArrayList<String>();
        loops.run(() -> {
            assertThat(Async.<String>race(() -> after(2, "slow"), () -> after(1, "fast"), () -> {
                try {
                    sleepForever();
                } finally {
                    cancelled.add("loser");
                }
                return "never";
            })).isEqualTo("fast");
            assertThat(cancelled).containsExactly("loser");
            assertThatThrownBy(() -> Async.<String>race(() -> after(2, "slow"), () -> failing(1, "fast failure")))
                    .isInstanceOf(TaskFailedException.class).hasRootCauseMessage("fast failure");
        });
    }

    @BothEngines
    void aRaceOfBodiesThatEndInTheSameTickHasOneWinner(LoopFixture loops) {
        loops.run(() -> assertThat(Async.<Integer>race(() -> 1, () -> 2, () -> 3)).isEqualTo(1));
    }

    @BothEngines
    void aRaceWhoseBodiesAllCancelThemselvesSaysSo(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> Async.<String>race(() -> {
            Task.current().cancel("myself");
            checkpoint();
            return "never";
        })).isInstanceOf(TaskCancelledException.class));
    }

    @BothEngines
    void aRaceNeedsABody(LoopFixture loops) {
        loops.run(() -> {
            assertThatThrownBy(() -> race(List.<Body<String, RuntimeException>>of()))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> firstSuccess(List.<Body<String, RuntimeException>>of()))
                    .isInstanceOf(IllegalArgumentException.class);
        });
    }

    @BothEngines
    void aCancelFromOutsideReachesTheBodiesOfARace(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> Async.timeout(seconds(1), () -> Async.<String>race(
                () -> after(5, "a"), () -> after(6, "b")))).isInstanceOf(DeadlineExceededException.class));
    }

    @BothEngines
    void firstSuccessSkipsFailuresAndCollectsThemWhenAllFail(LoopFixture loops) {
        loops.run(() -> {
            assertThat(Async.<String>firstSuccess(() -> failing(1, "x"), () -> after(3, "good"), () -> after(9, "late")))
                    .isEqualTo("good");
            assertThatThrownBy(() -> Async.<String>firstSuccess(() -> failing(2, "second"), () -> failing(1, "first")))
                    .isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.failures())
                            .extracting(Throwable::getMessage).containsExactly("first", "second"));
        });
    }

    // ---- GroupException

    private static GroupException groupOf(Throwable... failures) {
        return new GroupException("a group", List.of(failures));
    }

    @Test
    void aGroupExceptionShowsAllFailuresToPlainLoggers() {
        var first = new IOException("first");
        var second = new IllegalStateException("second");
        assertThat(groupOf(first, second)).hasCause(first).hasMessageContaining("2 failures")
                .hasMessageContaining("first").hasMessageContaining("second")
                .satisfies(e -> assertThat(e.getSuppressed()).containsExactly(second));
    }

    @Test
    void rethrowIfOnlyThrowsWhenEveryLeafIsOfTheTypeAndReturnsElse() throws Exception {
        var first = new IOException("first");
        var second = new java.io.FileNotFoundException("second");
        assertThatThrownBy(() -> groupOf(groupOf(first), second).rethrowIfOnly(IOException.class)).isSameAs(first)
                .satisfies(e -> assertThat(e.getSuppressed()).containsExactly(second));
        groupOf(first, new IllegalStateException()).rethrowIfOnly(IOException.class);
    }

    @Test
    void handleTakesTheLeavesOfItsTypeAndTheRestIsRethrown() {
        var handled = new ArrayList<Throwable>();
        var io = new IOException("io");
        var state = new IllegalStateException("state");
        GroupException group = groupOf(io, groupOf(state, new IOException("deep")));
        group.handle(IOException.class, handled::add);
        assertThat(handled).hasSize(2).contains(io);
        assertThatThrownBy(group::rethrowUnhandled).isInstanceOfSatisfying(
                GroupException.class, rest -> assertThat(rest.leaves()).containsExactly(state));
        group.handle(RuntimeException.class, handled::add).rethrowUnhandled();
    }

    @Test
    void theListOfFailuresCannotBeChanged() {
        assertThatThrownBy(() -> groupOf(new IOException()).failures().clear())
                .isInstanceOf(UnsupportedOperationException.class);
    }
}
