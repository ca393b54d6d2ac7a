package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.moveOnAfter;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** E15: what was opened is closed, the last first, inside one shield with one time limit. */
class ResourceScopeTest {

    private static VoidBody<RuntimeException> closing(List<String> log, String name, long time) {
        return () -> {
            log.add("closing " + name);
            sleep(seconds(time));
            log.add(name);
        };
    }

    @BothEngines
    void theLastIsClosedFirstAndTheValueComesOut(LoopFixture loops) {
        var log = new ArrayList<String>();
        assertThat(loops.<String, RuntimeException>call(() -> ResourceScope.call(seconds(9), scope -> {
            scope.closeable(() -> log.add("a"));
            assertThat(scope.acquire(() -> "b", log::add)).isEqualTo("b");
            scope.onExit(() -> log.add("c"));
            assertThat(scope.toString()).contains("main").contains("3 to close");
            return "value";
        }))).isEqualTo("value");
        assertThat(log).containsExactly("c", "b", "a");
    }

    @BothEngines
    void aCancelledTaskClosesWhatItHoldsAndTheCancellationGoesOn(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> assertThat(moveOnAfter(seconds(1), () -> ResourceScope.run(seconds(9), scope -> {
            scope.onExit(closing(log, "a", 2));
            scope.onExit(closing(log, "b", 2));
            sleepForever();
        }))).isFalse());
        assertThat(log).containsExactly("closing b", "b", "closing a", "a");
    }

    @BothEngines
    void aCancelledOpenerRegistersNothing(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> assertThat(moveOnAfter(seconds(1), () -> ResourceScope.run(seconds(9), scope ->
                scope.acquire(() -> {
                    sleepForever();
                    return "never";
                }, log::add)))).isFalse());
        assertThat(log).isEmpty();
    }

    @BothEngines
    void aResourceOpenedInTheTickOfTheCancelIsClosed(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> CancelScope.run(around -> ResourceScope.run(seconds(9), scope -> {
            scope.acquire(() -> {
                around.cancel("now");
                return "opened";
            }, log::add);
            checkpoint();
            log.add("never");
        })));
        assertThat(log).containsExactly("opened");
    }

    @BothEngines
    void closingHasOneTimeLimitAndEveryCloserRunsToItsFirstAwait(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> {
            long start = EventLoop.current().now();
            assertThatThrownBy(() -> ResourceScope.run(seconds(5), scope -> {
                scope.onExit(() -> log.add("quick"));
                scope.onExit(closing(log, "late", 1));
                scope.onExit(closing(log, "endless", 99));
                scope.onExit(closing(log, "good", 1));
            })).isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.failures()).hasSize(2).allSatisfy(
                    failure -> assertThat(failure).isInstanceOf(DeadlineExceededException.class).hasMessageContaining("5 s")));
            assertThat(loops.since(start)).isEqualTo(seconds(5));
        });
        assertThat(log).containsExactly("closing good", "good", "closing endless", "closing late", "quick");
    }

    @BothEngines
    void aFailingCloserDoesNotKeepTheOthersFromClosing(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> assertThatThrownBy(() -> ResourceScope.run(seconds(5), scope -> {
            scope.onExit(() -> log.add("first"));
            scope.onExit(() -> fail("one"));
            scope.onExit(() -> fail("two"));
        })).isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.failures())
                .extracting(Throwable::getMessage).containsExactly("two", "one")));
        assertThat(log).containsExactly("first");
    }

    private static void fail(String message) throws IOException {
        throw new IOException(message);
    }

    @BothEngines
    void theBodysFailureComesOutWithItsTypeAndThoseOfClosersInIt(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> ResourceScope.run(seconds(5), scope -> {
            scope.onExit(() -> fail("closer"));
            throw new IllegalStateException("body");
        })).isInstanceOf(IllegalStateException.class).hasMessage("body")
                .satisfies(e -> assertThat(e.getSuppressed()).singleElement().isInstanceOf(IOException.class)));
    }

    @BothEngines
    void aFailureToCloseIsNotSwallowedWithTheCancellation(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> moveOnAfter(seconds(1), () -> ResourceScope.run(seconds(5), scope -> {
            scope.onExit(() -> fail("closer"));
            sleepForever();
        }))).isInstanceOf(GroupException.class).hasCauseInstanceOf(IOException.class)
                .satisfies(e -> assertThat(e.getSuppressed()).singleElement().isInstanceOf(CancelledError.class)));
    }

    @BothEngines
    void anErrorOfTheJvmInACloserPreempts(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> ResourceScope.run(seconds(5), scope -> {
            scope.onExit(() -> fail("closer"));
            scope.onExit(() -> {
                throw new InternalError("jvm");
            });
            throw new IOException("body");
        })).isInstanceOf(InternalError.class).satisfies(e -> assertThat(e.getSuppressed())
                .extracting(Throwable::getMessage).containsExactly("body", "closer")));
    }

    @BothEngines
    void theEndOfAGraceCutsClosingAndComesOutAsTheCancellationItIs(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> {
            long start = EventLoop.current().now();
            assertThat(CancelScope.run(around -> ResourceScope.run(seconds(50), scope -> {
                scope.onExit(closing(log, "a", 9));
                scope.onExit(closing(log, "b", 9));
                around.cancel("stop", seconds(3));
            }))).isFalse();
            assertThat(loops.since(start)).isEqualTo(seconds(3));
        });
        assertThat(log).containsExactly("closing b", "closing a");
    }

    @BothEngines
    void aCloserMayRegisterAnother(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> ResourceScope.run(seconds(5), scope -> scope.onExit(() -> scope.onExit(() -> log.add("more")))));
        assertThat(log).containsExactly("more");
    }

    @BothEngines
    void aScopeThatWasLeftTakesNothingAndNamesThePlace(LoopFixture loops) {
        var left = new AtomicReference<ResourceScope>();
        try (EventLoop loop = loops.open(loops.options().withSpawnTraces(true))) {
            loop.run(() -> {
                ResourceScope.run(seconds(5), left::set);
                assertThatThrownBy(() -> left.get().onExit(() -> {})).isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("has been left").cause().hasMessageContaining("left here")
                        .satisfies(place -> assertThat(place.getStackTrace()[0].getClassName()).contains("ResourceScopeTest"));
            });
        }
    }

    @BothEngines
    void aResourceThatOpensTooLateIsClosedAtOnce(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> TaskGroup.run(group -> ResourceScope.run(seconds(5), scope -> {
            group.start(() -> assertThatThrownBy(() -> scope.acquire(() -> {
                sleep(seconds(1));
                return "late";
            }, log::add)).isInstanceOf(IllegalStateException.class));
            settle();
        })));
        assertThat(log).containsExactly("late");
    }
}
