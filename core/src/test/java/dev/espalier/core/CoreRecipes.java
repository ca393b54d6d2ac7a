package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Recipe.carrying;
import static dev.espalier.core.Recipe.exempt;
import static dev.espalier.core.Recipe.valueless;
import static dev.espalier.core.Waits.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * How the cancel sweep calls tasks, groups, scopes, semaphores, channels, promises and what {@link Async} is made of.
 */
final class CoreRecipes implements Recipes {

    @Override
    public List<Recipe> recipes() {
        return Stream.of(time(), limits(), together(), awaitables(), tasks(), semaphore(), channel())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Recipe> time() {
        return List.of(
                exempt("Async.exit(int)", "it ends the JVM; ChildJvmTest has it"),
                valueless("Async.checkpoint()", at -> at.call(Async::checkpoint)),
                valueless("Async.sleep(Duration)", at -> {
                    long start = EventLoop.current().now();
                    at.call(() -> sleep(seconds(3)));
                    at.check(end -> {
                        boolean passed = EventLoop.current().now() >= start + seconds(3).toNanos();
                        assertThat(passed || !end.returned()).as("it returns when the time has passed").isTrue();
                    });
                }),
                valueless("Async.sleep(Duration)", at -> at.call(() -> sleep(seconds(0)))).in("of no length"),
                // nothing ends it, so a shorter scope of its own lets the run without cancellation end
                valueless("Async.sleepForever()", at -> at.call(() -> CancelScope.run(scope -> {
                    scope.reschedule(Deadline.after(seconds(1)));
                    sleepForever();
                }))));
    }

    // ---- bodies inside scopes: entered once, left always

    /** A body that waits for a promise and then sleeps; a call around it has its effect if the body ran to its end. */
    private static void around(Situation at, VoidBodyWith<Body<String, RuntimeException>, ?> call) {
        Promise<String> promise = at.share(Promise.create("what the body waits for"));
        var entered = new AtomicInteger();
        var ended = new AtomicInteger();
        var left = new AtomicInteger();
        at.call(() -> call.run(() -> {
            entered.incrementAndGet();
            try {
                promise.await();
                sleep(seconds(1));
                ended.incrementAndGet();
                return "value";
            } finally {
                left.incrementAndGet();
            }
        }));
        at.wake(() -> promise.trySucceed("value"));
        at.check(end -> {
            assertThat(left.get()).as("times the body was left").isEqualTo(entered.get()).isLessThanOrEqualTo(1);
            assertThat(ended.get()).as("times the body ended by itself").isEqualTo(end.returned() ? 1 : 0);
        });
    }

    private static List<Recipe> limits() {
        return List.of(
                valueless("Async.timeout(Duration, Body)", at -> around(at, body -> Async.timeout(seconds(9), body))),
                valueless("Async.timeout(Duration, VoidBody)", at -> around(at, body ->
                        Async.timeout(seconds(9), () -> {
                    body.run();
                }))),
                valueless("Async.timeout(Deadline, Body)", at -> around(at, body ->
                        Async.timeout(Deadline.after(seconds(9)), body))),
                valueless("Async.timeout(Deadline, VoidBody)", at -> around(at, body ->
                        Async.timeout(Deadline.after(seconds(9)), () -> {
                    body.run();
                }))),
                valueless("Async.moveOnAfter(Duration, Body)", at -> around(at, body ->
                        assertThat(Async.moveOnAfter(seconds(9), body)).contains("value"))),
                valueless("Async.moveOnAfter(Duration, VoidBody)", at -> around(at, body ->
                        assertThat(Async.moveOnAfter(seconds(9), () -> {
                            body.run();
                        })).isTrue())),
                valueless("Async.moveOnAfter(Duration, VoidBody)", at -> at.call(() ->
                        assertThat(Async.moveOnAfter(seconds(9), Async::sleepForever)).isFalse()))
                                .in("whose time passes"),
                valueless("Async.shield(Duration, Body)", at -> around(at, body ->
                        Async.shield(seconds(9), body))).mayComplete(),
                valueless("Async.shield(Duration, VoidBody)", at -> around(at, body -> Async.shield(seconds(9), () -> {
                    body.run();
                }))).mayComplete(),
                valueless("CancelScope.run(VoidBodyWith)", at -> around(at, body ->
                        assertThat(CancelScope.run(scope -> body.run())).isTrue())),
                valueless("CancelScope.call(BodyWith)", at -> around(at, body ->
                        assertThat(CancelScope.call(scope -> body.run())).contains("value"))));
    }

    // ---- bodies side by side: none outlives the call

    private static void besides(Situation at, VoidBodyWith<Body<String, RuntimeException>, ?> call) {
        Promise<String> promise = at.share(Promise.create("what the bodies wait for"));
        var inside = new AtomicInteger();
        at.call(() -> call.run(() -> {
            inside.incrementAndGet();
            try {
                checkpoint();
                return promise.await();
            } finally {
                inside.decrementAndGet();
            }
        }));
        at.wake(() -> promise.trySucceed("value"));
        at.check(end -> assertThat(inside.get()).as("bodies that outlive the call").isZero());
    }

    private static List<Recipe> together() {
        return List.of(
                valueless("TaskGroup.run(VoidBodyWith)", at -> besides(at, body -> TaskGroup.run(group -> {
                    group.start(body);
                    group.start(body);
                }))),
                valueless("TaskGroup.call(BodyWith)", at -> besides(at, body -> TaskGroup.call(group -> {
                    group.start(body);
                    return body.run();
                }))),
                valueless("TaskGroup.join()", at -> besides(at, body -> {
                    try (var group = TaskGroup.open()) {
                        group.start(body);
                        group.join();
                    }
                })),
                valueless("TaskGroup.close()", at -> besides(at, body -> {
                    var group = TaskGroup.open();
                    group.start(() -> Async.shield(seconds(9), body));
                    group.close();
                })).mayComplete(),
                valueless("Async.gather(Body, Body, Combine2)", at -> besides(at, body ->
                        assertThat(Async.<String, String, String, RuntimeException>gather(body, body,
                                String::concat)).isEqualTo("valuevalue"))),
                valueless("Async.gather(Body, Body, Body, Combine3)", at -> besides(at, body ->
                        assertThat(Async.<String, String, String, String, RuntimeException>gather(body, body, body,
                                (a, b, c) -> a + b + c)).hasSize(15))),
                valueless("Async.gather(Body...)", at -> besides(at, body ->
                        assertThat(Async.gather(body, body)).containsExactly("value", "value"))),
                valueless("Async.gather(VoidBody...)", at -> besides(at, body -> Async.gather(() -> {
                    body.run();
                }, Async::checkpoint))),
                valueless("Async.gather(Collection)", at -> besides(at, body ->
                        assertThat(Async.gather(List.of(body, body))).containsExactly("value", "value"))),
                valueless("Async.race(Body...)", at -> besides(at, body ->
                        assertThat(Async.<String>race(body, () -> forever())).isEqualTo("value"))),
                valueless("Async.race(Collection)", at -> besides(at, body ->
                        assertThat(Async.<String>race(List.of(body, body))).isEqualTo("value"))),
                valueless("Async.firstSuccess(Body...)", at -> besides(at, body ->
                        assertThat(Async.<String>firstSuccess(CoreRecipes::fails, body)).isEqualTo("value"))),
                valueless("Async.firstSuccess(Collection)", at -> besides(at, body ->
                        assertThat(Async.<String>firstSuccess(List.of(body, body))).isEqualTo("value"))));
    }

    private static String forever() {
        sleepForever();
        return "never";
    }

    private static String fails() {
        throw new IllegalStateException("it has no value");
    }

    // ---- results

    private static List<Recipe> awaitables() {
        return List.of(
                carrying("Awaitable.await()", at -> promised(at, Promise::await)).in("of a promise"),
                carrying("Awaitable.await(Class)", at -> promised(at, promise ->
                        promise.await(RuntimeException.class))).in("of a promise"),
                carrying("Awaitable.await()", at -> child(at, Task::await)).in("of a task"),
                carrying("Awaitable.await(Class)", at -> child(at, task -> task.await(RuntimeException.class)))
                        .in("of a task"),
                valueless("Awaitable.await()", at -> {
                    Promise<String> ended = Promise.create();
                    ended.succeed("value");
                    at.call(() -> {
                        ended.await();
                    });
                }).in("of what has ended"));
    }

    private static void promised(Situation at, BodyWith<Promise<String>, String, RuntimeException> await) {
        Promise<String> promise = at.share(Promise.create());
        at.call(() -> await.run(promise));
        at.wake(() -> promise.succeed("value"));
        at.check(end -> {
            assertThat(promise.state() instanceof Awaitable.Succeeded).isEqualTo(end.wakes() == 1);
            assertThat(end.value()).isEqualTo(end.returned() ? "value" : null);
        });
    }

    private static void child(Situation at, BodyWith<Task<String>, String, RuntimeException> await) {
        Promise<String> promise = at.share(Promise.create());
        Task<String> task = at.share(at.helper(() -> promise.await()));
        at.call(() -> await.run(task));
        at.wake(() -> promise.succeed("value"));
        at.check(end -> {
            assertThat(task.state() instanceof Awaitable.Cancelled).as("the other task is untouched").isFalse();
            assertThat(end.value()).isEqualTo(end.returned() ? "value" : null);
        });
    }

    private static List<Recipe> tasks() {
        return List.of(
                carrying("Task.join()", at -> child(at, task -> {
                    task.join();
                    return "value";
                })),
                carrying("Task.cancelAndJoin(String)", at -> {
                    Promise<String> cleanedUp = at.share(Promise.create());
                    Task<?> task = at.share(at.helper(() -> {
                        try {
                            sleepForever();
                        } finally {
                            Async.<String, RuntimeException>shield(seconds(99), cleanedUp::await);
                        }
                    }));
                    at.call(() -> task.cancelAndJoin("by the call"));
                    at.wake(() -> cleanedUp.succeed("done"));
                    at.check(end -> {
                        boolean ended = task.state() instanceof Awaitable.Cancelled;
                        assertThat(ended || !end.returned()).as("it returns after the end of the task").isTrue();
                        cleanedUp.trySucceed("the request stays, also after a cancelled wait");
                        task.join();
                    });
                }));
    }

    // ---- permits

    private static List<Recipe> semaphore() {
        return List.of(
                carrying("AsyncSemaphore.acquire()", at -> {
                    var semaphore = at.share(AsyncSemaphore.of(0));
                    at.call(() -> semaphore.acquire());
                    at.wake(semaphore::release);
                    at.check(end -> assertThat(semaphore.available())
                            .isEqualTo(end.wakes() - (end.returned() ? 1 : 0)));
                }),
                valueless("AsyncSemaphore.acquire()", at -> {
                    var semaphore = at.share(AsyncSemaphore.of(1));
                    at.call(() -> semaphore.acquire());
                    at.check(end -> assertThat(semaphore.available()).isEqualTo(end.returned() ? 0 : 1));
                }).in("with a permit free"),
                carrying("AsyncSemaphore.acquire(int)", at -> {
                    var semaphore = at.share(AsyncSemaphore.of(1));
                    var behind = new ArrayList<String>();
                    at.call(() -> semaphore.acquire(3));
                    at.wake(() -> at.helper(() -> {
                        semaphore.acquire();
                        behind.add("served");
                    }));
                    at.wake(() -> semaphore.release(3));
                    at.check(end -> {
                        int served = Math.min(1, end.wakes());
                        assertThat(behind).as("the one behind is served, also when the call gives up").hasSize(served);
                        int released = end.wakes() == 2 ? 3 : 0;
                        assertThat(semaphore.available()).isEqualTo(1 + released - served - (end.returned() ? 3 : 0));
                    });
                }).in("with another behind"),
                valueless("AsyncSemaphore.withPermit(Body)", at -> permitted(at, (semaphore, body) ->
                        semaphore.withPermit(body))),
                valueless("AsyncSemaphore.withPermit(VoidBody)", at -> permitted(at, (semaphore, body) -> {
                    semaphore.withPermit(() -> {
                        body.run();
                    });
                    return "value";
                })));
    }

    private static void permitted(
            Situation at, BiFunction<AsyncSemaphore, Body<String, RuntimeException>, String> call) {
        var semaphore = at.share(AsyncSemaphore.of(0));
        Promise<String> promise = Promise.create();
        at.call(() -> call.apply(semaphore, promise::await));
        at.wake(semaphore::release);
        at.wake(() -> promise.succeed("value"));
        at.check(end -> assertThat(semaphore.available()).as("the permit is back").isEqualTo(Math.min(1, end.wakes())));
    }

    // ---- channels

    private static List<Recipe> channel() {
        return List.of(
                carrying("Receiver.receive()", at -> received(at, Channel.open(1))).in("of an empty channel"),
                carrying("Receiver.receive()", at -> received(at, Channel.open(2))).in("of an empty larger channel"),
                valueless("Receiver.receive()", at -> {
                    Channel<String> channel = at.share(Channel.open(1));
                    channel.sender().send("value");
                    at.call(channel.receiver()::receive);
                    at.check(end -> assertThat(channel.receiver().tryReceive().isPresent())
                            .isNotEqualTo(end.returned()));
                }).in("of a channel with a value"),
                carrying("Sender.send(Object)", at -> sent(at, 0)).in("to nobody"),
                carrying("Sender.send(Object)", at -> sent(at, 1)).in("into a full channel"),
                valueless("Sender.send(Object)", at -> {
                    Channel<String> channel = at.share(Channel.open(1));
                    at.call(() -> channel.sender().send("value"));
                    at.check(end -> assertThat(channel.receiver().tryReceive().isPresent()).isEqualTo(end.returned()));
                }).in("into a channel with room"));
    }

    private static void received(Situation at, Channel<String> channel) {
        at.share(channel);
        at.call(channel.receiver()::receive);
        at.wake(() -> assertThat(channel.sender().trySend("value")).isTrue());
        at.check(end -> {
            assertThat(end.value()).isEqualTo(end.returned() ? "value" : null);
            assertThat(channel.receiver().tryReceive().isPresent()).as("not taken")
                    .isEqualTo(end.wakes() == 1 && !end.returned());
        });
    }

    private static void sent(Situation at, int full) {
        Channel<String> channel = at.share(Channel.open(full));
        for (int i = 0; i < full; i++) {
            channel.sender().send("before");
        }
        var taken = new ArrayList<String>();
        at.call(() -> channel.sender().send("value"));
        at.wake(() -> channel.receiver().tryReceive().ifPresent(taken::add));
        at.check(end -> {
            for (var left = channel.receiver().tryReceive(); left.isPresent(); left = channel.receiver().tryReceive()) {
                taken.add(left.get());
            }
            assertThat(taken.contains("value")).as("sent").isEqualTo(end.returned());
            assertThat(taken).hasSize(full + (end.returned() ? 1 : 0));
        });
    }
}
