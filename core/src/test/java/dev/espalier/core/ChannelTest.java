package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;

class ChannelTest {

    @BothEngines
    void aFullChannelHoldsItsSendersBackInOrder(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> channel = Channel.open(1);
            var sent = new ArrayList<Integer>();
            for (int i = 0; i < 4; i++) {
                int value = i;
                group.start(() -> {
                    channel.sender().send(value);
                    sent.add(value);
                });
            }
            settle();
            assertThat(sent).containsExactly(0);
            assertThat(channel.sender().trySend(99)).isFalse();
            for (int i = 0; i < 4; i++) {
                assertThat(channel.receiver().receive()).isEqualTo(i);
            }
            settle();
            assertThat(sent).containsExactly(0, 1, 2, 3);
        }));
    }

    @BothEngines
    void aChannelWithoutRoomHandsOverFromTaskToTask(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> channel = Channel.open(0);
            assertThat(channel.sender().trySend("nobody waits")).isFalse();
            assertThat(channel.receiver().tryReceive()).isEmpty();
            Task<String> receiver = group.start(() -> channel.receiver().receive());
            checkpoint();
            channel.sender().send("x");
            assertThat(receiver.await()).isEqualTo("x");
        }));
    }

    @BothEngines
    void waitingReceiversAreServedFirstComeFirstServed(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> channel = Channel.open(2);
            var order = new ArrayList<String>();
            for (String who : new String[] {"a", "b", "c"}) {
                group.start(() -> {
                    order.add(who + channel.receiver().receive());
                });
            }
            checkpoint();
            for (int i = 1; i <= 3; i++) {
                channel.sender().send(i);
            }
            settle();
            assertThat(order).containsExactly("a1", "b2", "c3");
        }));
    }

    @BothEngines
    void s39ClosingOneOfManySendersDoesNotBreakTheOthers(LoopFixture loops) {
        loops.run(() -> {
            Channel<String> channel = Channel.open(2);
            Sender<String> second = channel.sender().copy();
            channel.sender().close();
            channel.sender().close();
            assertThatThrownBy(() -> channel.sender().send("x")).isInstanceOf(ChannelClosedException.class);
            assertThatThrownBy(() -> channel.sender().copy()).isInstanceOf(ChannelClosedException.class);
            second.send("still open");
            second.close();
            assertThat(channel.receiver()).containsExactly("still open");
        });
    }

    @BothEngines
    void s40TheReceiverDrainsWhatWasSentBeforeTheEndAndThenGetsItsCause(LoopFixture loops) {
        loops.run(() -> {
            Channel<String> channel = Channel.open(2);
            channel.sender().send("before");
            var cause = new IOException("producer died");
            channel.sender().fail(cause);
            assertThatThrownBy(() -> channel.sender().send("after")).isInstanceOf(ChannelClosedException.class);
            assertThat(channel.receiver().receive()).isEqualTo("before");
            assertThatThrownBy(() -> channel.receiver().receive()).isInstanceOf(ChannelClosedException.class)
                    .hasCause(cause);
            assertThatThrownBy(() -> channel.receiver().iterator().hasNext())
                    .isInstanceOf(ChannelClosedException.class).hasCause(cause);
        });
    }

    @BothEngines
    void theEndWakesThoseWhoWait(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> empty = Channel.open(1);
            Channel<String> full = Channel.open(0);
            Task<?> receiver = group.start(() -> assertThatThrownBy(() -> empty.receiver().receive())
                    .isInstanceOf(ChannelClosedException.class));
            Task<?> sender = group.start(() -> assertThatThrownBy(() -> full.sender().send("x"))
                    .isInstanceOf(ChannelClosedException.class).hasMessageContaining("receiver is closed"));
            checkpoint();
            empty.sender().close();
            full.receiver().close();
            receiver.join();
            sender.join();
        }));
    }

    @BothEngines
    void nullIsRefused(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> Channel.<String>open(1).sender().trySend(null))
                .isInstanceOf(NullPointerException.class).hasMessageContaining("no null"));
    }

    @BothEngines
    void anActionIsToldOnceOfAValueOrTheEnd(LoopFixture loops) {
        loops.run(() -> {
            Channel<String> channel = Channel.open(2);
            var told = new ArrayList<String>();
            channel.receiver().onReady(() -> told.add("taken back")).close();
            channel.receiver().onReady(() -> told.add("value"));
            channel.sender().send("x");
            channel.sender().send("y");
            settle();
            assertThat(told).containsExactly("value");
            channel.receiver().onReady(() -> told.add("there already"));
            settle();
            channel.receiver().receive();
            channel.receiver().receive();
            channel.receiver().onReady(() -> told.add("end"));
            channel.sender().close();
            settle();
            assertThat(told).containsExactly("value", "there already", "end");
        });
    }
}
