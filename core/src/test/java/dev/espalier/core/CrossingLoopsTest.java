package dev.espalier.core;

import static dev.espalier.core.Async.moveOnAfter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Channels between loops, in real time; {@link CrossingTest} has what can be told on one loop. */
class CrossingLoopsTest {

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
    void valuesOfManyProducersCrossInTheOrderOfEach(LoopFixture loops) throws Exception {
        int producers = 3;
        int each = 20_000;
        try (var group = LoopGroup.open(producers + 1, loops.realTime())) {
            Channel<Long> channel = Channel.crossing(8);
            List<CompletableFuture<Void>> sending = IntStream.range(0, producers)
                    .mapToObj(who -> {
                        Sender<Long> sender = channel.sender().copy();
                        return group.loops().get(who).submit(() -> {
                            try (sender) {
                                for (long i = 0; i < each; i++) {
                                    sender.send(who * 1_000_000L + i);
                                }
                            }
                        });
                    })
                    .toList();
            channel.sender().close();
            List<Long> received = group.loops().get(producers).submit(() -> {
                var all = new ArrayList<Long>();
                channel.receiver().forEach(all::add);
                return all;
            }).get(60, TimeUnit.SECONDS);
            for (CompletableFuture<Void> one : sending) {
                one.get(60, TimeUnit.SECONDS);
            }
            for (int who = 0; who < producers; who++) {
                long first = who * 1_000_000L;
                assertThat(received.stream().filter(value -> value / 1_000_000 == first / 1_000_000).toList())
                        .as("values of producer %d, in order", who)
                        .isEqualTo(IntStream.range(0, each).mapToObj(i -> first + i).toList());
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
                    .orTimeout(60, TimeUnit.SECONDS).join();
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
    void sendsAndReceivesWhoseTimeIsUpLoseNothing(LoopFixture loops) throws Exception {
        long seed = System.nanoTime();
        try (var group = LoopGroup.open(2, loops.realTime())) {
            Channel<Integer> channel = Channel.crossing(2);
            CompletableFuture<Integer> sent = group.loops().get(0).submit(() -> {
                var random = new SplittableRandom(seed);
                int next = 0;
                try (var sender = channel.sender()) {
                    while (next < 3_000) {
                        int value = next;
                        boolean done = moveOnAfter(Duration.ofNanos(random.nextInt(60_000)), () -> sender.send(value));
                        next += done ? 1 : 0;
                    }
                }
                return next;
            });
            List<Integer> received = group.loops().get(1).submit(() -> {
                var random = new SplittableRandom(~seed);
                var all = new ArrayList<Integer>();
                while (true) {
                    try {
                        moveOnAfter(Duration.ofNanos(random.nextInt(60_000)), () -> {
                            all.add(channel.receiver().receive());
                        });
                    } catch (ChannelClosedException e) {
                        return all;
                    }
                }
            }).get(60, TimeUnit.SECONDS);
            int count = sent.get(60, TimeUnit.SECONDS);
            assertThat(received).as("seed %d", seed).isEqualTo(IntStream.range(0, count).boxed().toList());
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

    /**
     * The last sender is closed just when the other loop begins to wait: whoever comes second must see the first. On one processor,
     * where nobody looks before the bell is armed.
     */
    @ParameterizedTest
    @ValueSource(strings = {"carrier", "handoff"})
    void anEndInTheMomentInWhichTheWaitBeginsIsSeen(String engine) {
        var options = new ArrayList<>(ChildJvm.OPEN_DOOR);
        options.addAll(List.of("-XX:ActiveProcessorCount=1", "-Despalier.engine=" + engine));
        try (ChildJvm child = ChildJvm.start(options, EndsAtOnce.class)) {
            assertThat(child.rest()).isEqualTo("all have ended");
            assertThat(child.exitStatus()).isZero();
        }
    }

    /** Runs in a JVM of its own. */
    static final class EndsAtOnce {
        private EndsAtOnce() {}

        public static void main(String[] arguments) throws Exception {
            try (var group = LoopGroup.open(2)) {
                for (int round = 0; round < 2_000; round++) {
                    Channel<String> channel = Channel.crossing(1);
                    CompletableFuture<Void> received =
                            group.loops().get(0).submit(() -> assertThat(channel.receiver()).isEmpty());
                    group.loops().get(1).submit(() -> channel.sender().close());
                    received.get(20, TimeUnit.SECONDS);
                }
            }
            System.out.print("all have ended");
        }
    }
}
