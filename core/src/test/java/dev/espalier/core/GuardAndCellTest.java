package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;

/** {@link ResourceGuard}, {@link Once} and {@link AtomicCell}. */
class GuardAndCellTest {

    // ---- ResourceGuard

    @BothEngines
    void aSecondUserIsRefusedAndBothAreNamed(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var guard = ResourceGuard.of("reading from the stream");
            var end = Event.create();
            Task<Void> first = group.start("first", () -> {
                try (var _ = guard.enter()) {
                    end.await();
                }
            });
            settle();
            group.start("second", () -> assertThatThrownBy(guard::enter).isInstanceOf(BusyException.class)
                    .hasMessageContaining("'first' is reading from the stream").hasMessageContaining("'second'")).join();
            assertThat(guard.statistics().owners()).containsExactly(first.ref());
            assertThat(guard).hasToString("ResourceGuard[task 'first' is reading from the stream]");
            end.set();
            first.join();
            assertThat(guard.isBusy()).isFalse();
            guard.enter().close();
        }));
    }

    @BothEngines
    void aCallbackMayBeAUserAndOneTaskIsNotTwo(LoopFixture loops) {
        loops.run(() -> {
            var guard = ResourceGuard.of("at work");
            var held = new ArrayList<Mutex.Held>();
            EventLoop.current().callSoon(() -> held.add(guard.enter()));
            settle();
            assertThatThrownBy(guard::enter).isInstanceOf(BusyException.class).hasMessageContaining("a callback is at work");
            held.getFirst().close();
            try (var _ = guard.enter()) {
                assertThatThrownBy(guard::enter).isInstanceOf(BusyException.class);
            }
        });
    }

    // ---- Once

    @BothEngines
    void theFirstCallerComputesAndTheOthersWait(LoopFixture loops) {
        loops.run(() -> {
            Once<String> once = Once.create();
            var got = new ArrayList<String>();
            TaskGroup.run(group -> {
                for (String name : new String[] {"a", "b", "c"}) {
                    group.start(name, () -> got.add(name + " got what " + once.get(() -> {
                        settle();
                        return name + " made";
                    })));
                }
                checkpoint();
                checkpoint();
                assertThat(once).hasToString("Once[being computed, held by task 'a', waiting: 'b', 'c']");
                assertThat(once.tryGet()).isEmpty();
            });
            assertThat(got).containsExactly("a got what a made", "b got what a made", "c got what a made");
            assertThat(once).hasToString("Once[computed]");
        });
    }

    @BothEngines
    void aFailureIsItsOwnCallersAndTheNextTries(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Once<String> once = Once.create();
            group.start(() -> assertThatThrownBy(() -> once.get(() -> {
                settle();
                throw new IOException("of the first");
            })).isInstanceOf(IOException.class));
            Task<String> second = group.start(() -> once.get(() -> "the second's"));
            assertThat(second.await()).isEqualTo("the second's");
        }));
    }

    @BothEngines
    void aCancelledComputationLetsTheNextTry(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Once<String> once = Once.create();
            Task<String> first = group.start(() -> once.get(() -> {
                Async.sleepForever();
                return "never";
            }));
            Task<String> second = group.start(() -> once.get(() -> "the second's"));
            settle();
            first.cancel("gives up");
            assertThat(second.await()).isEqualTo("the second's");
        }));
    }

    @BothEngines
    void aComputationThatNeedsItsOwnValueIsAnErrorAtOnce(LoopFixture loops) {
        loops.run(() -> {
            Once<String> once = Once.create();
            assertThatThrownBy(() -> once.get(() -> once.<RuntimeException>get(() -> "inner")))
                    .isInstanceOf(IllegalStateException.class).hasMessageContaining("Once[being computed");
            assertThat(once.<RuntimeException>get(() -> "later")).isEqualTo("later");
        });
    }

    // ---- AtomicCell

    @BothEngines
    void updatesRunOneAfterTheOtherAndReadersSeeCompleteValues(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var cell = AtomicCell.of("");
            for (String part : new String[] {"a", "b"}) {
                group.start(() -> cell.update(text -> {
                    settle();
                    return text + part;
                }));
            }
            Task<Void> set = group.start(() -> cell.set("c"));
            checkpoint();
            assertThat(cell.get()).isEmpty();
            assertThat(cell.statistics().waiters()).hasSize(2);
            set.join();
            assertThat(cell.get()).isEqualTo("c");
            assertThat(cell.<RuntimeException>update(text -> text + "d")).isEqualTo("cd");
        }));
    }

    @BothEngines
    void anUpdateThatFailsOrIsCancelledChangesNothing(LoopFixture loops) {
        loops.run(() -> {
            var cell = AtomicCell.of(1);
            assertThatThrownBy(() -> cell.update(_ -> {
                throw new IOException("of the function");
            })).isInstanceOf(IOException.class);
            Async.moveOnAfter(Waits.seconds(1), () -> cell.<RuntimeException>update(_ -> {
                Async.sleepForever();
                return 2;
            }));
            assertThat(cell.get()).isEqualTo(1);
            assertThat(cell).hasToString("AtomicCell[1, free]");
        });
    }

    @BothEngines
    void anUpdateInsideAnUpdateOfTheSameCellIsAnErrorAtOnce(LoopFixture loops) {
        loops.run(() -> {
            var cell = AtomicCell.of(1);
            assertThatThrownBy(() -> cell.<RuntimeException>update(one -> {
                cell.set(2);
                return one;
            })).isInstanceOf(IllegalStateException.class).hasMessageContaining("AtomicCell[1");
            assertThat(cell.get()).isEqualTo(1);
        });
    }
}
