package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.moveOnAfter;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** Channels between loops on one loop, where time is virtual and the order certain; {@link CrossingLoopsTest} is between loops. */
class CrossingTest {

    @BothEngines
    void itIsFullAtItsCapacityAndSendersAreServedInOrder(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> channel = Channel.crossing(3);
            for (int i = 0; i < 6; i++) {
                int value = i;
                group.start(() -> channel.sender().send(value));
            }
            settle();
            assertThat(group.children()).hasSize(3);
            assertThat(channel.sender().trySend(9)).isFalse();
            for (int i = 0; i < 6; i++) {
                assertThat(channel.receiver().receive()).isEqualTo(i);
            }
            assertThat(channel.receiver().tryReceive()).isEmpty();
        }));
    }

    @BothEngines
    void aReservedPlaceIsNobodyElsesUntilUsedOrGivenBack(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> channel = Channel.crossing(1);
            try (Sender.Permit<String> permit = channel.sender().reserve()) {
                assertThat(channel.sender().trySend("other")).isFalse();
                assertThat(channel.sender().tryReserve()).isEmpty();
                permit.send("mine");
                assertThatThrownBy(() -> permit.send("again")).isInstanceOf(IllegalStateException.class);
            }
            assertThat(channel.receiver().receive()).isEqualTo("mine");
            channel.sender().reserve().close();
            assertThat(channel.sender().trySend("other")).isTrue();
        }));
    }

    @BothEngines
    void whatWasSentBeforeAFailureIsReceivedBeforeIt(LoopFixture loops) {
        loops.run(() -> {
            Channel<String> channel = Channel.crossing(2);
            channel.sender().send("last");
            channel.sender().fail(new IllegalStateException("broken"));
            assertThat(channel.receiver().receive()).isEqualTo("last");
            assertThatThrownBy(() -> channel.receiver().receive())
                    .isInstanceOf(ChannelClosedException.class)
                    .hasRootCauseMessage("broken");
            assertThatThrownBy(() -> channel.sender().send("more")).isInstanceOf(ChannelClosedException.class);
        });
    }

    @BothEngines
    void closingASenderWakesItsOwnWaitersAndTheLastOneEndsTheChannel(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> channel = Channel.crossing(1);
            Sender<String> other = channel.sender().copy();
            channel.sender().send("fits");
            Task<?> waiting = group.start(() -> assertThatThrownBy(() -> channel.sender().send("waits"))
                    .hasMessageContaining("this sender is closed"));
            settle();
            channel.sender().close();
            waiting.join();
            other.close();
            assertThat(channel.receiver()).containsExactly("fits");
        }));
    }

    @BothEngines
    void itCanBeSelected(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> channel = Channel.crossing(1);
            group.start(() -> {
                sleep(seconds(1));
                channel.sender().send("value");
            });
            String got = Async.select(
                    Clause.receive(channel.receiver(), value -> value), Clause.after(seconds(5), () -> "late"));
            assertThat(got).isEqualTo("value");
        }));
    }

    @BothEngines
    void theEndIsNewsForASelectAndForAnAction(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> channel = Channel.crossing(1);
            var told = new ArrayList<String>();
            channel.receiver().onReady(() -> told.add("end"));
            group.start(() -> {
                sleep(seconds(1));
                channel.sender().close();
            });
            String got = Async.select(
                    Clause.receiveOrEnd(channel.receiver(), value -> value, () -> "end"),
                    Clause.after(seconds(5), () -> "late"));
            assertThat(got).isEqualTo("end");
            settle();
            assertThat(told).containsExactly("end");
        }));
    }

    @BothEngines
    void aCancelledReceiverTakesNothingAndACancelledSenderSendsNothing(LoopFixture loops) {
        loops.run(() -> {
            Channel<Integer> channel = Channel.crossing(1);
            assertThat(moveOnAfter(millis(1), () -> {
                channel.receiver().receive();
            })).isFalse();
            channel.sender().send(1);
            assertThat(moveOnAfter(millis(1), () -> {
                channel.sender().send(2);
            })).isFalse();
            assertThat(channel.receiver().tryReceive()).contains(1);
            assertThat(channel.receiver().tryReceive()).isEmpty();
        });
    }

    @BothEngines
    void theEndsOfACrossingChannelAreThoseOfAnyChannel(LoopFixture loops) {
        loops.run(() -> {
            Channel<Integer> closed = Channel.crossing(4);
            closed.sender().send(1);
            closed.sender().close();
            assertThat(closed.receiver()).containsExactly(1);
            assertThatThrownBy(() -> closed.sender().send(2)).isInstanceOf(ChannelClosedException.class);

            var cause = new IOException("gone");
            Channel<Integer> failed = Channel.crossing(4);
            failed.sender().send(1);
            failed.sender().fail(cause);
            assertThat(failed.receiver().receive()).isEqualTo(1);
            assertThatThrownBy(() -> failed.receiver().receive()).isInstanceOf(ChannelClosedException.class).hasCause(cause);

            Channel<Integer> left = Channel.crossing(4);
            left.receiver().close();
            assertThatThrownBy(() -> left.sender().trySend(1)).isInstanceOf(ChannelClosedException.class)
                    .hasMessageContaining("receiver is closed");
        });
    }

    @BothEngines
    void theEndWakesThoseWhoWait(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> empty = Channel.crossing(1);
            Channel<Integer> full = Channel.crossing(1);
            while (full.sender().trySend(1)) {
                checkpoint();
            }
            Task<?> receiver = group.start(() -> assertThatThrownBy(() -> empty.receiver().receive())
                    .isInstanceOf(ChannelClosedException.class));
            Task<?> sender = group.start(() -> assertThatThrownBy(() -> full.sender().send(2))
                    .isInstanceOf(ChannelClosedException.class));
            settle();
            empty.sender().close();
            full.receiver().close();
            receiver.join();
            sender.join();
        }));
    }

    @Test
    void aCapacityFromOneIsNeeded() {
        assertThatThrownBy(() -> Channel.crossing(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Channel.crossing(1).sender().trySend(null)).isInstanceOf(NullPointerException.class);
    }
}
