package dev.espalier.core;

import static dev.espalier.core.Recipe.carrying;
import static dev.espalier.core.Recipe.valueless;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** How the cancel sweep calls locks, conditions, events, bells and latches. */
final class SyncRecipes implements Recipes {

    @Override
    public List<Recipe> recipes() {
        return Stream.of(mutex(), condition(), signals()).flatMap(List::stream).toList();
    }

    // ---- Mutex

    private static List<Recipe> mutex() {
        return List.of(
                carrying("Mutex.lock()", at -> {
                    var mutex = at.share(Mutex.create());
                    mutex.lock();
                    at.call(() -> {
                        mutex.lock();
                        mutex.unlock(); // which proves that it held it, and that it is not left behind
                    });
                    at.wake(mutex::unlock);
                    at.check(end -> assertFree(mutex, end));
                }),
                valueless("Mutex.lock()", at -> {
                    var mutex = at.share(Mutex.create());
                    at.call(() -> {
                        mutex.lock();
                        mutex.unlock();
                    });
                    at.check(end -> assertThat(mutex.isLocked()).isFalse());
                }).in("which is free"),
                carrying("Mutex.hold()", at -> {
                    var mutex = at.share(Mutex.create());
                    mutex.lock();
                    at.call(() -> mutex.hold().close());
                    at.wake(mutex::unlock);
                    at.check(end -> assertFree(mutex, end));
                }),
                valueless("Mutex.withLock(Body)", at -> locked(at, (mutex, body) -> mutex.withLock(body))),
                valueless("Mutex.withLock(VoidBody)", at -> locked(at, (mutex, body) -> {
                    mutex.withLock(() -> {
                        body.run();
                    });
                    return "value";
                })));
    }

    private static void locked(Situation at, BiFunction<Mutex, Body<String, RuntimeException>, String> call) {
        var mutex = at.share(Mutex.create());
        Promise<String> promise = at.share(Promise.create());
        mutex.lock();
        at.call(() -> call.apply(mutex, promise::await));
        at.wake(mutex::unlock);
        at.wake(() -> promise.succeed("value"));
        at.check(end -> assertFree(mutex, end));
    }

    /** The driving task held it until the first wake-up. */
    private static void assertFree(Mutex mutex, Recipe.Ending end) {
        assertThat(mutex.isLocked()).as("held after the call: " + mutex).isEqualTo(end.wakes() == 0);
    }

    // ---- Mutex.Condition

    private static List<Recipe> condition() {
        return List.of(
                valueless("Mutex.Condition.await()", at -> waiting(at, Mutex.Condition::await)).cleansUp(),
                valueless("Mutex.Condition.awaitUntil(BooleanSupplier)", at -> {
                    boolean[] holds = new boolean[1];
                    waiting(at, condition -> condition.awaitUntil(() -> holds[0]), () -> holds[0] = true);
                }).cleansUp(),
                valueless("Mutex.Condition.awaitUntil(BooleanSupplier)", at -> {
                    var mutex = at.share(Mutex.create());
                    var condition = at.share(mutex.newCondition());
                    at.call(() -> mutex.withLock(() -> condition.awaitUntil(() -> true)));
                    at.check(end -> assertThat(mutex.isLocked()).isFalse());
                }).in("that holds"));
    }

    private static void waiting(Situation at, VoidBodyWith<Mutex.Condition, RuntimeException> call) {
        waiting(at, call, () -> {});
    }

    /** The signal comes while the mutex is held, and another waits behind, who must get a signal that the call did not use. */
    private static void waiting(Situation at, VoidBodyWith<Mutex.Condition, RuntimeException> call, Runnable change) {
        var mutex = at.share(Mutex.create());
        var condition = at.share(mutex.newCondition());
        boolean[] heldAtEnd = new boolean[2];
        at.call(() -> mutex.withLock(() -> {
            try {
                call.run(condition);
            } finally {
                heldAtEnd[0] = true;
                heldAtEnd[1] = mutex.isHeldByCurrentTask();
            }
        }));
        Task<Void>[] behind = newArray();
        at.wake(() -> behind[0] = at.helper(() -> mutex.withLock(condition::await)));
        at.wake(() -> {
            mutex.lock();
            change.run();
            condition.signal();
        });
        at.wake(mutex::unlock);
        at.check(end -> {
            assertThat(heldAtEnd[1]).as("the mutex is held however the wait ends").isEqualTo(heldAtEnd[0]);
            if (end.wakes() == 2) {
                mutex.unlock(); // it is cancelled and still wants the mutex back
            }
            Waits.settle();
            assertThat(mutex.isLocked()).isFalse();
            if (end.wakes() == 3) {
                assertThat(behind[0].state() instanceof Awaitable.Pending).as("the signal is used once").isEqualTo(end.returned());
            }
        });
    }

    @SuppressWarnings("unchecked")
    private static Task<Void>[] newArray() {
        return (Task<Void>[]) new Task<?>[1];
    }

    // ---- Event, Latch, Notify

    private static List<Recipe> signals() {
        return List.of(
                carrying("Event.await()", at -> {
                    var event = at.share(Event.create());
                    at.call(event::await);
                    at.wake(event::set);
                    at.check(end -> assertThat(event.isSet() || !end.returned()).isTrue());
                }),
                valueless("Event.await()", at -> {
                    var event = Event.create();
                    event.set();
                    at.call(event::await);
                }).in("which is set"),
                carrying("Latch.await()", at -> {
                    var latch = at.share(Latch.of(1));
                    at.call(latch::await);
                    at.wake(latch::countDown);
                    at.check(end -> assertThat(latch.count() == 0 || !end.returned()).isTrue());
                }),
                carrying("Notify.await()", at -> {
                    var bell = at.share(Notify.create());
                    at.call(bell::await);
                    at.wake(bell::notifyOne);
                    at.check(end -> assertThat(bell.toString()).as("a ring that was not heard is kept")
                            .contains(end.wakes() == 1 && !end.returned() ? "one ring kept" : "no ring kept"));
                }),
                valueless("Notify.await()", at -> {
                    var bell = at.share(Notify.create());
                    bell.notifyOne();
                    at.call(bell::await);
                    at.check(end -> assertThat(bell.toString()).contains(end.returned() ? "no ring kept" : "one ring kept"));
                }).in("with a ring kept"));
    }
}
