package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.moveOnAfter;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Channels between loops: first within one, in virtual time; then across, in real time. */
class CrossingChannelTest {

    // ---- within one loop

    @BothEngines
    void aFullChannelHoldsItsSenderBack(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> channel = Channel.crossing(2);
            var sent = new ArrayList<Integer>();
            group.start(() -> {
                for (int i = 1; i <= 4; i++) {
                    channel.sender().send(i);
                    sent.add(i);
                }
            });
            settle();
            assertThat(sent).containsExactly(1, 2);
            assertThat(channel.sender().trySend(9)).isFalse();
            for (int i = 1; i <= 4; i++) {
                assertThat(channel.receiver().receive()).isEqualTo(i);
                settle();
            }
            assertThat(sent).containsExactly(1, 2, 3, 4);
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

    @BothEngines
    void itCanBeSelected(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> channel = Channel.crossing(1);
            group.start(() -> {
                Async.sleep(millis(5));
                channel.sender().send(7);
            });
            int got = Async.select(
                    Clause.receive(channel.receiver(), n -> n), Clause.after(Duration.ofSeconds(1), () -> -1));
            assertThat(got).isEqualTo(7);
        }));
    }

    // ---- across loops

    private static LoopGroup open(int size, LoopOptions.Engine engine) {
        return LoopGroup.open(size, LoopOptions.defaults().withEngine(engine));
    }

    @ParameterizedTest
    @EnumSource(LoopOptions.Engine.class)
    void anEndServesOneLoop(LoopOptions.Engine engine) {
        try (var loops = open(2, engine)) {
            Channel<Integer> channel = Channel.crossing(4);
            loops.loops().get(0).submit(() -> channel.receiver().tryReceive()).join();
            loops.loops().get(1).submit(() -> assertThatThrownBy(() -> channel.receiver().receive())
                    .isInstanceOf(ForeignLoopException.class)
                    .hasMessageContaining("copy the sender for each loop")).join();
        }
    }

    @ParameterizedTest
    @EnumSource(LoopOptions.Engine.class)
    void nothingIsLostOrDoubledBetweenManyLoops(LoopOptions.Engine engine) throws Exception {
        int producers = 3;
        int each = 20_000;
        try (var loops = open(producers + 1, engine)) {
            Channel<Long> channel = Channel.crossing(8);
            List<CompletableFuture<Void>> sending = IntStream.range(0, producers)
                    .mapToObj(who -> {
                        Sender<Long> sender = channel.sender().copy();
                        return loops.loops().get(who).submit(() -> {
                            try (sender) {
                                for (long i = 0; i < each; i++) {
                                    sender.send(who * 1_000_000L + i);
                                }
                            }
                        });
                    })
                    .toList();
            channel.sender().close();
            List<Long> received = loops.loops().get(producers).submit(() -> {
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

    @ParameterizedTest
    @EnumSource(LoopOptions.Engine.class)
    void cancelledSendsAndReceivesLoseNothing(LoopOptions.Engine engine) throws Exception {
        long seed = System.nanoTime();
        try (var loops = open(2, engine)) {
            Channel<Integer> channel = Channel.crossing(2);
            CompletableFuture<Integer> sent = loops.loops().get(0).submit(() -> {
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
            List<Integer> received = loops.loops().get(1).submit(() -> {
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
}
