package dev.espalier.core;

import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

class BroadcastTest {
    private static List<Integer> drain(Receiver<Integer> receiver) {
        var got = new ArrayList<Integer>();
        for (var next = receiver.tryReceive(); next.isPresent(); next = receiver.tryReceive()) {
            got.add(next.get());
        }
        return got;
    }

    private static void sendAll(Broadcast<Integer> broadcast, int from, int to) {
        for (int i = from; i <= to; i++) {
            broadcast.send(i);
        }
    }

    @BothEngines
    void everySubscriberSeesEveryValueFromItsSubscriptionOn(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Broadcast<Integer> broadcast = Broadcast.open(8);
            broadcast.send(0);
            var seen = new ArrayList<String>();
            for (String who : new String[] {"a", "b"}) {
                Receiver<Integer> values = broadcast.subscribe();
                group.start(() -> {
                    for (int value : values) {
                        seen.add(who + value);
                    }
                });
            }
            assertThat(broadcast.subscribers()).isEqualTo(2);
            settle();
            sendAll(broadcast, 1, 2);
            broadcast.close();
            settle();
            assertThat(seen).containsExactlyInAnyOrder("a1", "a2", "b1", "b2");
        }));
    }

    @BothEngines
    void s42ASlowSubscriberHearsHowManyValuesItMissedAndGoesOn(LoopFixture loops) {
        loops.run(() -> {
            Broadcast<Integer> broadcast = Broadcast.open(3);
            Receiver<Integer> slow = broadcast.subscribe();
            Receiver<Integer> quick = broadcast.subscribe();
            for (int i = 1; i <= 8; i++) {
                broadcast.send(i);
                assertThat(quick.receive()).isEqualTo(i);
            }
            assertThatThrownBy(slow::receive).isInstanceOfSatisfying(
                    Broadcast.LaggedException.class, lagged -> assertThat(lagged.missed()).isEqualTo(5));
            assertThat(drain(slow)).containsExactly(6, 7, 8);
            assertThat(broadcast.statistics().dropped()).isEqualTo(5);
            assertThat(broadcast.statistics().received()).isEqualTo(11);
        });
    }

    @BothEngines
    void s42ASlowSubscriberMayHoldTheSendersBack(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Broadcast<Integer> broadcast = Broadcast.open(2, 0, Broadcast.Lagging.SUSPEND);
            Receiver<Integer> slow = broadcast.subscribe();
            Receiver<Integer> quick = broadcast.subscribe();
            sendAll(broadcast, 1, 2);
            Task<Void> third = group.start("third", () -> broadcast.send(3));
            Task<Void> fourth = group.start("fourth", () -> broadcast.send(4));
            assertThat(drain(quick)).containsExactly(1, 2);
            settle();
            assertThat(broadcast.trySend(9)).isFalse();
            assertThat(broadcast).hasToString("Broadcast[2 subscribers, the slowest 2 of 2 behind, to send, waiting: 'third', 'fourth']");
            assertThat(slow.receive()).isEqualTo(1);
            third.await();
            assertThat(fourth.state()).isInstanceOf(Awaitable.Pending.class);
            slow.close();
            fourth.await();
            assertThat(drain(quick)).containsExactly(3, 4);
        }));
    }

    @BothEngines
    void withoutSubscribersASendDoesNotWait(LoopFixture loops) {
        loops.run(() -> {
            Broadcast<Integer> broadcast = Broadcast.open(1, 0, Broadcast.Lagging.SUSPEND);
            sendAll(broadcast, 1, 9);
            assertThat(drain(broadcast.subscribe())).isEmpty();
        });
    }

    @BothEngines
    void theLastValuesAreReplayedToNewSubscribersAlsoAfterTheEnd(LoopFixture loops) {
        loops.run(() -> {
            Broadcast<Integer> broadcast = Broadcast.open(4, 2, Broadcast.Lagging.SKIP);
            broadcast.send(1);
            assertThat(drain(broadcast.subscribe())).containsExactly(1);
            sendAll(broadcast, 2, 9);
            assertThat(drain(broadcast.subscribe())).containsExactly(8, 9);
            broadcast.close();
            assertThat(broadcast.subscribe()).containsExactly(8, 9);
        });
    }

    @BothEngines
    void aReplayedValueThatIsUnreadHoldsSendersBackToo(LoopFixture loops) {
        loops.run(() -> {
            Broadcast<Integer> broadcast = Broadcast.open(1, 1, Broadcast.Lagging.SUSPEND);
            sendAll(broadcast, 1, 2);
            Receiver<Integer> late = broadcast.subscribe();
            assertThat(broadcast.trySend(3)).isFalse();
            assertThat(late.receive()).isEqualTo(2);
            assertThat(broadcast.trySend(3)).isTrue();
        });
    }

    @BothEngines
    void theEndComesAfterWhatWasSentAndAFailureIsItsCause(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Broadcast<Integer> broadcast = Broadcast.open(1, 0, Broadcast.Lagging.SUSPEND);
            Receiver<Integer> values = broadcast.subscribe();
            broadcast.send(1);
            Task<?> sender = group.start(() -> assertThatThrownBy(() -> broadcast.send(2)).isInstanceOf(ChannelClosedException.class));
            settle();
            var cause = new IOException("down");
            broadcast.fail(cause);
            broadcast.close();
            sender.await();
            assertThat(values.receive()).isOne();
            assertThatThrownBy(values::receive).isInstanceOf(ChannelClosedException.class).hasCause(cause);
            assertThatThrownBy(() -> broadcast.send(3)).isInstanceOf(ChannelClosedException.class).hasMessageContaining("down");
        }));
    }

    @BothEngines
    void tasksThatShareASubscriptionShareItsValues(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Broadcast<Integer> broadcast = Broadcast.open(4);
            Receiver<Integer> shared = broadcast.subscribe();
            Task<Integer> first = group.start(() -> shared.receive());
            Task<Integer> second = group.start(() -> shared.receive());
            settle();
            sendAll(broadcast, 1, 2);
            assertThat(first.await() + second.await()).isEqualTo(3);
            Task<?> closed = group.start(() -> assertThatThrownBy(shared::receive).isInstanceOf(ChannelClosedException.class));
            settle();
            shared.close();
            shared.close();
            closed.await();
        }));
    }

    @BothEngines
    void aSubscriptionCanBeSelected(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Broadcast<Integer> broadcast = Broadcast.open(4);
            Receiver<Integer> values = broadcast.subscribe();
            Task<String> selecting = group.start(() -> Async.<String>select(
                    Clause.receive(values, value -> "got " + value), Clause.after(Waits.seconds(9), () -> "late")));
            settle();
            broadcast.send(4);
            assertThat(selecting.await()).isEqualTo("got 4");
        }));
    }

    @BothEngines
    void valuesAreLetGoWithTheirLastReader(LoopFixture loops) throws Exception {
        loops.run(() -> {
            Broadcast<Object> broadcast = Broadcast.open(4, 1, Broadcast.Lagging.SKIP);
            Receiver<Object> values = broadcast.subscribe();
            for (int i = 0; i < 3; i++) {
                broadcast.send("value " + i);
            }
            values.receive();
            values.close();
            var field = Broadcast.class.getDeclaredField("slots");
            field.setAccessible(true);
            assertThat((Object[]) field.get(broadcast)).containsExactly(null, null, "value 2", null);
        });
    }

    @BothEngines
    void whatMakesNoSenseIsRefused(LoopFixture loops) {
        loops.run(() -> {
            assertThatThrownBy(() -> Broadcast.open(0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> Broadcast.open(2, 3, Broadcast.Lagging.SKIP)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> Broadcast.<String>open(1).send(null)).isInstanceOf(NullPointerException.class);
        });
    }
}
