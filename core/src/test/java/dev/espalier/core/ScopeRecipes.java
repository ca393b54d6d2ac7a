package dev.espalier.core;

import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Recipe.carrying;
import static dev.espalier.core.Recipe.valueless;
import static dev.espalier.core.Waits.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** How the cancel sweep calls the ways to start a child, and groups with a policy. */
final class ScopeRecipes implements Recipes {

    @Override
    public List<Recipe> recipes() {
        return Stream.of(starts(), readiness(), policies(), resources(), holes()).flatMap(List::stream).toList();
    }

    /** A group that lives beside the call. */
    private static AtomicReference<TaskGroup> group(Situation at) {
        var group = new AtomicReference<TaskGroup>();
        at.helper(() -> TaskGroup.run(it -> {
            group.set(it);
            sleepForever();
        }));
        return group;
    }

    /** The child begins in any case, and the call then returns. */
    private static Recipe now(String target, BodyWith<TaskGroup, Body<Task<?>, RuntimeException>, RuntimeException> call) {
        return valueless(target, at -> {
            AtomicReference<TaskGroup> group = group(at);
            at.call(() -> call.run(group.get()).run());
            at.check(end -> {
                assertThat(end.returned()).isTrue();
                assertThat(((Task<?>) end.value()).state()).isInstanceOf(Awaitable.Succeeded.class);
            });
        }).mayComplete();
    }

    private static List<Recipe> starts() {
        return List.of(
                now("TaskGroup.startNow(Body)", group -> () -> group.startNow(() -> 7)),
                now("TaskGroup.startNow(VoidBody)", group -> () -> group.startNow(() -> {})),
                now("TaskGroup.startNow(String, Body)", group -> () -> group.startNow("seven", () -> 7)),
                now("TaskGroup.startNow(String, VoidBody)", group -> () -> group.startNow("nothing", () -> {})));
    }

    private static List<Recipe> readiness() {
        return List.of(
                carrying("TaskGroup.startReady(VoidBodyWith)", at -> {
                    AtomicReference<TaskGroup> group = group(at);
                    var promise = new AtomicReference<Promise<String>>();
                    at.call(() -> group.get().<String>startReady(ready -> {
                        promise.set(ready);
                        sleepForever();
                    }));
                    at.wake(() -> promise.get().succeed("value"));
                    at.check(end -> {
                        assertThat(end.value()).isEqualTo(end.returned() ? "value" : null);
                        assertThat(group.get().children()).as("the child lives on only if the call returned")
                                .hasSize(end.returned() ? 1 : 0);
                    });
                }),
                valueless("TaskGroup.startReady(VoidBodyWith)", at -> {
                    AtomicReference<TaskGroup> group = group(at);
                    Promise<String> warm = at.share(Promise.create());
                    at.call(() -> group.get().<String>startReady(ready -> {
                        try {
                            ready.succeed(warm.await());
                            sleepForever();
                        } finally {
                            Async.shield(Waits.seconds(9), () -> Async.sleep(Waits.seconds(1)));
                        }
                    }));
                    at.wake(() -> warm.trySucceed("value"));
                    at.check(end -> assertThat(group.get().children()).as("a child whose start was cut short has ended")
                            .hasSize(end.returned() ? 1 : 0));
                }).in("whose child cleans up").cleansUp(),
                valueless("TaskGroup.startReady(String, VoidBodyWith)", at -> {
                    AtomicReference<TaskGroup> group = group(at);
                    Promise<String> warm = at.share(Promise.create());
                    at.call(() -> group.get().<String>startReady("server", ready -> {
                        ready.succeed(warm.await());
                        sleepForever();
                    }));
                    at.wake(() -> warm.succeed("value"));
                    at.check(end -> assertThat(group.get().children()).hasSize(end.returned() ? 1 : 0));
                }));
    }

    private static List<Recipe> policies() {
        return List.of(
                valueless("TaskGroup.run(GroupPolicy, VoidBodyWith)", at -> besides(at, body ->
                        TaskGroup.run(GroupPolicy.any(), group -> {
                            group.start(body);
                            group.start(Async::sleepForever);
                        }))),
                valueless("TaskGroup.run(GroupPolicy, VoidBodyWith)", at -> besides(at, body ->
                        TaskGroup.run(GroupPolicy.supervisor(), group -> {
                            group.start(body);
                            group.startBackground(Async::sleepForever);
                        }))).in("with a background child"),
                valueless("TaskGroup.call(GroupPolicy, BodyWith)", at -> besides(at, body ->
                        assertThat(TaskGroup.successes(TaskGroup.call(GroupPolicy.quorum(2), group ->
                                List.of(group.start(body), group.start(body), group.start(() -> forever())))))
                                .containsExactly("value", "value"))));
    }

    private static String forever() {
        sleepForever();
        return "never";
    }

    private static void besides(Situation at, VoidBodyWith<Body<String, RuntimeException>, ?> call) {
        Promise<String> promise = at.share(Promise.create("what the bodies wait for"));
        var inside = new AtomicInteger();
        at.call(() -> call.run(() -> {
            inside.incrementAndGet();
            try {
                return promise.await();
            } finally {
                inside.decrementAndGet();
            }
        }));
        at.wake(() -> promise.trySucceed("value"));
        at.check(end -> assertThat(inside.get()).as("bodies that outlive the call").isZero());
    }

    // ---- resources: opened means closed; a cancellation while they close is met at the next await

    private static List<Recipe> resources() {
        return List.of(
                valueless("ResourceScope.run(Duration, VoidBodyWith)", at -> held(at, (counts, open) ->
                        ResourceScope.run(seconds(9), scope -> {
                            scope.onExit(counts::close);
                            open.run();
                            counts.open();
                        }))).mayComplete(),
                valueless("ResourceScope.call(Duration, BodyWith)", at -> held(at, (counts, open) ->
                        assertThat(ResourceScope.<String, RuntimeException>call(seconds(9), scope -> {
                            scope.onExit(counts::close);
                            counts.open();
                            return open.run();
                        })).isEqualTo("value"))).mayComplete(),
                valueless("ResourceScope.acquire(Body, VoidBodyWith)", at -> held(at, (counts, open) ->
                        ResourceScope.run(seconds(9), scope -> {
                            scope.<String, RuntimeException>acquire(() -> {
                                String opened = open.run();
                                counts.open();
                                return opened;
                            }, _ -> counts.close());
                            Async.checkpoint();
                        }))).mayComplete());
    }

    /** How often something was opened and closed. */
    private static final class Counts {
        private int opened;
        private int closed;

        private void open() {
            opened++;
        }

        private void close() {
            closed++;
            sleep(seconds(1));
        }
    }

    private static void held(Situation at, BiConsumer<Counts, Body<String, RuntimeException>> call) {
        var counts = new Counts();
        Promise<String> promise = at.share(Promise.create("what the opener waits for"));
        at.call(() -> call.accept(counts, promise::await));
        at.wake(() -> promise.trySucceed("value"));
        at.check(end -> {
            assertThat(counts.closed).as("what was opened is closed").isBetween(counts.opened, 1);
            assertThat(end.returned() && counts.opened == 0).as("returned without its effect").isFalse();
        });
    }

    /** A body in a hole of a shield is reached as if there were no shield. */
    private static List<Recipe> holes() {
        return List.of(
                valueless("Async.unshield(Body)", at -> besides(at, body ->
                        assertThat(Async.<String, RuntimeException>unshield(body)).isEqualTo("value"))),
                valueless("Async.unshield(VoidBody)", at -> besides(at, body -> Async.shield(seconds(9), () ->
                        Async.unshield(() -> {
                            body.run();
                        })))).in("of a shield"));
    }
}
