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
        return Stream.of(places()).flatMap(List::stream).toList();
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
}
