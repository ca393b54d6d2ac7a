package dev.espalier.core;

import static dev.espalier.core.Async.moveOnAfter;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Gatherers;
import org.junit.jupiter.api.Test;

/** The operators on receivers. */
class StreamTest {

    /** The numbers from 1, each after a pause. */
    private static Receiver<Integer> numbers(TaskGroup group, int last, Duration pause) {
        Channel<Integer> channel = Channel.open(0);
        group.start("numbers", () -> {
            try (var sender = channel.sender()) {
                for (int i = 1; i <= last; i++) {
                    sleep(pause);
                    sender.send(i);
                }
            } catch (ChannelClosedException e) {
                assertThat(e).hasNoCause(); // nobody wants more
            }
        });
        return channel.receiver();
    }

    private static <T> List<T> all(Receiver<T> receiver) {
        var values = new ArrayList<T>();
        receiver.forEach(values::add);
        return values;
    }

    @Test
    void aStreamOfTheJdkAwaitsItsValues() {
        List<List<String>> pairs = Async.run(() -> TaskGroup.call(group -> {
            Channel<String> words = Channel.open(2);
            group.start(() -> {
                for (String word : List.of("a", "b", "c")) {
                    words.sender().send(word);
                }
                words.sender().close();
            });
            // @start region="stream"
            return words.receiver().stream()
                    .map(String::toUpperCase)
                    .gather(Gatherers.windowFixed(2))
                    .collect(Collectors.toList());
            // @end
        }));
        assertThat(pairs).containsExactly(List.of("A", "B"), List.of("C"));
    }

    @Test
    void valuesAreMappedSomeAtATime() {
        List<Integer> lengths = Async.run(() -> TaskGroup.call(group -> {
            Channel<String> urls = Channel.open(2);
            urls.sender().send("one");
            urls.sender().send("three");
            urls.sender().close();
            // @start region="mapParallel"
            Receiver<String> pages = urls.receiver().mapParallel(group, 8, url -> fetch(url));
            return pages.map(String::length).stream().toList();
            // @end
        }));
        assertThat(lengths).containsExactly(11, 13);
    }

    private static String fetch(String url) {
        sleep(Duration.ofMillis(1));
        return "page of " + url;
    }

    @BothEngines
    void mapFilterAndZipWorkWhileTheyAreAsked(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Receiver<Integer> odd = numbers(group, 9, millis(1)).filter(n -> n % 2 == 1);
            Receiver<Integer> squares = numbers(group, 3, millis(5)).map(n -> n * n);
            assertThat(all(odd.zip(squares, (n, square) -> n + "-" + square))).containsExactly("1-1", "3-4", "5-9");
            odd.close();
        }));
    }

    @BothEngines
    void theEndOfOneZippedReceiverClosesTheOtherAndKeepsItsCause(LoopFixture loops) {
        loops.run(() -> {
            Channel<Integer> left = Channel.open(4);
            Channel<Integer> right = Channel.open(4);
            Receiver<Integer> sums = left.receiver().zip(right.receiver(), Integer::sum);
            left.sender().send(1);
            var failure = new IllegalStateException("right is down");
            right.sender().fail(failure);
            assertThatThrownBy(sums::receive).isInstanceOf(ChannelClosedException.class).hasCause(failure);
            assertThatThrownBy(() -> left.sender().send(2)).isInstanceOf(ChannelClosedException.class)
                    .hasMessageContaining("receiver is closed");
            assertThatThrownBy(sums::receive).isInstanceOf(ChannelClosedException.class).hasCause(failure);
            assertThatThrownBy(sums::tryReceive).isInstanceOf(ChannelClosedException.class).hasCause(failure);
        });
    }

    @BothEngines
    void zipKeepsAValueWhosePartnerHasNotComeOverACancellation(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> left = Channel.open(4);
            Channel<Integer> right = Channel.open(4);
            Receiver<String> pairs = left.receiver().zip(right.receiver(), (a, b) -> a + "-" + b);
            left.sender().send(1);
            assertThat(moveOnAfter(seconds(1), () -> {
                pairs.receive();
            })).isFalse();
            assertThat(pairs.tryReceive()).isEmpty();
            right.sender().send(10);
            assertThat(pairs.tryReceive()).contains("1-10");
            left.sender().send(2);
            right.sender().send(20);
            assertThat(pairs.receive()).isEqualTo("2-20");
        }));
    }

    @BothEngines
    void pulledReceiversCanBeSelected(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Receiver<Integer> even = numbers(group, 4, millis(10)).filter(n -> n % 2 == 0);
            long start = EventLoop.current().now();
            assertThat(Async.<Integer>select(Clause.receive(even, n -> n), Clause.after(seconds(1), () -> -1))).isEqualTo(2);
            assertThat(loops.since(start)).isEqualTo(millis(20));
            even.close();
        }));
    }

    @BothEngines
    void throttleLetsTimePassAndLosesNothing(LoopFixture loops) {
        loops.run(() -> {
            Channel<Integer> channel = Channel.open(4);
            Receiver<Integer> slow = channel.receiver().throttle(seconds(1));
            for (int i = 1; i <= 3; i++) {
                channel.sender().send(i);
            }
            long start = EventLoop.current().now();
            assertThat(slow.receive()).isEqualTo(1);
            assertThat(slow.tryReceive()).isEmpty();
            assertThat(moveOnAfter(millis(500), () -> {
                slow.receive();
            })).isFalse();
            assertThat(slow.receive()).isEqualTo(2);
            assertThat(loops.since(start)).isEqualTo(seconds(1));
            assertThat(Async.<Integer>select(Clause.receive(slow, n -> n))).isEqualTo(3);
            assertThat(loops.since(start)).isEqualTo(seconds(2));
        });
    }

    @BothEngines
    void mapParallelRunsSomeAtATimeAndKeepsTheOrder(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            int[] now = new int[1];
            int[] most = new int[1];
            long start = EventLoop.current().now();
            Receiver<Integer> results = numbers(group, 6, Duration.ZERO).mapParallel(group, 3, n -> {
                most[0] = Math.max(most[0], ++now[0]);
                sleep(millis(n % 3 == 1 ? 30 : 10));
                now[0]--;
                return n * 10;
            });
            assertThat(all(results)).containsExactly(10, 20, 30, 40, 50, 60);
            assertThat(most[0]).isEqualTo(3);
            assertThat(loops.since(start)).isEqualTo(millis(60));
        }));
    }

    @BothEngines
    void mapUnorderedGivesEachResultAsSoonAsItIsThere(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Receiver<Integer> results = numbers(group, 3, Duration.ZERO).mapUnordered(group, 3, n -> {
                sleep(millis(40 - 10 * n));
                return n;
            });
            assertThat(all(results)).containsExactly(3, 2, 1);
        }));
    }

    @BothEngines
    void aFailingFunctionFailsTheResultAndTheGroup(LoopFixture loops) {
        var failure = new IOException("no such page");
        var seen = new ArrayList<Throwable>();
        assertThatThrownBy(() -> loops.run(() -> TaskGroup.run(group -> {
                    Receiver<Integer> results = numbers(group, 9, millis(1)).mapParallel(group, 2, n -> {
                        if (n == 3) {
                            throw failure;
                        }
                        return n;
                    });
                    try {
                        results.forEach(n -> {});
                    } catch (ChannelClosedException e) {
                        seen.add(e.getCause());
                    }
                })))
                .isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.failures()).contains(failure));
        assertThat(seen.isEmpty() || seen.contains(failure)).isTrue();
    }

    @BothEngines
    void aFailingSourceFailsTheResultAfterWhatWasUnderWay(LoopFixture loops) {
        var failure = new IOException("line is dead");
        loops.run(() -> TaskGroup.run(group -> {
            for (boolean ordered : new boolean[] {true, false}) {
                Channel<Integer> channel = Channel.open(4);
                BodyWith<Integer, Integer, RuntimeException> slowly = n -> {
                    sleep(millis(10));
                    return n;
                };
                Receiver<Integer> results = ordered
                        ? channel.receiver().mapParallel(group, 4, slowly)
                        : channel.receiver().mapUnordered(group, 4, slowly);
                channel.sender().send(1);
                channel.sender().send(2);
                settle();
                channel.sender().fail(failure);
                assertThat(results.receive()).isEqualTo(1);
                assertThat(results.receive()).isEqualTo(2);
                assertThatThrownBy(results::receive).isInstanceOf(ChannelClosedException.class).hasCause(failure);
            }
        }));
    }

    @BothEngines
    void closingTheResultCancelsWhatIsUnderWayAndClosesTheSource(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> channel = Channel.open(4);
            var cancelled = new ArrayList<Integer>();
            Receiver<Integer> results = channel.receiver().mapUnordered(group, 2, n -> {
                try {
                    sleep(seconds(n));
                } catch (CancelledError e) {
                    cancelled.add(n);
                    throw e;
                }
                return n;
            });
            channel.sender().send(1);
            channel.sender().send(100);
            assertThat(results.receive()).isEqualTo(1);
            results.close();
            channel.sender().send(1);
            sleep(seconds(2));
            assertThat(cancelled).containsExactly(100);
            assertThatThrownBy(() -> channel.sender().send(3)).isInstanceOf(ChannelClosedException.class);
        }));
    }

    @BothEngines
    void batchGivesAListWhenItIsFullOrLate(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> channel = Channel.open(8);
            Receiver<List<Integer>> batches = channel.receiver().batch(group, 3, seconds(1));
            for (int i = 1; i <= 4; i++) {
                channel.sender().send(i);
            }
            long start = EventLoop.current().now();
            assertThat(batches.receive()).containsExactly(1, 2, 3);
            assertThat(loops.since(start)).isZero();
            assertThat(batches.receive()).containsExactly(4);
            assertThat(loops.since(start)).isEqualTo(seconds(1));
            channel.sender().send(5);
            channel.sender().close();
            assertThat(all(batches)).containsExactly(List.of(5));
        }));
    }

    @BothEngines
    void mergeGivesAllValuesAsTheyCome(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Receiver<Integer> slow = numbers(group, 2, millis(35));
            Receiver<Integer> quick = numbers(group, 3, millis(20)).map(n -> n * 100);
            assertThat(all(Receiver.merge(group, slow, quick))).containsExactly(100, 1, 200, 300, 2);
        }));
    }

    @BothEngines
    void mergeFailsWithTheFirstSourceThatFails(LoopFixture loops) {
        var failure = new IOException("gone");
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> one = Channel.open(1);
            Channel<Integer> other = Channel.open(1);
            Receiver<Integer> merged = Receiver.merge(group, one.receiver(), other.receiver());
            one.sender().fail(failure);
            assertThatThrownBy(merged::receive).isInstanceOf(ChannelClosedException.class).hasCause(failure);
            settle();
            assertThatThrownBy(() -> other.sender().send(1)).isInstanceOf(ChannelClosedException.class);
        }));
    }

    @BothEngines
    void badNumbersAreRefused(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Receiver<Integer> receiver = Channel.<Integer>open(1).receiver();
            assertThatThrownBy(() -> receiver.mapParallel(group, 0, n -> n)).hasMessageContaining("at least 1 value");
            assertThatThrownBy(() -> receiver.mapUnordered(group, -1, n -> n)).hasMessageContaining("not -1");
            assertThatThrownBy(() -> receiver.batch(group, 0, seconds(1))).hasMessageContaining("at least 1 value");
        }));
    }
}
