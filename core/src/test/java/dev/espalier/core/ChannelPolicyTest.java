package dev.espalier.core;

import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.spi.ErrorReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Channels: what a full one does, reserved places, values that nobody receives, and statistics. */
class ChannelPolicyTest {
    private static List<Integer> drain(Channel<Integer> channel) {
        var got = new ArrayList<Integer>();
        for (var next = channel.receiver().tryReceive(); next.isPresent(); next = channel.receiver().tryReceive()) {
            got.add(next.get());
        }
        return got;
    }

    private static Channel<Integer> afterThreeInTwo(Channel.Overflow overflow, List<Integer> undelivered) {
        Channel<Integer> channel = Channel.open(2, overflow, undelivered::add);
        for (int i = 1; i <= 3; i++) {
            channel.sender().send(i);
        }
        return channel;
    }

    // ---- policies

    @BothEngines
    void theOldestIsDroppedForTheNewOne(LoopFixture loops) {
        loops.run(() -> {
            var undelivered = new ArrayList<Integer>();
            Channel<Integer> channel = afterThreeInTwo(Channel.Overflow.DROP_OLDEST, undelivered);
            assertThat(undelivered).containsExactly(1);
            assertThat(channel.sender().trySend(4)).isTrue();
            assertThat(undelivered).containsExactly(1, 2);
            assertThat(drain(channel)).containsExactly(3, 4);
        });
    }

    @BothEngines
    void theLatestIsDroppedAndTrySendLeavesItToItsSender(LoopFixture loops) {
        loops.run(() -> {
            var undelivered = new ArrayList<Integer>();
            Channel<Integer> channel = afterThreeInTwo(Channel.Overflow.DROP_LATEST, undelivered);
            assertThat(undelivered).containsExactly(3);
            assertThat(channel.sender().trySend(4)).isFalse();
            assertThat(undelivered).containsExactly(3);
            assertThat(drain(channel)).containsExactly(1, 2);
        });
    }

    @BothEngines
    void aFullChannelMayFail(LoopFixture loops) {
        loops.run(() -> {
            Channel<Integer> channel = Channel.open(1, Channel.Overflow.FAIL);
            channel.sender().send(1);
            assertThatThrownBy(() -> channel.sender().send(2)).isInstanceOf(Channel.FullException.class)
                    .hasMessageContaining("1 of 1");
            assertThat(channel.sender().trySend(3)).isFalse();
            assertThat(drain(channel)).containsExactly(1);
        });
    }

    @BothEngines
    void aSelectDoesNotWaitToSendWhereSendersDoNot(LoopFixture loops) {
        loops.run(() -> {
            Channel<Integer> channel = Channel.open(0, Channel.Overflow.DROP_LATEST);
            assertThat(Async.<String>select(Clause.send(channel.sender(), 1, () -> "dropped"))).isEqualTo("dropped");
            assertThat(channel.statistics().dropped()).isOne();
        });
    }

    @BothEngines
    void conflatedKeepsTheLatestAndUnlimitedKeepsAll(LoopFixture loops) {
        loops.run(() -> {
            Channel<Integer> conflated = Channel.conflated();
            Channel<Integer> unlimited = Channel.unlimited();
            for (int i = 0; i < 1000; i++) {
                conflated.sender().send(i);
                assertThat(unlimited.sender().trySend(i)).isTrue();
            }
            assertThat(drain(conflated)).containsExactly(999);
            assertThat(unlimited).hasToString("Channel[sender=sender of channel[1000 of unlimited], "
                    + "receiver=channel[1000 of unlimited]]");
            assertThat(drain(unlimited)).hasSize(1000).isSorted();
        });
    }

    @BothEngines
    void capacitiesThatMakeNoSenseAreRefused(LoopFixture loops) {
        loops.run(() -> {
            assertThatThrownBy(() -> Channel.open(-1)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("-1");
            assertThatThrownBy(() -> Channel.open(0, Channel.Overflow.DROP_OLDEST)).isInstanceOf(IllegalArgumentException.class);
        });
        assertThatThrownBy(() -> Channel.open(1)).isInstanceOf(IllegalStateException.class);
    }

    // ---- values that nobody receives

    @BothEngines
    void whatIsInAClosedChannelGoesToTheHandler(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var undelivered = new ArrayList<Integer>();
            Channel<Integer> channel = Channel.open(2, Channel.Overflow.SUSPEND, undelivered::add);
            channel.sender().send(1);
            channel.sender().send(2);
            Task<?> waiting = group.start(() -> assertThatThrownBy(() -> channel.sender().send(3))
                    .isInstanceOf(ChannelClosedException.class));
            settle();
            channel.receiver().close();
            channel.receiver().close();
            waiting.await();
            assertThat(undelivered).as("the third was refused, and is its sender's").containsExactly(1, 2);
            assertThat(channel.receiver()).hasToString("channel[0 of 2, receiver closed]");
        }));
    }

    @BothEngines
    void f16AValueOnItsWayToAReceiverThatIsCancelledIsDeliveredAndNotHandled(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var undelivered = new ArrayList<Integer>();
            Channel<Integer> channel = Channel.open(1, Channel.Overflow.SUSPEND, undelivered::add);
            var got = new ArrayList<Integer>();
            Task<?> receiver = group.start(() -> got.add(channel.receiver().receive()));
            settle();
            channel.sender().send(1);
            receiver.cancel("after the hand-over");
            channel.receiver().close();
            settle();
            assertThat(got).containsExactly(1);
            assertThat(undelivered).isEmpty();
        }));
    }

    @BothEngines
    void aHandlerThatFailsOrAwaitsIsReportedAndTheOthersRun(LoopFixture loops) {
        loops.run(() -> {
            Channel<Integer> channel = Channel.open(2, Channel.Overflow.SUSPEND, value -> {
                if (value == 1) {
                    Async.checkpoint();
                }
                throw new IllegalArgumentException("value " + value);
            });
            channel.sender().send(1);
            channel.sender().send(2);
            channel.receiver().close();
            assertThat(Task.current().name()).isEqualTo("main");
        });
        assertThat(loops.takeReports()).extracting(ErrorReport::exception).extracting(Throwable::getMessage)
                .satisfiesExactly(first -> assertThat(first).contains("callback"), second -> assertThat(second).isEqualTo("value 2"));
    }

    // ---- reserved places

    @BothEngines
    void aReservedPlaceCountsUntilItIsUsedOrGivenBack(LoopFixture loops) {
        loops.run(() -> {
            Channel<Integer> channel = Channel.open(2);
            try (Sender.Permit<Integer> permit = channel.sender().reserve()) {
                channel.sender().send(1);
                assertThat(channel.sender().trySend(2)).isFalse();
                assertThat(channel.sender().tryReserve()).isEmpty();
                permit.send(3);
                assertThatThrownBy(() -> permit.send(4)).isInstanceOf(IllegalStateException.class).hasMessageContaining("used");
            }
            assertThat(drain(channel)).containsExactly(1, 3);
            channel.sender().reserve().close();
            assertThat(channel.receiver()).hasToString("channel[0 of 2]");
        });
    }

    @BothEngines
    void thoseWhoReserveAndThoseWhoSendAreServedInOneOrder(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> channel = Channel.open(1);
            Sender.Permit<Integer> first = channel.sender().reserve();
            Task<Sender.Permit<Integer>> reserves = group.start(() -> channel.sender().reserve());
            Task<Void> sends = group.start(() -> channel.sender().send(2));
            Task<Integer> receives = group.start(() -> channel.receiver().receive());
            settle();
            assertThat(receives.state()).as("the place is not free").isInstanceOf(Awaitable.Pending.class);
            first.close();
            Sender.Permit<Integer> second = reserves.await();
            assertThat(sends.state()).isInstanceOf(Awaitable.Pending.class);
            second.send(1);
            assertThat(receives.await()).isEqualTo(1);
            sends.await();
            assertThat(drain(channel)).containsExactly(2);
        }));
    }

    @BothEngines
    void aPermitOfAnEndedChannelRefusesTheValue(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> channel = Channel.open(1);
            Sender<Integer> other = channel.sender().copy();
            Sender.Permit<Integer> permit = other.reserve();
            Task<Void> sends = group.start(() -> channel.sender().send(1));
            settle();
            other.close();
            assertThatThrownBy(() -> permit.send(2)).isInstanceOf(ChannelClosedException.class).hasMessageContaining("sender is closed");
            sends.await();
            channel.sender().fail(new IOException("down"));
            assertThatThrownBy(() -> channel.sender().reserve()).isInstanceOf(ChannelClosedException.class).hasMessageContaining("down");
        }));
    }

    @BothEngines
    void placesCannotBeReservedWhereThereAreNoneOrNobodyWaits(LoopFixture loops) {
        loops.run(() -> {
            assertThatThrownBy(() -> Channel.open(0).sender().reserve()).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("capacity from 1");
            assertThatThrownBy(() -> Channel.conflated().sender().tryReserve()).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("DROP_OLDEST");
        });
    }

    // ---- statistics

    @BothEngines
    void statisticsCountValuesAndNameThoseWhoWait(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> channel = Channel.open(2);
            Task<?> receiver = group.start("taker", () -> channel.receiver().receive());
            settle();
            assertThat(channel.statistics().waitingReceivers()).containsExactly(receiver.ref());
            for (int i = 0; i < 3; i++) {
                channel.sender().send(i);
            }
            Task<?> sender = group.start("giver", () -> channel.sender().send(9));
            settle();
            assertThat(channel.statistics().waitingSenders()).containsExactly(sender.ref());
            channel.receiver().receive();
            settle();
            var now = channel.statistics();
            assertThat(now.sent()).isEqualTo(4);
            assertThat(now.received()).isEqualTo(2);
            assertThat(now.size()).isEqualTo(2);
            assertThat(now.peak()).isEqualTo(2);
            assertThat(now.openSenders()).isOne();
            channel.receiver().close();
            assertThat(channel.statistics().dropped()).isEqualTo(2);
        }));
    }
}
