package dev.espalier.core;

import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;

class WatchTest {
    @BothEngines
    void whoWatchesSeesThePresentValueAndThenTheLatestChange(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Watch<Integer> watch = Watch.of(0);
            Receiver<Integer> changes = watch.changes();
            assertThat(changes.receive()).isZero();
            assertThat(changes.tryReceive()).isEmpty();
            Task<Integer> waiting = group.start(() -> changes.receive());
            settle();
            watch.set(1);
            watch.set(2);
            assertThat(waiting.await()).isEqualTo(2);
            assertThat(watch.update(old -> old + 1)).isEqualTo(3);
            assertThat(watch.get()).isEqualTo(3);
            assertThat(changes.receive()).isEqualTo(3);
            watch.set(3);
            assertThat(changes.tryReceive()).as("an equal value is a change").contains(3);
        }));
    }

    @BothEngines
    void allWatchersSeeTheChangeAndEachIsOnItsOwn(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Watch<Integer> watch = Watch.of(0);
            var seen = new ArrayList<String>();
            for (String who : new String[] {"a", "b"}) {
                group.start(() -> {
                    for (int value : watch.changes()) {
                        seen.add(who + value);
                    }
                });
            }
            settle();
            watch.set(1);
            settle();
            watch.set(2);
            watch.close();
            watch.close();
            settle();
            assertThat(seen).containsExactlyInAnyOrder("a0", "b0", "a1", "b1", "a2", "b2");
        }));
    }

    @BothEngines
    void awaitUntilLooksAtTheLatestValue(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Watch<Integer> watch = Watch.of(0);
            Task<Integer> large = group.start("large", () -> watch.awaitUntil(value -> value > 9));
            Task<?> never = group.start(() -> assertThatThrownBy(() -> watch.awaitUntil(value -> value < 0))
                    .isInstanceOf(ChannelClosedException.class));
            settle();
            assertThat(watch.statistics().waiters()).contains(large.ref());
            watch.set(5);
            settle();
            assertThat(large.state()).isInstanceOf(Awaitable.Pending.class);
            watch.set(10);
            assertThat(large.await()).isEqualTo(10);
            watch.close();
            never.await();
            assertThat(watch.awaitUntil(value -> value == 10)).isEqualTo(10);
        }));
    }

    @BothEngines
    void aClosedWatchKeepsItsValueAndTakesNoOther(LoopFixture loops) {
        loops.run(() -> {
            Watch<String> watch = Watch.of("x");
            Receiver<String> changes = watch.changes();
            watch.close();
            assertThat(watch.get()).isEqualTo("x");
            assertThat(changes.receive()).as("a change that was not seen").isEqualTo("x");
            assertThatThrownBy(changes::receive).isInstanceOf(ChannelClosedException.class);
            assertThatThrownBy(() -> watch.set("y")).isInstanceOf(ChannelClosedException.class);
            assertThatThrownBy(() -> watch.update(old -> "y")).isInstanceOf(ChannelClosedException.class);
            assertThat(watch).hasToString("Watch[x, closed]");
        });
    }

    @BothEngines
    void closingOneReceiverEndsItsTasksOnly(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Watch<Integer> watch = Watch.of(0);
            Receiver<Integer> mine = watch.changes();
            Receiver<Integer> other = watch.changes();
            mine.receive();
            other.receive();
            Task<?> ends = group.start(() -> assertThatThrownBy(mine::receive).hasMessageContaining("receiver is closed"));
            Task<Integer> stays = group.start(() -> other.receive());
            settle();
            mine.close();
            ends.await();
            watch.set(1);
            assertThat(stays.await()).isOne();
        }));
    }

    @BothEngines
    void changesCanBeSelected(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Watch<Integer> watch = Watch.of(0);
            Receiver<Integer> changes = watch.changes();
            changes.receive();
            Task<String> selecting = group.start(() -> Async.<String>select(
                    Clause.receive(changes, value -> "changed to " + value), Clause.after(Waits.seconds(9), () -> "late")));
            settle();
            watch.set(4);
            assertThat(selecting.await()).isEqualTo("changed to 4");
        }));
    }

    @BothEngines
    void nullIsRefused(LoopFixture loops) {
        loops.run(() -> {
            assertThatThrownBy(() -> Watch.of(null)).isInstanceOf(NullPointerException.class);
            Watch<String> watch = Watch.of("x");
            assertThatThrownBy(() -> watch.update(old -> null)).isInstanceOf(NullPointerException.class);
            assertThat(watch.get()).isEqualTo("x");
        });
    }
}
