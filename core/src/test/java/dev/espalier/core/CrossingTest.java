package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Channels between loops, in real time; and on one loop, where time is virtual and the order certain. */
class CrossingTest {

    // ---- between loops

    @BothEngines
    void valuesCrossInOrderAndTheEndFollowsThem(LoopFixture loops) {
        for (int capacity : List.of(1, 3, 100)) {
            Channel<Integer> channel = Channel.crossing(capacity);
            try (var group = LoopGroup.open(2, loops.realTime())) {
                var sent = group.loops().get(0).submit(() -> {
                    for (int i = 0; i < 2_000; i++) {
                        channel.sender().send(i);
                    }
                    channel.sender().close();
                });
                CompletableFuture<List<Integer>> received = group.loops().get(1).submit(() -> {
                    var values = new ArrayList<Integer>();
                    channel.receiver().forEach(values::add);
                    return values;
                });
                assertThat(received).succeedsWithin(Waits.seconds(60))
                        .isEqualTo(IntStream.range(0, 2_000).boxed().toList());
                assertThat(sent).succeedsWithin(Waits.seconds(60));
            }
        }
    }

    @BothEngines
    void sendersOfSeveralLoopsLoseAndDoubleNothingWhileTasksAreCancelled(LoopFixture loops) {
        long seed = System.nanoTime();
        Channel<Integer> channel = Channel.crossing(2);
        List<Integer> received;
        try (var group = LoopGroup.open(3, loops.realTime())) {
            List<CompletableFuture<List<Integer>>> sent = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                int first = i * 100_000;
                Sender<Integer> sender = channel.sender().copy();
                var random = new SplittableRandom(seed + i);
                sent.add(group.loops().get(i).submit(() -> sendSome(sender, first, random)));
            }
            channel.sender().close();
            received = group.loops().get(2).submit(() -> receiveSome(channel.receiver(), new SplittableRandom(seed - 1)))
                    .orTimeout(60, java.util.concurrent.TimeUnit.SECONDS).join();
            var all = new ArrayList<Integer>();
            sent.forEach(some -> all.addAll(some.join()));
            assertThat(received).as("seed " + seed).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(all);
        }
    }

    /** Tasks that send one value each, some of which are cancelled; what was sent for certain. */
    private static List<Integer> sendSome(Sender<Integer> sender, int first, SplittableRandom random) {
        var sent = new ArrayList<Integer>();
        for (int i = 0; i < 300; i++) {
            int value = first + i * 2;
            TaskGroup.run(tasks -> {
                for (int v = value; v < value + 2; v++) {
                    int mine = v;
                    Task<Void> task = tasks.start(() -> {
                        sender.send(mine);
                        sent.add(mine);
                    });
                    cancelPerhaps(tasks, task, random);
                }
            });
        }
        sender.close();
        return sent;
    }

    private static List<Integer> receiveSome(Receiver<Integer> receiver, SplittableRandom random) {
        var received = new ArrayList<Integer>();
        var open = new boolean[] {true};
        while (open[0]) {
            TaskGroup.run(tasks -> {
                for (int i = 0; i < 2; i++) {
                    cancelPerhaps(tasks, tasks.start(() -> {
                        try {
                            received.add(receiver.receive());
                        } catch (ChannelClosedException e) {
                            open[0] = false;
                        }
                    }), random);
                }
            });
        }
        return received;
    }

    private static void cancelPerhaps(TaskGroup tasks, Task<?> task, SplittableRandom random) {
        int ticks = random.nextInt(6);
        if (random.nextInt(3) == 0) {
            tasks.start(() -> {
                for (int i = 0; i < ticks; i++) {
                    Async.checkpoint();
                }
                task.cancel("at a random moment");
            });
        }
    }

    @BothEngines
    void anEndServesOneLoop(LoopFixture loops) {
        Channel<String> channel = Channel.crossing(1);
        loops.runInRealTime(() -> {
            channel.sender().send("x");
            assertThat(channel.receiver().receive()).isEqualTo("x");
            try (var group = LoopGroup.open(1, loops.realTime())) {
                assertThatThrownBy(() -> group.call(() -> channel.receiver().receive()))
                        .isInstanceOf(ForeignLoopException.class)
                        .hasMessageContaining("crossing channel");
                assertThatThrownBy(() -> group.call(() -> channel.sender().send("y")))
                        .isInstanceOf(ForeignLoopException.class)
                        .hasMessageContaining("copy the sender");
                assertThat(group.<Boolean, RuntimeException>call(() -> channel.sender().trySend("z"))).isTrue();
            }
            assertThat(channel.receiver().tryReceive()).contains("z");
        });
    }

    @BothEngines
    void closingTheReceiverFreesSendersOfOtherLoops(LoopFixture loops) {
        Channel<String> channel = Channel.crossing(1);
        try (var group = LoopGroup.open(2, loops.realTime())) {
            var blocked = new CompletableFuture<Void>();
            CompletableFuture<Void> sender = group.loops().get(0).submit(() -> {
                channel.sender().send("fits");
                TaskGroup.run(tasks -> {
                    Task<?> waiting = tasks.start(() -> assertThatThrownBy(() -> channel.sender().send("waits"))
                            .isInstanceOf(ChannelClosedException.class)
                            .hasMessageContaining("receiver is closed"));
                    Async.checkpoint();
                    blocked.complete(null);
                    waiting.join();
                });
            });
            group.loops().get(1).submit(() -> {
                Async.await(blocked);
                channel.receiver().close();
            });
            assertThat(sender).succeedsWithin(Waits.seconds(60));
        }
    }

    @BothEngines
    void aLoopThatWaitsLongForAnotherStopsLookingAndIsWoken(LoopFixture loops) {
        Channel<String> channel = Channel.crossing(1);
        try (var group = LoopGroup.open(2, loops.realTime())) {
            CompletableFuture<Integer> received = group.loops().get(1).submit(() -> {
                int count = 0;
                for (String _ : channel.receiver()) {
                    count++;
                }
                return count;
            });
            group.loops().get(0).submit(() -> {
                for (int i = 0; i < 12; i++) {
                    Async.sleep(Waits.millis(2)); // longer than any look: the other one sleeps
                    channel.sender().send("late");
                }
                channel.sender().close();
            });
            assertThat(received).succeedsWithin(Waits.seconds(60)).isEqualTo(12);
        }
    }

    // ---- on one loop

    @BothEngines
    void itIsFullAtItsCapacityAndSendersAreServedInOrder(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> channel = Channel.crossing(3);
            for (int i = 0; i < 6; i++) {
                int value = i;
                group.start(() -> channel.sender().send(value));
            }
            Waits.settle();
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
            Waits.settle();
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
                Async.sleep(Waits.seconds(1));
                channel.sender().send("value");
            });
            String got = Async.select(
                    Clause.receive(channel.receiver(), value -> value), Clause.after(Waits.seconds(5), () -> "late"));
            assertThat(got).isEqualTo("value");
        }));
    }

    @Test
    void aCapacityFromOneIsNeeded() {
        assertThatThrownBy(() -> Channel.crossing(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Channel.crossing(1).sender().trySend(null)).isInstanceOf(NullPointerException.class);
    }
}
