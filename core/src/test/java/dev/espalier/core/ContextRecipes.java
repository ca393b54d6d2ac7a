package dev.espalier.core;

import static dev.espalier.core.Recipe.valueless;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.ContextVar.Context;
import java.util.List;

/**
 * Context variables: the value is bound in the body, over its awaits, and unbound however it ends. Caches: a waiter
 * gets the value or
 * only leaves.
 */
final class ContextRecipes implements Recipes {
    private static final ContextVar<String> USER = ContextVar.named("user");

    @Override
    public List<Recipe> recipes() {
        Context ann = USER.<Context, RuntimeException>with("ann", Context::capture);
        return List.of(
                valueless("ContextVar.with(Object, Body)", at -> bound(at, body -> USER.with("ann", body))),
                valueless("ContextVar.with(Object, VoidBody)", at -> bound(at, body -> USER.with("ann", () -> {
                    body.run();
                }))),
                valueless("ContextVar.Context.run(Body)", at -> bound(at, body -> ann.run(body))),
                valueless("ContextVar.Context.run(VoidBody)", at -> bound(at, body -> ann.run(() -> {
                    body.run();
                }))),
                valueless("SingleFlightCache.get(Object)", at -> loaded(at, cache -> cache.get("a"))),
                valueless("SingleFlightCache.get(Object, Class)", at -> loaded(at, cache ->
                        cache.get("a", IllegalStateException.class))),
                valueless("SingleFlightCache.get(Object)", at -> loaded(at, cache -> {
                    cache.put("b", "other"); // a write in between changes nothing
                    return cache.get("a");
                })).in("after a write"));
    }

    private static void bound(Situation at, VoidBodyWith<Body<String, RuntimeException>, RuntimeException> call) {
        Promise<String> promise = at.share(Promise.create("what the body waits for"));
        at.call(() -> {
            try {
                call.run(() -> {
                    String value = promise.await();
                    assertThat(USER.get()).isEqualTo("ann");
                    Async.checkpoint();
                    return value;
                });
            } finally {
                assertThat(USER.find()).as("unbound again").isEmpty();
            }
        });
        at.wake(() -> promise.succeed("value"));
    }

    private static void loaded(
            Situation at, BodyWith<SingleFlightCache<String, String>, String, RuntimeException> call) {
        Promise<String> promise = Promise.create("what the load waits for");
        Promise<SingleFlightCache<String, String>> opened = Promise.create("the cache");
        at.helper(() -> TaskGroup.run(group -> {
            opened.succeed(SingleFlightCache.open(group, CacheLimits.ofSize(2), key -> promise.await()));
            Async.sleepForever();
        }));
        Waits.settle();
        SingleFlightCache<String, String> cache = at.share(opened.result());
        at.call(() -> call.run(cache));
        at.wake(() -> promise.succeed("value"));
        at.check(end -> {
            Waits.settle();
            assertThat(cache.statistics().loading()).as("the load of the last waiter is cancelled").isZero();
            if (end.returned() || end.wakes() == 0) { // else the load may have ended in the tick of the cancellation
                assertThat(cache.tryGet("a").isPresent()).as("kept").isEqualTo(end.returned());
            }
        });
    }
}
