package dev.espalier.core;

import static dev.espalier.core.Recipe.carrying;
import static dev.espalier.core.Recipe.valueless;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;

/** Channels beyond sending and receiving, broadcasts, watches, queues. */
final class ChannelRecipes implements Recipes {
    @Override
    public List<Recipe> recipes() {
        return Stream.of(places(), queue(), broadcast(), watch()).flatMap(List::stream).toList();
    }

    private static List<Recipe> places() {
        return List.of(
                carrying("Sender.reserve()", at -> {
                    Channel<String> channel = at.share(Channel.open(1));
                    channel.sender().send("before");
                    at.call(() -> channel.sender().reserve());
                    at.wake(() -> channel.receiver().tryReceive());
                    at.check(end -> assertThat(channel.sender().tryReserve().isPresent())
                            .isEqualTo(end.wakes() == 1 && !end.returned()));
                }).in("of a full channel"),
                valueless("Sender.reserve()", at -> {
                    Channel<String> channel = at.share(Channel.open(1));
                    at.call(() -> channel.sender().reserve());
                    at.check(end -> assertThat(channel.sender().trySend("value")).isNotEqualTo(end.returned()));
                }).in("of a channel with room"));
    }

    private static List<Recipe> queue() {
        return List.of(
                carrying("AsyncQueue.get()", at -> {
                    AsyncQueue<String> queue = at.share(AsyncQueue.fifo(2));
                    at.call(queue::get);
                    at.wake(() -> queue.put("value"));
                    at.check(end -> {
                        assertThat(end.value()).isEqualTo(end.returned() ? "value" : null);
                        assertThat(queue.tryGet().isPresent()).isEqualTo(end.wakes() == 1 && !end.returned());
                    });
                }),
                valueless("AsyncQueue.get()", at -> {
                    AsyncQueue<String> queue = at.share(AsyncQueue.lifo(1));
                    queue.put("value");
                    at.call(queue::get);
                    at.check(end -> assertThat(queue.tryGet().isPresent()).isNotEqualTo(end.returned()));
                }).in("of a queue with a value"),
                carrying("AsyncQueue.put(Object)", at -> {
                    AsyncQueue<String> queue = at.share(AsyncQueue.fifo(1));
                    queue.put("before");
                    at.call(() -> queue.put("value"));
                    at.wake(() -> queue.tryGet());
                    at.check(end -> {
                        assertThat(queue.unfinished()).isEqualTo(end.returned() ? 2 : 1);
                        assertThat(queue.statistics().sent()).isEqualTo(end.returned() ? 2 : 1);
                    });
                }),
                carrying("AsyncQueue.join()", at -> {
                    AsyncQueue<String> queue = at.share(AsyncQueue.fifo(1));
                    queue.put("work");
                    at.call(queue::join);
                    at.wake(queue::taskDone);
                    at.check(end -> assertThat(queue.unfinished()).isEqualTo(1 - end.wakes()));
                }));
    }

    private static List<Recipe> broadcast() {
        return List.of(
                carrying("Receiver.receive()", at -> {
                    Broadcast<String> broadcast = at.share(Broadcast.open(2));
                    Receiver<String> mine = at.share(broadcast.subscribe());
                    Receiver<String> other = at.share(broadcast.subscribe());
                    at.call(mine::receive);
                    at.wake(() -> broadcast.send("value"));
                    at.check(end -> {
                        assertThat(mine.tryReceive().isPresent()).isEqualTo(end.wakes() == 1 && !end.returned());
                        assertThat(other.tryReceive().isPresent()).isEqualTo(end.wakes() == 1);
                    });
                }).in("of a broadcast"),
                carrying("Broadcast.send(Object)", at -> {
                    Broadcast<String> broadcast = at.share(Broadcast.open(1, 0, Broadcast.Lagging.SUSPEND));
                    Receiver<String> slow = broadcast.subscribe();
                    broadcast.send("before");
                    at.call(() -> broadcast.send("value"));
                    at.wake(() -> slow.tryReceive());
                    at.check(end -> {
                        assertThat(broadcast.statistics().sent()).isEqualTo(end.returned() ? 2 : 1);
                        assertThat(slow.tryReceive().orElse("nothing")).isEqualTo(
                                end.returned() ? "value" : end.wakes() == 0 ? "before" : "nothing");
                    });
                }));
    }

    private static List<Recipe> watch() {
        return List.of(
                carrying("Receiver.receive()", at -> {
                    Watch<String> watch = at.share(Watch.of("before"));
                    Receiver<String> changes = watch.changes();
                    changes.receive();
                    at.call(changes::receive);
                    at.wake(() -> watch.set("value"));
                    at.check(end -> assertThat(changes.tryReceive().isPresent()).isEqualTo(end.wakes() == 1 && !end.returned()));
                }).in("of the changes of a watch"),
                carrying("Watch.awaitUntil(Predicate)", at -> {
                    Watch<String> watch = at.share(Watch.of("before"));
                    at.call(() -> watch.awaitUntil("value"::equals));
                    at.wake(() -> watch.set("value"));
                    at.check(end -> assertThat(end.value()).isEqualTo(end.returned() ? "value" : null));
                }));
    }
}
