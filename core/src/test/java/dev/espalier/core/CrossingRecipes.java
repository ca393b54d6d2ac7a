package dev.espalier.core;

import static dev.espalier.core.Recipe.valueless;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Channels between loops and groups of loops: a value reaches the loop a tick later, and stays where it is if nobody
 * waits then.
 */
final class CrossingRecipes implements Recipes {

    @Override
    public List<Recipe> recipes() {
        return Stream.of(channels(), groups()).flatMap(List::stream).toList();
    }

    private static List<Recipe> channels() {
        return List.of(
                valueless("Receiver.receive()", at -> {
                    Channel<String> channel = at.share(Channel.crossing(1));
                    at.call(() -> channel.receiver().receive());
                    at.wake(() -> channel.sender().trySend("value"));
                    at.check(end -> assertThat(channel.receiver().tryReceive().isPresent())
                            .isEqualTo(end.wakes() == 1 && !end.returned()));
                }).in("of a crossing channel"),
                valueless("Sender.send(Object)", at -> {
                    Channel<String> channel = at.share(full());
                    at.call(() -> channel.sender().send("value"));
                    at.wake(() -> channel.receiver().tryReceive());
                    at.check(end -> {
                        if (end.wakes() == 1) {
                            assertThat(channel.receiver().tryReceive().isPresent()).isEqualTo(end.returned());
                        }
                    });
                }).in("into a full crossing channel"),
                valueless("Sender.reserve()", at -> {
                    Channel<String> channel = at.share(full());
                    at.call(() -> channel.sender().reserve());
                    at.wake(() -> channel.receiver().tryReceive());
                    at.check(end -> assertThat(channel.sender().trySend("value"))
                            .isEqualTo(end.wakes() == 1 && !end.returned()));
                }).in("of a full crossing channel"));
    }

    private static Channel<String> full() {
        Channel<String> channel = Channel.crossing(1);
        channel.sender().trySend("before");
        return channel;
    }

    private static List<Recipe> groups() {
        return List.of(
                valueless("LoopGroup.call(Body)", at -> beyond(at, (group, body) ->
                        group.call(body))).inRealTime().cleansUp(),
                valueless("LoopGroup.call(VoidBody)", at -> beyond(at, (group, body) -> {
                    group.call(() -> {
                        body.run();
                    });
                    return "value";
                })).inRealTime().cleansUp(),
                valueless("LoopGroup.callOnEach(Body)", at -> beyond(at, (group, body) ->
                        group.callOnEach(body).getFirst())).inRealTime().cleansUp(),
                valueless("LoopGroup.callOnEach(VoidBody)", at -> beyond(at, (group, body) -> {
                    group.callOnEach(() -> {
                        body.run();
                    });
                    return "value";
                })).inRealTime().cleansUp(),
                valueless("LoopGroup.close()", at -> {
                    LoopGroup group = LoopGroup.open(1, LoopOptions.defaults());
                    at.closing(group);
                    at.call(group::close);
                    at.check(end -> {
                        if (end.returned()) {
                            assertThat(LiveLoops.all()).doesNotContain(group.loops().get(0));
                        }
                    });
                }).inRealTime().mayComplete());
    }

    @FunctionalInterface
    private interface Call {
        String on(LoopGroup group, Body<String, RuntimeException> body);
    }

    private static void beyond(Situation at, Call call) {
        LoopGroup group = at.closing(LoopGroup.open(1, LoopOptions.defaults()));
        var future = new CompletableFuture<String>();
        var inside = new AtomicInteger();
        at.call(() -> call.on(group, () -> {
            inside.incrementAndGet();
            try {
                return Async.await(future);
            } finally {
                Async.shield(Waits.seconds(9), () -> Async.sleep(Waits.millis(1)));
                inside.decrementAndGet();
            }
        }));
        at.wake(() -> future.complete("value"));
        at.check(end -> assertThat(inside).as("bodies that outlived the call").hasValue(0));
    }
}
