package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Clause.acquire;
import static dev.espalier.core.Clause.after;
import static dev.espalier.core.Clause.receive;
import static dev.espalier.core.Clause.send;
import static dev.espalier.core.Recipe.carrying;
import static dev.espalier.core.Recipe.valueless;
import static dev.espalier.core.Waits.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.RetryPolicy.Backoff;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** How the cancel sweep calls select, wait sets, races, bounded fan-out, retries and intervals. */
final class CombinatorRecipes implements Recipes {

    @Override
    public List<Recipe> recipes() {
        return Stream.of(selects(), waits(), together(), again()).flatMap(List::stream).toList();
    }

    // ---- select

    private static List<Recipe> selects() {
        return List.of(
                carrying("Async.select(Clause...)", at -> chosen(at, all -> Async.<String>select(all)))
                        .in("served by a sender"),
                carrying("Async.selectInOrder(Clause...)", at -> chosen(at, all -> Async.<String>selectInOrder(all)))
                        .in("served by a sender"),
                carrying("Async.select(Clause...)", at -> {
                    Channel<String> in = at.share(Channel.open(0));
                    Channel<String> out = at.share(Channel.open(0));
                    at.call(() -> Async.<String>select(
                            receive(in.receiver(), v -> v), send(out.sender(), "sent", () -> "sent")));
                    var taken = new AtomicInteger();
                    at.wake(() -> out.receiver().tryReceive().ifPresent(value -> taken.incrementAndGet()));
                    at.check(end -> assertThat(taken).as("sent").hasValue(end.returned() ? 1 : 0));
                }).in("whose value is taken"),
                carrying("Async.select(Clause...)", at -> {
                    AsyncSemaphore semaphore = at.share(AsyncSemaphore.of(0));
                    Channel<String> in = at.share(Channel.open(0));
                    at.call(() -> Async.<String>select(
                            receive(in.receiver(), v -> v), acquire(semaphore, () -> "acquired")));
                    at.wake(semaphore::release);
                    at.check(end ->
                            assertThat(semaphore.available()).isEqualTo(end.wakes() - (end.returned() ? 1 : 0)));
                }).in("that gets a permit"),
                carrying("Async.select(Clause...)", at -> {
                    Promise<String> promise = at.share(Promise.create());
                    at.call(() -> Async.<String>select(
                            Clause.await(promise, v -> v), after(seconds(99), () -> "late")));
                    at.wake(() -> promise.succeed("value"));
                }).in("served by an end"),
                valueless("Async.select(Clause...)", at -> at.call(() ->
                        assertThat(Async.<String>select(after(seconds(1), () -> "late"))).isEqualTo("late")))
                        .in("whose time passes"),
                valueless("Async.select(Clause...)", at -> {
                    Channel<String> channel = at.share(Channel.open(1));
                    var foreign = new ForeignReceiver<>(channel.receiver());
                    at.call(() -> Async.<String>select(receive(foreign, v -> v), after(seconds(99), () -> "late")));
                    at.wake(() -> channel.sender().send("value"));
                    at.check(end -> {
                        assertThat(foreign.registered).as("registrations left").isZero();
                        assertThat(channel.receiver().tryReceive().isPresent())
                                .isEqualTo(end.wakes() == 1 && !end.returned());
                    });
                }).in("over a receiver that is none of ours"),
                valueless("Async.select(Clause...)", at -> {
                    Channel<String> channel = at.share(Channel.open(1));
                    channel.sender().send("value");
                    at.call(() -> Async.<String>select(receive(channel.receiver(), v -> v)));
                    at.check(end ->
                            assertThat(channel.receiver().tryReceive().isPresent()).isNotEqualTo(end.returned()));
                }).in("with a value there"));
    }

    private static void chosen(Situation at, BodyWith<Clause<String>[], String, RuntimeException> select) {
        Channel<String> in = at.share(Channel.open(1));
        Channel<String> out = at.share(Channel.open(0));
        AsyncSemaphore semaphore = at.share(AsyncSemaphore.of(0));
        at.call(() -> {
            @SuppressWarnings({"unchecked", "rawtypes"}) // an array of clauses of one type
            Clause<String>[] clauses = new Clause[] {
                send(out.sender(), "never", () -> "never"), acquire(semaphore, () -> "never"),
                receive(in.receiver(), v -> v), after(seconds(99), () -> "never")
            };
            return select.run(clauses);
        });
        at.wake(() -> assertThat(in.sender().trySend("value")).isTrue());
        at.check(end -> {
            assertThat(end.value()).isEqualTo(end.returned() ? "value" : null);
            assertThat(in.receiver().tryReceive().isPresent()).as("not taken")
                    .isEqualTo(end.wakes() == 1 && !end.returned());
            assertThat(out.receiver().tryReceive()).as("what a loser would have sent").isEmpty();
            semaphore.release();
            assertThat(semaphore.available()).as("what a loser would have taken").isOne();
        });
    }

    // ---- wait sets

    private static List<Recipe> waits() {
        return List.of(
                carrying("Async.awaitAny(Collection)", at -> waited(at, 1, Async::awaitAny)),
                carrying("Async.awaitAll(Collection)", at -> waited(at, 2, Async::awaitAll)),
                carrying("Async.awaitAllOrFailure(Collection)", at -> waited(at, 2, Async::awaitAllOrFailure)),
                valueless("Async.awaitAll(Collection)", at -> {
                    Promise<String> ended = Promise.create();
                    ended.succeed("value");
                    at.call(() -> assertThat(Async.awaitAll(List.of(ended)).pending()).isEmpty());
                }).in("of what has ended"));
    }

    private static void waited(
            Situation at, int needed, BodyWith<List<Promise<String>>, Async.DoneAndPending<?>, RuntimeException> wait) {
        Promise<String> first = at.share(Promise.create());
        Promise<String> second = at.share(Promise.create());
        at.call(() -> assertThat(wait.run(List.of(first, second)).done()).hasSize(needed));
        at.wake(() -> first.succeed("value"));
        if (needed == 2) {
            at.wake(() -> second.succeed("value"));
        }
        at.check(end -> assertThat(end.returned() && end.wakes() < needed).isFalse());
    }

    // ---- bodies side by side; a race that waits for its next start may be decided after it was cancelled, and keeps
    // the value

    private static List<Recipe> together() {
        return List.of(
                valueless("Async.gather(Body, Body, Body, Body, Combine4)", at -> besides(at, body ->
                        Async.<String, String, String, String, String, RuntimeException>gather(
                                body, body, body, body, (a, b, c, d) -> a + b + c + d))),
                valueless("Async.gather(Body, Body, Body, Body, Body, Combine5)", at -> besides(at, body ->
                        Async.<String, String, String, String, String, String, RuntimeException>gather(
                                body, body, body, body, body, (a, b, c, d, e) -> a + b + c + d + e))),
                valueless("Async.staggeredRace(Duration, Body...)", at -> besides(at, body ->
                        Async.<String>staggeredRace(seconds(0), body, body))),
                valueless("Async.staggeredRace(Duration, Collection)", at -> besides(at, body ->
                        Async.<String>staggeredRace(seconds(1), List.of(body, body)))).mayComplete(),
                valueless("Async.hedge(Duration, Body)", at -> besides(at, body ->
                        Async.<String>hedge(seconds(1), body))).mayComplete(),
                valueless("Async.hedge(Duration, VoidBody)", at -> besides(at, body -> Async.hedge(seconds(1), () -> {
                    body.run();
                }))).mayComplete(),
                valueless("Async.parallelMap(int, Iterable, BodyWith)", at -> besides(at, body ->
                        assertThat(Async.parallelMap(2, List.of(1, 2, 3), i -> body.run())).hasSize(3))),
                valueless("Async.parallelForEach(int, Iterable, VoidBodyWith)", at -> besides(at, body ->
                        Async.parallelForEach(1, List.of(1, 2), i -> body.run()))));
    }

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

    // ---- again and again

    private static List<Recipe> again() {
        return List.of(
                valueless("Async.retry(RetryPolicy, Body)", at -> retried(at, Async::retry)),
                valueless("Async.retry(RetryPolicy, VoidBody)", at -> retried(at, (policy, body) ->
                        Async.retry(policy, () -> {
                            body.run();
                        }))),
                valueless("Interval.next()", at -> {
                    Interval interval = Interval.every(seconds(1));
                    at.call(() -> interval.next());
                    at.check(end -> {
                        sleep(seconds(2));
                        Interval.Tick next = interval.next();
                        assertThat(next.number() - next.missed()).as("the first tick not taken")
                                .isEqualTo(end.returned() ? 1 : 0);
                    });
                }),
                valueless("Async.every(Duration, VoidBody)", at -> {
                    var runs = new AtomicInteger();
                    at.call(() -> {
                        try {
                            Async.every(seconds(1), () -> {
                                if (runs.incrementAndGet() == 3) {
                                    throw new IllegalStateException("the third");
                                }
                            });
                        } catch (IllegalStateException e) {
                            assertThat(runs).hasValue(3);
                        }
                    });
                    at.check(end -> assertThat(end.returned()).isEqualTo(runs.get() == 3));
                }));
    }

    private interface Retrying {
        void call(RetryPolicy policy, Body<String, RuntimeException> body);
    }

    private static void retried(Situation at, Retrying call) {
        RetryPolicy policy = RetryPolicy.upTo(3).withBackoff(Backoff.constant(seconds(1)));
        var begun = new AtomicInteger();
        var succeeded = new AtomicInteger();
        var left = new AtomicInteger();
        at.call(() -> call.call(policy, () -> {
            begun.incrementAndGet();
            try {
                sleep(seconds(1));
                if (begun.get() < 3) {
                    throw new IllegalStateException("attempt " + begun);
                }
                succeeded.incrementAndGet();
                return "value";
            } finally {
                left.incrementAndGet();
            }
        }));
        at.check(end -> {
            assertThat(left.get()).as("attempts left").isEqualTo(begun.get());
            assertThat(succeeded.get()).as("attempts that ended well").isEqualTo(end.returned() ? 1 : 0);
        });
    }
}
